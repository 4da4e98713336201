/* What is known of the host's files. */
#include "files.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define TABLE (1 << 16)
/* Files of the host that are kept open for nobody, for whoever opens them next. */
#define IDLE_MOST 512
#define HANDLE_IDLE_US (5 * 1000 * 1000)

struct node *root_node;
volatile uint32_t files_epoch = 1;
uint64_t changes_taken;
static struct node *names[TABLE], *ids[TABLE];
static uint64_t next_id = FUSE_ROOT_ID;
static struct node **with_handles;
static size_t handle_count, handle_room, node_count;

static uint32_t hash_name(uint64_t seed, const char *name)
{
	uint64_t hash = seed * 0x9e3779b97f4a7c15ull;
	for (; *name; name++)
		hash = (hash ^ (unsigned char)*name) * 0x100000001b3ull;
	return (uint32_t)(hash ^ hash >> 32);
}

static struct node *make_node(struct node *parent, const char *name)
{
	struct node *node = grow(NULL, sizeof(*node));
	memset(node, 0, sizeof(*node));
	node->id = next_id++;
	node->parent = parent;
	node->name = strdup(name);
	struct node **by_id = &ids[node->id % TABLE];
	node->by_id = *by_id;
	*by_id = node;
	if (parent) {
		struct node **by_name = &names[hash_name(parent->id, name) % TABLE];
		node->by_name = *by_name;
		*by_name = node;
		node->next = parent->children;
		node->before = &parent->children;
		if (node->next)
			node->next->before = &node->next;
		parent->children = node;
	}
	node_count++;
	return node;
}

void nodes_init(void)
{
	root_node = make_node(NULL, "");
	root_node->lookups = 1;
}

struct node *node_by_id(uint64_t id)
{
	struct node *node = ids[id % TABLE];
	while (node && node->id != id)
		node = node->by_id;
	return node;
}

struct node *child_of(struct node *parent, const char *name, bool make)
{
	struct node *node = names[hash_name(parent->id, name) % TABLE];
	while (node && (node->parent != parent || strcmp(node->name, name) != 0))
		node = node->by_name;
	return node ? node : make ? make_node(parent, name) : NULL;
}

static void take_out(struct node **list, struct node *node, size_t next)
{
	while (*list != node)
		list = (struct node **)((char *)*list + next);
	*list = *(struct node **)((char *)node + next);
}

static void node_close(struct node *node);

static void free_node(struct node *node)
{
	take_out(&ids[node->id % TABLE], node, offsetof(struct node, by_id));
	take_out(&names[hash_name(node->parent->id, node->name) % TABLE], node, offsetof(struct node, by_name));
	*node->before = node->next;
	if (node->next)
		node->next->before = node->before;
	node_count--;
	watch_drop(node);
	node_close(node);
	listing_drop(node->listing);
	free(node->link);
	free(node->name);
	free(node);
}

/* Keeps no file of the host's open for it any more; who has it open keeps his. */
static void node_close(struct node *node)
{
	if (!node->handle)
		return;
	handle_drop(node->handle);
	node->handle = NULL;
	for (size_t i = 0; i < handle_count; i++)
		if (with_handles[i] == node) {
			with_handles[i] = with_handles[--handle_count];
			return;
		}
}

void node_keep(struct node *node, struct handle *handle)
{
	bool was = node->handle != NULL;
	node_close(node);
	if (handle_count == handle_room) {
		handle_room = handle_room ? 2 * handle_room : 256;
		with_handles = grow(with_handles, handle_room * sizeof(*with_handles));
	}
	/* The one that was used longest ago makes room. One that is open stays: by it a file of the same name is known to be another one. */
	if (handle_count >= IDLE_MOST) {
		struct node *oldest = NULL;
		for (size_t i = 0; i < handle_count; i++)
			if (with_handles[i]->handle->opens == 1 && (!oldest || with_handles[i]->handle->used_us < oldest->handle->used_us))
				oldest = with_handles[i];
		if (oldest)
			node_close(oldest);
	}
	handle->opens++;
	if (node->opens > 0 && was)
		node->other_pages = true;
	node->handle = handle;
	with_handles[handle_count++] = node;
}

/* A file that is kept open for nobody holds up an umount on the host. */
void handles_sweep(void)
{
	uint64_t now = now_us();
	for (size_t i = handle_count; i-- > 0;)
		if (with_handles[i]->handle->opens == 1 && now - with_handles[i]->handle->used_us > HANDLE_IDLE_US)
			node_close(with_handles[i]);
}

void node_forget(struct node *node, uint64_t lookups)
{
	node->lookups -= lookups < node->lookups ? lookups : node->lookups;
	while (node->parent && node->lookups == 0 && !node->missing && node->waits == 0 && !node->children && node->opens == 0) {
		struct node *parent = node->parent;
		free_node(node);
		node = parent;
	}
}

bool too_many_nodes(void)
{
	/* An eighth of the memory, at some 600 bytes each; what the kernel has of them, it can give back by itself. */
	static size_t most;
	if (most == 0)
		most = (size_t)sysconf(_SC_PHYS_PAGES) * (size_t)sysconf(_SC_PAGESIZE) / 8 / 600;
	return node_count > most;
}

void for_open_nodes(void (*take)(struct node *node))
{
	for (size_t i = 0; i < handle_count; i++)
		if (with_handles[i]->opens > 0)
			take(with_handles[i]);
}

size_t path_of(const struct node *node, char *to, size_t room)
{
	if (!node->parent) {
		*to = '\0';
		return 0;
	}
	size_t used = path_of(node->parent, to, room), size = strlen(node->name);
	if (used + size + 2 > room)
		return used;
	if (used)
		to[used++] = '/';
	memcpy(to + used, node->name, size + 1);
	return used + size;
}

struct moment this_moment(void)
{
	return (struct moment){ .us = now_us(), .changes = changes_taken, .epoch = files_epoch };
}

bool is_known(struct moment asked)
{
	return asked.us != 0;
}

bool is_fresh(struct moment asked)
{
	return is_known(asked) && asked.epoch == files_epoch && now_us() - asked.us < FRESH_FOR_US;
}

bool lasts(const struct file_attr *attr)
{
	return !S_ISDIR(attr->mode) && attr->nlink == 1;
}

bool node_fresh(const struct node *node)
{
	/* What is written by a mapping has no event before it is closed: of a file that is open here the host is asked. */
	return (node->lasting && node->opens == 0) || is_fresh(node->seen);
}

bool list_fresh(const struct node *dir)
{
	return dir->listing && (dir->list_lasting || is_fresh(dir->listed));
}

static bool same_content(const struct file_attr *a, const struct file_attr *b)
{
	return !a->young && a->dev == b->dev && a->ino == b->ino && a->size == b->size && a->mtime == b->mtime && a->mtime_ns == b->mtime_ns && a->ctime == b->ctime && a->ctime_ns == b->ctime_ns;
}

void node_learn(struct node *node, struct moment asked, const struct file_attr *attr, const char *more)
{
	/* Another answer came while this one was on its way: which of the two is older is not known. */
	bool overtaken = asked.us < node->learnt_us;
	bool changed = attr ? node->known && (node->gone || !same_content(&node->attr, attr)) : !node->gone;
	if (overtaken && node->lasting && !changed)
		return;
	node->learnt_us = now_us();
	node->seen = asked;
	if (overtaken && changed)
		node->seen.us = 0;
	if (!attr) {
		node->gone = true;
		node->lasting = false;
		return;
	}
	/* Without having been said to: the listing is as old. */
	if (changed && node->lasting) {
		node->lasting = false;
		if (node->parent)
			node->parent->list_lasting = false;
	}
	node->known = true;
	node->gone = false;
	node->attr = *attr;
	if (S_ISLNK(attr->mode) && more) {
		if (node->given_link && (strlen(node->link) != attr->link_size || memcmp(node->link, more, attr->link_size) != 0)) {
			node->given_link = false;
			notice_change(node);
		}
		free(node->link);
		node->link = grow(NULL, attr->link_size + 1);
		memcpy(node->link, more, attr->link_size);
		node->link[attr->link_size] = '\0';
	} else if (more && attr->caps_size <= sizeof(node->caps)) {
		memcpy(node->caps, more, attr->caps_size);
	}
	if (!changed || !S_ISREG(attr->mode))
		return;
	node->stale_attr = node->stale_pages = true;
	if (node->handle && (node->handle->attr.dev != attr->dev || node->handle->attr.ino != attr->ino)) {
		/* Another file by the same name: who has the old one open keeps it, and the kernel's pages are the old one's until then. */
		node_close(node);
		if (node->opens > 0) {
			node->other_pages = true;
			return;
		}
	}
	notice_change(node);
}

void node_list(struct node *dir, struct moment asked, uint64_t hash, char *bytes, size_t size)
{
	if (dir->list_lasting && asked.us < dir->listed.us)
		return;
	dir->listed = asked;
	dir->list_lasting = false;
	if (dir->listing && dir->listing->hash == hash)
		return;
	struct listing *listing = grow(NULL, sizeof(*listing));
	*listing = (struct listing){ .uses = 1, .hash = hash, .bytes = grow(NULL, size) };
	memcpy(listing->bytes, bytes, size);
	size_t count = 0;
	for (size_t at = 0; at < size; at += ((struct file_entry *)(listing->bytes + at))->size)
		count++;
	for (listing->slots = 8; listing->slots < 2 * count; listing->slots *= 2)
		;
	listing->entries = grow(NULL, count * sizeof(*listing->entries));
	listing->index = grow(NULL, listing->slots * sizeof(*listing->index));
	memset(listing->index, 0, listing->slots * sizeof(*listing->index));
	for (size_t at = 0; at < size;) {
		struct file_entry *entry = (struct file_entry *)(listing->bytes + at);
		char name[256];
		memcpy(name, entry + 1, entry->name_size);
		name[entry->name_size] = '\0';
		size_t slot = hash_name(0, name) & (listing->slots - 1);
		while (listing->index[slot])
			slot = (slot + 1) & (listing->slots - 1);
		listing->entries[listing->count++] = entry;
		listing->index[slot] = (uint32_t)listing->count;
		at += entry->size;
	}
	listing_drop(dir->listing);
	dir->listing = listing;
}

const struct file_entry *listed(const struct listing *listing, const char *name)
{
	size_t size = strlen(name);
	for (size_t slot = hash_name(0, name) & (listing->slots - 1); listing->index[slot]; slot = (slot + 1) & (listing->slots - 1)) {
		const struct file_entry *entry = listing->entries[listing->index[slot] - 1];
		if (entry->name_size == size && memcmp(entry + 1, name, size) == 0)
			return entry;
	}
	return NULL;
}

void listing_drop(struct listing *listing)
{
	if (!listing || --listing->uses > 0)
		return;
	free(listing->entries);
	free(listing->index);
	free(listing->bytes);
	free(listing);
}

void handle_drop(struct handle *handle)
{
	if (--handle->opens > 0)
		return;
	link_ask(ASK_CLOSE, 0, 0, handle->fd, 0, "", 0);
	free(handle);
}
