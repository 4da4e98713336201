/* Memory, queues and files. An init that runs out of memory has nobody to tell: it ends, and the kernel panics. */
#include "guest.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

uint64_t now_us(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

void *grow(void *old, size_t size)
{
	void *made = realloc(old, size ? size : 1);
	if (!made)
		abort();
	return made;
}

void list_add(struct list *list, char *item)
{
	list->items = grow(list->items, (list->count + 2) * sizeof(char *));
	list->items[list->count++] = item;
	list->items[list->count] = NULL;
}

size_t queue_size(const struct queue *queue)
{
	return queue->end - queue->start;
}

void queue_add(struct queue *queue, const void *data, size_t size)
{
	if (queue->start > 0 && queue->end + size > queue->room) {
		memmove(queue->at, queue->at + queue->start, queue_size(queue));
		queue->end -= queue->start;
		queue->start = 0;
	}
	if (queue->end + size > queue->room) {
		queue->room = (queue->end + size) * 2;
		queue->at = grow(queue->at, queue->room);
	}
	memcpy(queue->at + queue->end, data, size);
	queue->end += size;
}

void queue_drop(struct queue *queue, size_t size)
{
	queue->start += size;
	if (queue->start == queue->end)
		queue->start = queue->end = 0;
}

int queue_write(struct queue *queue, int fd)
{
	while (queue_size(queue) > 0) {
		ssize_t put = write(fd, queue->at + queue->start, queue_size(queue));
		if (put < 0 && errno == EINTR)
			continue;
		if (put <= 0)
			return put < 0 ? errno : EAGAIN;
		queue_drop(queue, (size_t)put);
	}
	return 0;
}

bool read_file(const char *path, struct bytes *into)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t room = 0;
	into->at = NULL;
	into->size = 0;
	if (fd < 0)
		return false;
	for (;;) {
		if (into->size + 65536 > room)
			into->at = grow(into->at, room = room * 2 + 65536 * 2);
		ssize_t got = read(fd, into->at + into->size, 65536);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			break;
		into->size += (size_t)got;
	}
	close(fd);
	into->at[into->size] = '\0';
	return true;
}

bool write_file(const char *path, const char *text, mode_t mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
	if (fd < 0)
		return false;
	ssize_t put = write(fd, text, strlen(text));
	close(fd);
	return put == (ssize_t)strlen(text);
}

/* Makes a directory and those above it. What cannot be made shows when it is used. */
void make_dirs(const char *path)
{
	char *copy = strdup(path);
	for (char *slash = strchr(copy + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		mkdir(copy, 0755);
		*slash = '/';
	}
	mkdir(copy, 0755);
	free(copy);
}

bool exists(const char *path)
{
	struct stat st;
	return lstat(path, &st) == 0;
}

bool write_all(int fd, const char *at, size_t size)
{
	while (size > 0) {
		ssize_t put = write(fd, at, size);
		if (put < 0 && errno == EINTR)
			continue;
		if (put <= 0)
			return false;
		at += put;
		size -= (size_t)put;
	}
	return true;
}
