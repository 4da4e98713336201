/* What the guest asks, answered. */
#ifndef KLOOP_FILES_ANSWERS_H
#define KLOOP_FILES_ANSWERS_H

#include "../protocol.h"

#include <stddef.h>
#include <sys/stat.h>

struct answer {
	struct answer_head head;
	char *at;
	size_t used, room;
};

/* answers.c: the root, open as a path; and the first descriptor that the guest may speak of. */
extern int root, first_handle;

/* Room after what is used. It may move what is there. */
void *room_for(struct answer *answer, size_t size);

/* attributes.c */
void attributes_of(dev_t root);
void fill_attr(struct file_attr *attr, const struct stat *st);
/* Appends what is known of a name in a directory: attributes, and what hangs on them. The answer may move. An errno, or 0, as all below. */
int describe(struct answer *answer, int dir, const char *name, size_t attr_at);

/* look.c */
int look_at(struct answer *answer, const char *path);
/* @param known the hash of the listing that the guest has */
int list_dir(struct answer *answer, const char *path, uint64_t known);
/* @param name NULL: all names */
int xattr_of(struct answer *answer, const char *path, const char *name);
int statfs_of(struct answer *answer);

/* open.c */
/* @param handle that it may be already */
int open_file(struct answer *answer, const char *path, int handle);
/* @param slot of the spool, or 0 */
int read_handle(struct answer *answer, const struct ask_head *ask, uint32_t slot);
void close_handle(int handle);

#endif
