/*
 * The host's files by FUSE: a thread of init answers the kernel, from what the
 * host's end (serve.c) has told it. A thread of init, because nothing in the
 * guest can kill PID 1.
 */
#ifndef KLOOP_FILES_H
#define KLOOP_FILES_H

#include "../guest.h"
#include "protocol.h"

#include <linux/fuse.h>

/* What the host was asked less long ago is not asked again. */
#define FRESH_FOR_US (250 * 1000)
/* How long the kernel need not ask us. */
#define KERNEL_FRESH_NS (50 * 1000 * 1000)

/* An open file of the host's. */
struct handle {
	uint32_t fd; /* the host's */
	unsigned opens;
	struct file_attr attr; /* as it was opened, or last read */
	uint64_t used_us;
};

/* A directory's content at one moment; whoever lists it goes on with the one that he began with. */
struct listing {
	unsigned uses;
	uint64_t hash;
	size_t count;
	struct file_entry **entries;
	uint32_t *index; /* open addressing by the name's hash: entry + 1 */
	size_t slots;
	char *bytes;
};

/* A name that the kernel knows, or has asked for. The same name is the same node, whatever the host puts there, as long as its type stays. */
struct node {
	uint64_t id;
	struct node *parent, *by_name, *by_id;
	char *name;
	size_t children;
	uint64_t lookups;     /* the kernel's references */
	unsigned waits;       /* requests for it that wait for the host */
	uint64_t seen_us;
	uint32_t seen_epoch;
	bool known;           /* attr is the host's */
	bool gone;            /* the host has no such name */
	bool stale_pages;     /* what the kernel has cached of it is to be dropped when it is opened */
	bool other_pages;     /* and is of another file by this name, which is still open */
	bool stale_attr;      /* the kernel may have other attributes than these */
	struct file_attr attr;
	char *link;
	char caps[64];
	struct handle *handle;
	unsigned opens;
	struct listing *listing;
	uint64_t listed_us;
	uint32_t listed_epoch;
	uint64_t window_us;   /* since when these were asked for singly */
	unsigned singly;
};

/* link.c: the port to the host. */
bool link_open(void);
int link_fd(void);
bool link_wants_write(void);
void link_flush(void);
void link_ask(enum ask what, uint64_t tag, uint64_t arg, uint32_t handle, uint32_t length, const char *text, size_t size);
/* False once the host has hung up. */
bool link_read(void (*take)(const struct answer_head *head, char *payload, size_t size));

/* nodes.c */
extern struct node *root_node;
extern volatile uint32_t files_epoch;
void nodes_init(void);
struct node *node_by_id(uint64_t id);
struct node *child_of(struct node *parent, const char *name, bool make);
void node_forget(struct node *node, uint64_t lookups);
size_t path_of(const struct node *node, char *to, size_t room);
bool is_fresh(uint64_t seen_us, uint32_t epoch);
/* What the host said of a name; NULL: it has none. */
void node_learn(struct node *node, const struct file_attr *attr, const char *more);
void node_list(struct node *dir, uint64_t hash, char *bytes, size_t size);
const struct file_entry *listed(const struct listing *listing, const char *name);
void listing_drop(struct listing *listing);
void handle_drop(struct handle *handle);
void handles_sweep(void);
void node_keep(struct node *node, struct handle *handle);

/* notices.c */
void start_thread(void *(*run)(void *));
void notices_start(int fuse);
void notice_change(const struct node *node);
/* While the kernel waits for an answer about an open file: before any content, it forgets the size of what was there before. */
void forget_attr(struct node *node);

#endif
