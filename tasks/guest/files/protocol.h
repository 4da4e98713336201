/*
 * What the guest asks of the host's files, over a port of its own. Both ends
 * are compiled on the same machine, so structures go as they are.
 */
#ifndef KLOOP_FILES_PROTOCOL_H
#define KLOOP_FILES_PROTOCOL_H

#include <stdint.h>

enum ask {
	ASK_STAT = 1, /* path: what it is */
	ASK_LIST,     /* path; arg: the hash of the listing that is known. The whole directory, or nothing where that is it */
	ASK_OPEN,     /* path; handle: one that may be the same file, or 0. A handle (in attr.handle), that one if it is, and what it is by now */
	ASK_READ,     /* handle, offset, size: bytes after what the file is by then */
	ASK_CLOSE,    /* handle; not answered */
	ASK_XATTR,    /* path, NUL, name: value */
	ASK_XATTRS,   /* path: names */
	ASK_STATFS,   /* the root's */
};

struct ask_head {
	uint32_t size; /* with this head */
	uint32_t what;
	uint64_t tag;
	uint64_t arg;    /* hash, or offset */
	uint32_t handle;
	uint32_t length; /* to read */
};

struct answer_head {
	uint32_t size; /* with this head */
	int32_t error; /* errno, or 0 */
	uint64_t tag;
	uint64_t hash; /* of a listing */
};

struct file_attr {
	uint64_t dev, ino, size, blocks;
	int64_t atime, mtime, ctime;
	uint32_t atime_ns, mtime_ns, ctime_ns;
	uint32_t mode, nlink, uid, gid, rdev, blksize;
	uint32_t handle;
	/* Changed so short a time before that another change may show in neither time. */
	uint32_t young;
	/* What follows: a symbolic link's target; security.capability of a program. */
	uint32_t link_size, caps_size;
	uint32_t unused;
};

/* In a listing: the attributes, these, the name, the link, the capabilities; then the next, at a multiple of 8. */
struct file_entry {
	struct file_attr attr;
	uint32_t size;
	uint32_t name_size;
};

/* Of ASK_STATFS. */
struct file_system {
	uint64_t blocks, bfree, bavail, files, ffree;
	uint32_t bsize, namelen, frsize, unused;
};

#define FILES_READ_MOST (1024 * 1024)

#endif
