/*
 * Which directories' changes the guest is told of, by inotify: those that it
 * has listed, or looked names up in. What changes without an event is not
 * relied on by the guest: what is in other file systems than these, and files
 * with more than one name. What is written through a mapping or by AIO has its
 * event when the file is closed.
 */
#define _GNU_SOURCE
#include "watch.h"
#include "mounts.h"
#include "../protocol.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

/* So many names of a directory are sent singly, then that all in it may have changed. */
#define NAMES_MOST 8
/* The user's editor and file manager need them, too. */
#define SHARE_OF_WATCHES 4
/* What happens in such a time is sent at once. The queue takes 16,384 events by default. */
#define REST_NS (2 * 1000 * 1000)

#define WATCHED (IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_MODIFY | IN_CLOSE_WRITE | IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF)
/* Of a directory these make the paths below it other ones, or open or close it to us: they are sent each time. */
#define OF_DIRECTORIES (IN_MOVED_FROM | IN_MOVED_TO | IN_ATTRIB)

#define TABLE (1 << 13)

/* A directory that is watched. */
struct watched {
	struct watched *next;
	int number;
	uint8_t sent; /* names since something in it was last asked for; more than NAMES_MOST: that all may have changed */
	uint64_t names[NAMES_MOST];
};

static int events = -1;
static long count, most;
static void (*send_events)(void *events, size_t size);
static pthread_mutex_t watching = PTHREAD_MUTEX_INITIALIZER; /* for what follows, and for reading events */
static struct watched *table[TABLE];
static char batch[1 << 16] __attribute__((aligned(8)));
static size_t batched;

static struct watched **watched_by(int number)
{
	struct watched **at = &table[(unsigned)number % TABLE];
	while (*at && (*at)->number != number)
		at = &(*at)->next;
	return at;
}

/* Of these file systems each change is made by this kernel, and has an event. */
static bool is_local(int dir)
{
	static const long local[] = {
		0xef53,     /* ext2, ext3, ext4 */
		0x58465342, /* XFS */
		0x9123683e, /* Btrfs */
		0xf2f52010, /* F2FS */
		0x01021994, /* tmpfs */
	};
	struct statfs st;
	if (fstatfs(dir, &st) != 0)
		return false;
	for (size_t i = 0; i < sizeof(local) / sizeof(*local); i++)
		if ((unsigned long)st.f_type == (unsigned long)local[i])
			return true;
	return false;
}

uint32_t watch_dir(int dir)
{
	char path[64];
	if (events < 0 || !is_local(dir))
		return 0;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", dir);
	pthread_mutex_lock(&watching);
	int number = inotify_add_watch(events, path, WATCHED | IN_ONLYDIR | IN_EXCL_UNLINK);
	struct watched **at = number > 0 ? watched_by(number) : NULL;
	if (at && !*at && count >= most) { /* it has just been added */
		inotify_rm_watch(events, number);
		at = NULL;
	} else if (at && !*at) {
		*at = calloc(1, sizeof(**at));
		if (!*at)
			abort();
		(*at)->number = number;
		count++;
	}
	if (at)
		(*at)->sent = 0;
	pthread_mutex_unlock(&watching);
	return at ? (uint32_t)number : 0;
}

static void flush(void)
{
	if (batched > 0)
		send_events(batch, batched);
	batched = 0;
}

static void add(uint32_t number, uint32_t what, const char *name)
{
	size_t name_size = strlen(name), size = (sizeof(struct file_event) + name_size + 7) & ~7ul;
	if (batched + size > sizeof(batch))
		flush();
	struct file_event *event = (struct file_event *)(batch + batched);
	memset(event, 0, size);
	*event = (struct file_event){ .watch = number, .what = what, .size = (uint32_t)size, .name_size = (uint32_t)name_size };
	memcpy(event + 1, name, name_size);
	batched += size;
}

static uint64_t hash_of(const char *name, uint32_t what)
{
	uint64_t hash = 0xcbf29ce484222325ull ^ what;
	for (; *name; name++)
		hash = (hash ^ (unsigned char)*name) * 0x100000001b3ull;
	return hash;
}

static uint32_t what_of(uint32_t mask)
{
	return (mask & (IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO) ? CHANGE_NAME : 0) | (mask & IN_ATTRIB ? CHANGE_ATTR : 0) | (mask & (IN_MODIFY | IN_CLOSE_WRITE) ? CHANGE_CONTENT : 0);
}

static void take(const struct inotify_event *event)
{
	if (event->mask & IN_Q_OVERFLOW) {
		add(0, CHANGE_UNKNOWN, "");
		return;
	}
	struct watched **at = watched_by(event->wd), *watched = *at;
	if (!watched)
		return;
	/* The former comes of a directory that is removed or unmounted, too. */
	if (event->mask & (IN_IGNORED | IN_MOVE_SELF)) {
		add((uint32_t)event->wd, CHANGE_PLACE, "");
		if (event->mask & IN_IGNORED) {
			*at = watched->next;
			free(watched);
			count--;
		}
		return;
	}
	const char *name = event->len > 0 ? event->name : "";
	uint32_t what = what_of(event->mask);
	if (what == 0)
		return;
	if (*name && !(event->mask & IN_ISDIR && event->mask & OF_DIRECTORIES)) {
		uint64_t hash = hash_of(name, what);
		if (watched->sent > NAMES_MOST)
			return;
		for (size_t i = 0; i < watched->sent; i++)
			if (watched->names[i] == hash)
				return;
		if (watched->sent == NAMES_MOST) {
			what = CHANGE_ALL;
			name = "";
		} else {
			watched->names[watched->sent] = hash;
		}
		watched->sent++;
	}
	add((uint32_t)event->wd, what, name);
}

static void take_mount(const char *path)
{
	add(0, CHANGE_MOUNT, path);
}

void watch_drain(void)
{
	static char buffer[1 << 16] __attribute__((aligned(8)));
	if (events < 0)
		return;
	pthread_mutex_lock(&watching);
	mounts_look(take_mount);
	for (;;) {
		ssize_t got = read(events, buffer, sizeof(buffer));
		if (got <= 0)
			break;
		for (ssize_t at = 0; at < got;) {
			const struct inotify_event *event = (const struct inotify_event *)(buffer + at);
			take(event);
			at += (ssize_t)(sizeof(*event) + event->len);
		}
	}
	flush();
	pthread_mutex_unlock(&watching);
}

static void *look(void *unused)
{
	const struct timespec rest = { .tv_nsec = REST_NS };
	(void)unused;
	for (;;) {
		struct pollfd polled[] = { { .fd = events, .events = POLLIN }, { .fd = mounts_fd(), .events = POLLPRI } };
		poll(polled, 2, -1);
		watch_drain();
		nanosleep(&rest, NULL);
	}
	return NULL;
}

static long watches_allowed(void)
{
	long allowed = 0;
	FILE *file = fopen("/proc/sys/fs/inotify/max_user_watches", "re");
	if (file && fscanf(file, "%ld", &allowed) != 1)
		allowed = 0;
	if (file)
		fclose(file);
	return allowed;
}

void watch_start(long wanted, void (*send)(void *events, size_t size))
{
	pthread_t thread;
	most = wanted >= 0 ? wanted : watches_allowed() / SHARE_OF_WATCHES;
	send_events = send;
	/* Without this nothing can be relied on. */
	if (most == 0 || !mounts_open())
		return;
	events = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (events >= 0)
		pthread_create(&thread, NULL, look, NULL);
}
