/* The kernel's requests, within the thread that answers them. */
#ifndef KLOOP_REQUESTS_H
#define KLOOP_REQUESTS_H

#include "files.h"

/* A request that waits for the host. */
struct pending {
	struct pending *next; /* of those that wait for the same listing */
	enum ask what;
	struct moment asked;
	struct node *node;
	struct handle *handle;
	uint32_t slot; /* of the spool, or 0 */
	char request[];
};

struct request {
	const struct fuse_in_header *head;
	const char *body;
};

/* pending.c */
void requests_from(int fd);
void request_answer(uint64_t unique, int error, const void *data, size_t size);
struct request request_of(struct pending *pending);
/* It waits, for nothing yet. */
struct pending *pending_copy(const struct request *request, struct node *node, struct handle *handle, enum ask what);
/* The host is asked; its answer comes with the request. */
void pending_ask(const struct request *request, struct node *node, struct handle *handle, enum ask what, uint64_t arg, uint32_t length, const char *text, size_t text_size);
void pending_ask_path(const struct request *request, struct node *node, enum ask what, uint64_t arg);
void pending_finish(struct pending *pending);

/* learn.c */
/* Whether what is known of a name is fresh; else the host is asked, and the request comes again. */
bool is_known_now(const struct request *request, struct node *node);
bool list_known(const struct node *dir);
void ask_list(const struct request *request, struct node *dir);
/* What takes a request once more. */
void requests_again_by(void (*by)(const struct request *request));
/* @param of what the host has answered for: however long that took, this request is content with it */
void request_again(const struct request *request, const struct node *of);
/* The requests that wait for a listing, too. */
void answer_listed(struct node *dir, struct moment asked, int error);
/* What the host has answered about a name, or that there is none. */
void learn_name(struct node *node, const struct pending *pending, const struct answer_head *head, const char *payload);
void learn_listing(struct node *dir, const struct pending *pending, const struct answer_head *head, char *payload, size_t size);

/* names.c */
void do_lookup(const struct request *request, struct node *dir);
void do_getattr(const struct request *request, struct node *node);
void do_readlink(const struct request *request, struct node *node);
void do_getxattr(const struct request *request, struct node *node);
void answer_xattr(const struct request *request, uint32_t size, const void *value, size_t length);

/* opened.c */
void do_open(const struct request *request, struct node *node);
void do_read(const struct request *request, struct node *node);
void do_release(const struct request *request, struct node *node);
/* @param asked the handle that it might have been */
void answer_opened(const struct request *request, struct node *node, struct moment when, struct handle *asked, const char *payload);
/* @param spooled so many bytes are in the pending one's slot, and not in the answer */
void answer_read(const struct pending *pending, const struct request *request, const char *payload, size_t size, size_t spooled);

/* long.c: reads that do not come by the port. */
/* @param files the device of the file system that is served */
void long_start(dev_t files);
/* A file of this size is being opened: before that is answered the kernel is to know how much to read ahead. */
void long_file(uint64_t size);
/* A slot of the spool that is free, from 1 on; 0: none, or a read of so many bytes needs none. */
uint32_t long_slot(size_t size);
void long_free(uint32_t slot);
void long_comes(int error, const char *host_path, size_t size);
/* NULL: it cannot be read. */
const char *long_read(uint32_t slot, size_t size);

/* directories.c */
void do_opendir(const struct request *request, struct node *dir);
void do_readdir(const struct request *request, struct node *dir);
void do_releasedir(const struct request *request);

#endif
