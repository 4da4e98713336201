/*
 * What the guest asks of the host's files, over a port of its own. Both ends
 * are compiled on the same machine, so structures go as they are.
 */
#ifndef KLOOP_FILES_PROTOCOL_H
#define KLOOP_FILES_PROTOCOL_H

#include <stdint.h>

enum ask {
	ASK_STAT = 1, /* path: what it is */
	ASK_LIST,     /* path; arg: the hash of the listing that is known. The directory's own attributes, and all that is in it, or nothing more where that is it */
	ASK_OPEN,     /* path; handle: one that may be the same file, or 0. A handle (in attr.handle), that one if it is, and what it is by now */
	ASK_READ,     /* handle, offset, size, and the spool's slot for the bytes, or 0 (4): bytes, if they are not there, after what the file is by then */
	ASK_CLOSE,    /* handle; not answered */
	ASK_XATTR,    /* path, NUL, name: value */
	ASK_XATTRS,   /* path: names */
	ASK_STATFS,   /* the root's */
	ASK_CHANGES,  /* answered after what has changed up to now in watched directories (see below) */
	ASK_SPOOL,    /* arg 0: the path of a file for long reads; 1: it is open, or cannot be opened. For each an answer with TAG_SPOOL */
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
	/* Of ASK_STAT and ASK_LIST: the directory in which that was looked at is watched by this number since before; 0: it is not. */
	uint32_t watch;
	uint32_t spooled; /* So many bytes of a read are in its slot. */
};

/*
 * What changes in watched directories is sent without being asked for, with
 * this tag: struct file_event and the name, one after the other, each at a
 * multiple of 8. Once something has been sent of a directory more of it is left
 * out until something in it is asked for again.
 */
#define TAG_CHANGES 0

#define TAG_SPOOL 2

enum change {
	CHANGE_CONTENT = 1,   /* of a file by this name; its size and times */
	CHANGE_ATTR = 2,      /* owner, mode and the like; without a name the directory's own */
	CHANGE_NAME = 4,      /* there is one now, there is none any more, or it is another file's */
	CHANGE_ALL = 8,       /* of all in this directory; no name */
	CHANGE_PLACE = 16,    /* the directory is not where it was, or is watched no more; no name */
	CHANGE_MOUNT = 32,    /* something was mounted or unmounted; the name is the whole path, without a number */
	CHANGE_UNKNOWN = 64,  /* changes were lost: of every directory; no name, no number */
};

struct file_event {
	uint32_t watch;
	uint32_t what; /* enum change */
	uint32_t size; /* with the name and what fills up */
	uint32_t name_size;
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
	/* Of a directory: it is watched by this number since before it was looked at. */
	uint32_t watch;
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
