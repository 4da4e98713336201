/* Files and directories that are open. */
#define _GNU_SOURCE
#include "share.h"

#include <stdlib.h>
#include <unistd.h>

#define TABLE (1 << 12)
/* So many changes are told of at once: the guest has a pipe for them, which must not be full. */
#define CHANGES_MOST 500

static struct handle *table[TABLE];
static uint64_t last_id;

struct handle *handle_open(struct node *node, int fd, bool appends, DIR *dir)
{
	struct handle *handle = calloc(1, sizeof(*handle));
	if (!handle)
		abort();
	node_lock();
	*handle = (struct handle){ .next = node->handles, .node = node, .id = ++last_id, .fd = fd, .appends = appends, .dir = dir };
	node->handles = handle;
	handle->in_table = table[handle->id % TABLE];
	table[handle->id % TABLE] = handle;
	node_unlock();
	return handle;
}

static struct handle **slot_of(uint64_t id)
{
	struct handle **at = &table[id % TABLE];
	while (*at && (*at)->id != id)
		at = &(*at)->in_table;
	return at;
}

struct handle *handle_take(uint64_t id, bool dir)
{
	node_lock();
	struct handle *handle = *slot_of(id);
	if (handle && (handle->dir != NULL) != dir)
		handle = NULL;
	if (handle)
		handle->users++;
	node_unlock();
	return handle;
}

/* Under the lock. Nobody can find it any more. */
static void end(struct handle *handle)
{
	struct node *node = handle->node;
	struct handle **at = &node->handles;
	while (*at != handle)
		at = &(*at)->next;
	*at = handle->next;
	if (handle->dir)
		closedir(handle->dir);
	else
		close(handle->fd);
	free(handle);
	node_dropped(node);
}

void handle_give(struct handle *handle)
{
	node_lock();
	if (--handle->users == 0 && handle->released)
		end(handle);
	node_unlock();
}

void handle_release(uint64_t id)
{
	node_lock();
	struct handle **at = slot_of(id), *handle = *at;
	if (handle) {
		*at = handle->in_table;
		handle->released = true;
		if (handle->users == 0)
			end(handle);
	}
	node_unlock();
}

static bool same(struct timespec a, struct timespec b)
{
	return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

void handles_changed(void (*changed)(uint64_t node))
{
	uint64_t ids[CHANGES_MOST];
	size_t count = 0;
	node_lock();
	for (size_t i = 0; i < TABLE; i++)
		for (struct handle *handle = table[i]; handle && count < CHANGES_MOST; handle = handle->in_table) {
			struct node *node = handle->node;
			struct stat st;
			if (handle->dir || node->handles != handle || fstat(handle->fd, &st) != 0 || same(st.st_ctim, node->told))
				continue;
			node->told = st.st_ctim;
			ids[count++] = node->id;
		}
	node_unlock();
	for (size_t i = 0; i < count; i++)
		changed(ids[i]);
}
