/* A directory of the host that the guest writes to, served by FUSE's own protocol. */
#ifndef KLOOP_SHARE_H
#define KLOOP_SHARE_H

#include <dirent.h>
#include <linux/fuse.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <time.h>

/* The longest read or write, bytes; and with what goes before it. */
#define DATA_MOST (1024 * 1024)
#define REQUEST_MOST (DATA_MOST + 64 * 1024)

/* A request of the guest's kernel. Whatever it says is only as true as the guest is honest. */
struct ask {
	const struct fuse_in_header *head;
	const char *body; /* a NUL follows it */
	size_t size;
	struct node *node;
};

struct reply {
	char *at;
	size_t used, room;
};

/* What the guest knows by a number: a file, whatever names it has. */
struct node {
	struct node *by_id, *by_key;
	uint64_t id;
	dev_t dev;
	ino_t ino;
	mode_t type;
	struct node *parent; /* NULL: it has no name that is known, or is the root */
	char *name;
	uint64_t lookups; /* the guest's references */
	unsigned children, pins;
	struct handle *handles;
	struct timespec told; /* what the guest has of its content is of this change */
};

/* An open file or directory. */
struct handle {
	struct handle *next, *in_table; /* of the same node */
	struct node *node;
	uint64_t id;
	unsigned users;
	bool released, appends;
	int fd;
	DIR *dir;
};

/* All below give an errno, or 0; what opens something, a descriptor or a negative errno. */

/* ask.c */
/* Whether files can be given to others. */
extern bool is_root;
/* Room for more, zeroed. */
void *reply_add(struct reply *reply, size_t size);
/* What a request begins with; NULL: it is too short. */
const void *body_of(const struct ask *ask, size_t size);
/* A name in a directory, after so many bytes; NULL: it is none. */
const char *name_at(const struct ask *ask, size_t offset);
/* A path that is what is open as a path itself. */
struct by_path { char text[32]; };
struct by_path by_path(int fd);

/* nodes.c */
void root_init(void);
struct node *node_pin(uint64_t id);
void node_unpin(struct node *node);
void node_unref(uint64_t id, uint64_t lookups);
/* Open as a path. */
int node_fd(struct node *node);
/* The node of what is there, which the guest is told of by this name; it is pinned. */
struct node *node_found(struct node *dir, const char *name, const struct stat *st);
/* A name is not this file's any more; or another one is. */
void node_unnamed(const struct stat *st, struct node *dir, const char *name);
void node_renamed(const struct stat *st, struct node *dir, const char *name);
/* Names stay where they are; or are moved by who asks for that. */
void names_hold(void);
void names_move(void);
void names_let(void);
/* Its content as it is at this time is what the guest has, or what it will ask for. */
void node_told(struct node *node, const struct stat *st);

/* For handles.c: nodes and what is open of them have one lock. */
void node_lock(void);
void node_unlock(void);
void node_dropped(struct node *node);

/* handles.c */
/* @param dir or NULL */
struct handle *handle_open(struct node *node, int fd, bool appends, DIR *dir);
struct handle *handle_take(uint64_t id, bool dir);
void handle_give(struct handle *handle);
void handle_release(uint64_t id);
/* Calls for each file that is open and has changed since the guest was told. */
void handles_changed(void (*changed)(uint64_t node));

/* attributes.c */
void fill_attr(struct fuse_attr *attr, const struct stat *st);
void attributes_of(dev_t root);
int do_getattr(struct ask *ask, struct reply *reply);
int do_setattr(struct ask *ask, struct reply *reply);
int do_readlink(struct ask *ask, struct reply *reply);
int do_getxattr(struct ask *ask, struct reply *reply);
int do_listxattr(struct ask *ask, struct reply *reply);
int do_setxattr(struct ask *ask, struct reply *reply);
int do_removexattr(struct ask *ask, struct reply *reply);
int do_statfs(struct ask *ask, struct reply *reply);
/* Who writes to a file does not get its owner's rights by it. */
void drop_setid(int fd);

/* names.c */
int do_lookup(struct ask *ask, struct reply *reply);
int do_mknod(struct ask *ask, struct reply *reply);
int do_mkdir(struct ask *ask, struct reply *reply);
int do_symlink(struct ask *ask, struct reply *reply);
int do_link(struct ask *ask, struct reply *reply);
int do_unlink(struct ask *ask, struct reply *reply);
int do_rmdir(struct ask *ask, struct reply *reply);
int do_rename(struct ask *ask, struct reply *reply);
int do_rename2(struct ask *ask, struct reply *reply);
/* What was made is the asker's, where we may say so. */
void give_to_asker(const struct ask *ask, int dir, int fd);
int reply_entry(struct reply *reply, struct node *dir, int dir_fd, const char *name);

/* content.c */
int do_open(struct ask *ask, struct reply *reply);
int do_create(struct ask *ask, struct reply *reply);
int do_tmpfile(struct ask *ask, struct reply *reply);
int do_read(struct ask *ask, struct reply *reply);
int do_write(struct ask *ask, struct reply *reply);
int do_release(struct ask *ask, struct reply *reply);
/* A file's, or a directory's. */
int sync_one(struct ask *ask, bool directory);
int do_fsync(struct ask *ask, struct reply *reply);
int do_fallocate(struct ask *ask, struct reply *reply);
int do_lseek(struct ask *ask, struct reply *reply);

/* directories.c */
int do_opendir(struct ask *ask, struct reply *reply);
int do_readdir(struct ask *ask, struct reply *reply);
int do_fsyncdir(struct ask *ask, struct reply *reply);

#endif
