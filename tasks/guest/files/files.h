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
 * In directories that the host's end watches, names and attributes stay known
 * until it says that they have changed (changes.c). Elsewhere what a running
 * command sees of them may be as old as these two together, less than a second.
 * What it opens is the host's at that moment, for an open(2) asks the host; in
 * directories that are watched, of FRESH_FOR_US before that at the most.
 */
/* What the host was asked less long ago is not asked again. */
#define FRESH_FOR_US (250 * 1000)
/* How long the kernel need not ask us. */
#define KERNEL_FRESH_NS (500 * 1000 * 1000)
/* The same for a name that is missing: overlayfs keeps it besides, for as long as stay_fresh lets it. */
#define MISSING_FRESH_NS (50 * 1000 * 1000)
/* The same where we are told of changes. */
#define KERNEL_LASTING_S (24 * 60 * 60)

/* When the host was asked for what is known; before it answered, for it may have looked at once. */
struct moment {
	uint64_t us; /* 0: never */
	uint64_t changes; /* messages of changes taken by then */
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
	struct node *parent, *by_name, *by_id, *by_watch;
	struct node *children, *next, **before; /* those of one parent */
	char *name;
	uint64_t lookups;     /* the kernel's references */
	unsigned waits;       /* requests for it that wait for the host */
	struct moment seen;   /* never: it is to be asked for, whatever is known */
	uint64_t learnt_us;   /* when that was answered */
	uint64_t given_us;    /* when the kernel was last told that it need not ask */
	uint64_t given_size;  /* and of what size */
	bool known;           /* attr is the host's */
	bool gone;            /* the host has no such name */
	bool lasting;         /* both hold until the host says that something has changed */
	bool given_lasting;   /* and so the kernel was told */
	bool given_link;      /* and of a link's target, which it keeps */
	bool missing;         /* and it may keep it that there is none */
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
	bool list_lasting;
	uint32_t watch;       /* a directory's number at the host's end, if it and those above it are watched; else 0 */
	bool unwatched;       /* it could not be watched */
	uint64_t changed;     /* when it was last said that it, or one above it, has changed: by changes_taken */
	uint64_t taken;
	struct pending *for_list; /* requests that wait for the listing that was asked for */
	bool list_asked;
	bool unlisted;        /* the host may look up its names, and not list them */
	uint64_t window_us;   /* since when these were asked for singly */
	unsigned singly;
};

/* link.c: the port to the host. */
extern pthread_mutex_t files_lock; /* held by whoever asks, or looks at nodes */
bool link_open(void);
int link_fd(void);
bool link_wants_write(void);
void link_flush(void);
void link_ask(enum ask what, uint64_t tag, uint64_t arg, uint32_t handle, uint32_t length, const char *text, size_t size);
void link_read(void (*take)(const struct answer_head *head, char *payload, size_t size));

/* nodes.c */
extern struct node *root_node;
extern volatile uint32_t files_epoch;
extern uint64_t changes_taken;
void nodes_init(void);
struct node *node_by_id(uint64_t id);
struct node *child_of(struct node *parent, const char *name, bool make);
void node_forget(struct node *node, uint64_t lookups);
size_t path_of(const struct node *node, char *to, size_t room);
struct moment this_moment(void);
bool is_known(struct moment asked);
bool is_fresh(struct moment asked);
/* What the host said of a name; NULL: it has none. */
void node_learn(struct node *node, struct moment asked, const struct file_attr *attr, const char *more);
/* Whether each change of it has a message, where its directory is watched: not the times of a directory, and not by which other names it is written to. */
bool lasts(const struct file_attr *attr);
/* Whether what is known of it needs no question. */
bool node_fresh(const struct node *node);
bool list_fresh(const struct node *dir);
void node_list(struct node *dir, struct moment asked, uint64_t hash, char *bytes, size_t size);
const struct file_entry *listed(const struct listing *listing, const char *name);
void listing_drop(struct listing *listing);
void handle_drop(struct handle *handle);
void handles_sweep(void);
void node_keep(struct node *node, struct handle *handle);
/* Many more than a guest of its size should know. */
bool too_many_nodes(void);
/* Files that are open. */
void for_open_nodes(void (*take)(struct node *node));

/* watched.c: directories by their number at the host's end. */
void watch_set(struct node *dir, uint32_t watch);
void watch_drop(struct node *dir);
/* One with this number that has not been taken up to now; NULL: no more. */
struct node *watched_by(uint32_t watch, uint64_t taken);

/* changes.c: what the host's end says without being asked. */
/* This kernel can be told. */
void changes_allow(void);
/* Something in a directory was looked at, which is watched by this number, or 0. Whether what was found lasts. */
bool watch_learn(struct node *dir, uint32_t watch, struct moment asked);
void changes_take(const char *at, size_t size);

struct notice_calls {
	void (*unused)(void); /* before notice_unused is done */
	void (*done)(uint64_t ticket);
};

/* forget.c: what the kernel was told, and when it is to forget it. */
void given(struct node *node, bool lasting);
void given_missing(struct node *node);
/* The kernel keeps the targets of links until it is told to forget them. */
void links_are_kept(void);
/* It has been told a link's target. */
void link_given(struct node *node);
/* overlayfs is to forget what nothing uses. */
void forget_unused_later(void);
void forget_unused_now(bool at_once);
/* The host's end has sent all changes up to where this was asked for. */
void changes_come(uint64_t ticket);
extern const struct notice_calls forget_calls;
void forget_open(void);

/* notices.c: tells the kernel, by a thread of its own, one after the other. */
void start_thread(void *(*run)(void *));
void notices_start(int fuse, int mount_point, const struct notice_calls *calls);
/* The content of a file has changed, of mapped pages too. */
void notice_change(const struct node *node);
/* Its attributes alone. */
void notice_attr(uint64_t id);
void notice_name(const struct node *dir, const char *name);
/* What nothing uses of overlayfs's names, and with all, of ours. */
void notice_unused(bool all);
/* All before this has been done, when done is called. */
void notice_done(uint64_t ticket);
/* While the kernel waits for an answer about an open file: before any content, it forgets the size of what was there before. */
void forget_attr(struct node *node);

#endif
