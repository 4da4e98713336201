/* What the guest knows by a number, and where that is. Found by its path below the share's root each time: a descriptor for each would be too many. */
#define _GNU_SOURCE
#include "share.h"
#include "../../beside/beside.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define TABLE (1 << 14)

/* openat2(2), Linux 5.6, of which the host's headers may not know. */
#ifndef SYS_openat2
#define SYS_openat2 437
#endif
#define NO_SYMLINKS 0x04
struct how { uint64_t flags, mode, resolve; };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* for the nodes */
static pthread_rwlock_t names = PTHREAD_RWLOCK_INITIALIZER; /* for paths, while they are gone along */
static struct node *by_id[TABLE], *by_key[TABLE];
static struct node root = { .id = FUSE_ROOT_ID, .lookups = 1, .type = S_IFDIR };
static uint64_t last_id = FUSE_ROOT_ID;

void names_hold(void)
{
	pthread_rwlock_rdlock(&names);
}

void names_move(void)
{
	pthread_rwlock_wrlock(&names);
}

void names_let(void)
{
	pthread_rwlock_unlock(&names);
}

static struct node **key_slot(dev_t dev, ino_t ino)
{
	return &by_key[(dev * 0x9e3779b97f4a7c15ull ^ ino * 0xff51afd7ed558ccdull) >> 20 & (TABLE - 1)];
}

static struct node *by_stat(const struct stat *st)
{
	struct node *node = *key_slot(st->st_dev, st->st_ino);
	while (node && (node->ino != st->st_ino || node->dev != st->st_dev || node->type != (st->st_mode & S_IFMT)))
		node = node->by_key;
	return node;
}

static void add(struct node *node)
{
	struct node **key = key_slot(node->dev, node->ino), **id = &by_id[node->id % TABLE];
	node->by_key = *key;
	*key = node;
	node->by_id = *id;
	*id = node;
}

void root_init(void)
{
	struct stat st;
	if (fstat(BESIDE_ROOT, &st) != 0)
		exit(125);
	root.dev = st.st_dev;
	root.ino = st.st_ino;
	add(&root);
}

static void drop_unused(struct node *node);

static void set_name(struct node *node, struct node *parent, const char *name)
{
	struct node *before = node->parent;
	if (node == &root)
		return;
	if (parent)
		parent->children++;
	char *copy = name ? strdup(name) : NULL;
	if (name && !copy)
		abort();
	free(node->name);
	node->name = copy;
	node->parent = parent;
	if (before && --before->children == 0)
		drop_unused(before);
}

static void drop_unused(struct node *node)
{
	if (node == &root || node->lookups > 0 || node->children > 0 || node->pins > 0 || node->handles)
		return;
	struct node **key = key_slot(node->dev, node->ino), **id = &by_id[node->id % TABLE];
	while (*key != node)
		key = &(*key)->by_key;
	*key = node->by_key;
	while (*id != node)
		id = &(*id)->by_id;
	*id = node->by_id;
	set_name(node, NULL, NULL);
	free(node);
}

struct node *node_pin(uint64_t id)
{
	pthread_mutex_lock(&lock);
	struct node *node = by_id[id % TABLE];
	while (node && node->id != id)
		node = node->by_id;
	if (node)
		node->pins++;
	pthread_mutex_unlock(&lock);
	return node;
}

void node_unpin(struct node *node)
{
	if (!node)
		return;
	pthread_mutex_lock(&lock);
	node->pins--;
	drop_unused(node);
	pthread_mutex_unlock(&lock);
}

void node_unref(uint64_t id, uint64_t lookups)
{
	struct node *node = node_pin(id);
	if (!node)
		return;
	pthread_mutex_lock(&lock);
	if (node != &root)
		node->lookups -= lookups < node->lookups ? lookups : node->lookups;
	pthread_mutex_unlock(&lock);
	node_unpin(node);
}

/* The host may have moved a directory into what the guest took for one below it: then its name is found out anew. */
static bool is_above(const struct node *node, const struct node *dir)
{
	while (dir && dir != node)
		dir = dir->parent;
	return dir;
}

struct node *node_found(struct node *dir, const char *name, const struct stat *st)
{
	pthread_mutex_lock(&lock);
	struct node *node = by_stat(st);
	if (!node) {
		node = calloc(1, sizeof(*node));
		if (!node)
			abort();
		*node = (struct node){ .id = ++last_id, .dev = st->st_dev, .ino = st->st_ino, .type = st->st_mode & S_IFMT };
		add(node);
	}
	node->pins++;
	node->lookups++;
	if (name && (node->parent != dir || strcmp(node->name, name) != 0) && !is_above(node, dir))
		set_name(node, dir, name);
	pthread_mutex_unlock(&lock);
	return node;
}

void node_unnamed(const struct stat *st, struct node *dir, const char *name)
{
	pthread_mutex_lock(&lock);
	struct node *node = by_stat(st);
	if (node && node->parent == dir && strcmp(node->name, name) == 0) {
		node->pins++;
		set_name(node, NULL, NULL);
		node->pins--;
		drop_unused(node);
	}
	pthread_mutex_unlock(&lock);
}

void node_renamed(const struct stat *st, struct node *dir, const char *name)
{
	pthread_mutex_lock(&lock);
	struct node *node = by_stat(st);
	if (node && !is_above(node, dir))
		set_name(node, dir, name);
	else if (node)
		set_name(node, NULL, NULL);
	pthread_mutex_unlock(&lock);
}

void node_told(struct node *node, const struct stat *st)
{
	pthread_mutex_lock(&lock);
	node->told = st->st_ctim;
	pthread_mutex_unlock(&lock);
}

/* Its path below the root; false: none is known. */
static bool path_of(const struct node *node, char path[4096])
{
	char *at = path + 4095;
	*at = '\0';
	for (; node != &root; node = node->parent) {
		size_t size = node->parent ? strlen(node->name) : 0;
		if (size == 0 || (size_t)(at - path) < size + 1)
			return false;
		if (*at)
			*--at = '/';
		at -= size;
		memcpy(at, node->name, size);
	}
	memmove(path, *at ? at : ".", *at ? strlen(at) + 1 : 2);
	return true;
}

/* Never through a symbolic link: the guest may have made it, and it may lead out of what is shared. */
static int walk(char *path)
{
	int fd = fcntl(BESIDE_ROOT, F_DUPFD_CLOEXEC, BESIDE_FREE);
	for (char *rest = path, *name; fd >= 0 && (name = strsep(&rest, "/"));) {
		int next = openat(fd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC | (rest ? O_DIRECTORY : 0));
		int error = errno;
		close(fd);
		errno = error;
		fd = next;
	}
	return fd < 0 ? -errno : fd;
}

static int open_beneath(char *path)
{
	struct how how = { .flags = O_PATH | O_NOFOLLOW | O_CLOEXEC, .resolve = NO_SYMLINKS };
	int fd = (int)syscall(SYS_openat2, BESIDE_ROOT, path, &how, sizeof(how));
	if (fd >= 0)
		return fd;
	/* Not known, or a container's filter keeps us from it. */
	return errno == ENOSYS || errno == EPERM ? walk(path) : -errno;
}

int node_fd(struct node *node)
{
	char path[4096];
	struct stat st;
	names_hold();
	pthread_mutex_lock(&lock);
	bool named = path_of(node, path);
	pthread_mutex_unlock(&lock);
	int fd = named ? open_beneath(path) : -ESTALE;
	names_let();
	if (fd >= 0 && (fstat(fd, &st) != 0 || st.st_ino != node->ino || st.st_dev != node->dev)) {
		close(fd);
		fd = -ESTALE;
	}
	if (fd >= 0 || (fd != -ESTALE && fd != -ENOENT && fd != -ENOTDIR && fd != -ELOOP))
		return fd;
	/* Whatever its name is by now, or was: it is open. */
	pthread_mutex_lock(&lock);
	fd = -ESTALE;
	if (node->handles) {
		struct by_path open_one = by_path(node->handles->fd);
		fd = open(open_one.text, O_PATH | O_CLOEXEC);
		if (fd < 0)
			fd = -errno;
	}
	pthread_mutex_unlock(&lock);
	return fd;
}

/* handles.c's, under the same lock. */
void node_lock(void)
{
	pthread_mutex_lock(&lock);
}

void node_unlock(void)
{
	pthread_mutex_unlock(&lock);
}

void node_dropped(struct node *node)
{
	drop_unused(node);
}
