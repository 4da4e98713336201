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
#include <pthread.h>

/*
 * What a running command sees of names and attributes may be as old as these
 * two together, less than a second. What it opens is the host's at that moment:
 * each open(2) asks the host.
 */
/* What the host was asked less long ago is not asked again. */
#define FRESH_FOR_US (250 * 1000)
/* How long the kernel need not ask us. */
#define KERNEL_FRESH_NS (500 * 1000 * 1000)
/* The same for a name that is missing: overlayfs keeps it besides, for as long as stay_fresh lets it. */
#define MISSING_FRESH_NS (50 * 1000 * 1000)

/* When the host was asked for what is known; before it answered, for it may have looked at once. */
struct moment {
	uint64_t us; /* 0: never */
	uint32_t epoch;
};

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
	struct moment seen;
	uint64_t given_us;    /* when the kernel was last told that it need not ask */
	uint64_t given_size;  /* and of what size */
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
	struct moment listed;
	struct pending *for_list; /* requests that wait for the listing that was asked for */
	bool list_asked;
	bool unlisted;        /* the host may look up its names, and not list them */
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
extern pthread_mutex_t files_lock; /* held by whoever looks at nodes */
extern struct node *root_node;
extern volatile uint32_t files_epoch;
void nodes_init(void);
struct node *node_by_id(uint64_t id);
struct node *child_of(struct node *parent, const char *name, bool make);
void node_forget(struct node *node, uint64_t lookups);
size_t path_of(const struct node *node, char *to, size_t room);
struct moment this_moment(void);
bool is_fresh(struct moment asked);
/* What the host said of a name; NULL: it has none. */
void node_learn(struct node *node, struct moment asked, const struct file_attr *attr, const char *more);
void node_list(struct node *dir, struct moment asked, uint64_t hash, char *bytes, size_t size);
const struct file_entry *listed(const struct listing *listing, const char *name);
void listing_drop(struct listing *listing);
void handle_drop(struct handle *handle);
void handles_sweep(void);
void node_keep(struct node *node, struct handle *handle);
/* The nodes about which the kernel need not ask yet; their number. */
size_t nodes_given(uint64_t **ids);

/* notices.c */
void start_thread(void *(*run)(void *));
void notices_start(int fuse);
void notice_change(const struct node *node);
/* Its attributes alone. Not by the thread that answers the kernel, which it may have to wait for. */
void notice_attr(uint64_t id);
/* While the kernel waits for an answer about an open file: before any content, it forgets the size of what was there before. */
void forget_attr(struct node *node);

/* forget.c: where it is mounted. */
void files_forget_at(int dir);

#endif
