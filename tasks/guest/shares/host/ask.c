/* What a request says, and what an answer is put together of. */
#define _GNU_SOURCE
#include "share.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool is_root;

void *reply_add(struct reply *reply, size_t size)
{
	if (reply->used + size > reply->room) {
		reply->room = 2 * (reply->used + size);
		reply->at = realloc(reply->at, reply->room);
		if (!reply->at)
			abort();
	}
	void *at = reply->at + reply->used;
	/* What is read is as long as it is: that need not be zeroed. */
	if (size < 65536)
		memset(at, 0, size);
	reply->used += size;
	return at;
}

const void *body_of(const struct ask *ask, size_t size)
{
	return ask->size < size ? NULL : ask->body;
}

const char *name_at(const struct ask *ask, size_t offset)
{
	const char *name = ask->body + offset;
	if (ask->size <= offset || !*name || strchr(name, '/') || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return NULL;
	return name;
}

struct by_path by_path(int fd)
{
	struct by_path path;
	snprintf(path.text, sizeof(path.text), "/proc/self/fd/%d", fd);
	return path;
}
