/* What the host has answered, and what of it answers a request without another question. */
#include "requests.h"

#include <errno.h>
#include <sys/stat.h>

/* So many names of a directory are asked for one by one within FRESH_FOR_US, then all of it. */
#define SINGLY_MOST 2
/* Where it is known to be as big as this, one more for each so many names; a smaller one is asked for at once. */
#define NAMES_A_LOOK 64
#define SMALL_LISTING 256

static const struct node *answered;
static void (*dispatch)(const struct request *request);

void requests_again_by(void (*by)(const struct request *request))
{
	dispatch = by;
}

bool list_known(const struct node *dir)
{
	return dir->listing && (dir == answered || list_fresh(dir));
}

/*
 * By a listing of before it is known only of what changes with a message: not
 * the times of a directory, and not what has other names, or is open. One that
 * was asked for before something else was learnt of the name may be older.
 */
static bool known_by(const struct node *dir, const struct file_entry *entry, const struct node *node)
{
	if (dir->listed.us < node->learnt_us)
		return false;
	bool told = !entry || (lasts(&entry->attr) && node->opens == 0);
	return told || dir == answered || is_fresh(dir->listed);
}

void ask_list(const struct request *request, struct node *dir)
{
	if (dir->list_asked) {
		struct pending *pending = pending_copy(request, dir, NULL, ASK_LIST);
		pending->next = dir->for_list;
		dir->for_list = pending;
		return;
	}
	dir->list_asked = true;
	pending_ask_path(request, dir, ASK_LIST, dir->listing ? dir->listing->hash : 0);
}

/* Whether what is known of a name is fresh; else the host is asked, and the request comes again. */
bool is_known_now(const struct request *request, struct node *node)
{
	struct node *dir = node->parent;
	if (node == answered || node_fresh(node))
		return true;
	const struct file_entry *entry = dir && list_known(dir) ? listed(dir->listing, node->name) : NULL;
	if (dir && list_known(dir) && known_by(dir, entry, node)) {
		node_learn(node, dir->listed, entry ? &entry->attr : NULL, entry ? (const char *)(entry + 1) + entry->name_size : NULL);
		node->lasting = dir->list_lasting && (!entry || lasts(&entry->attr));
		return true;
	}
	/* Most of what is in the root is asked for at once. */
	if (!dir && !node->listing && !node->unlisted) {
		ask_list(request, node);
		return false;
	}
	if (!dir) {
		pending_ask_path(request, node, ASK_STAT, 0);
		return false;
	}
	size_t names = dir->listing ? dir->listing->count : 0;
	uint64_t now = now_us();
	if (now - dir->window_us > FRESH_FOR_US) {
		dir->window_us = now;
		dir->singly = 0;
	}
	/* A directory is watched itself by that, and then need not be asked about again. */
	bool one = entry && S_ISDIR(entry->attr.mode) && dir->watch != 0 && !node->unwatched;
	if (dir->unlisted || one)
		pending_ask_path(request, node, ASK_STAT, 0);
	else if (++dir->singly > SINGLY_MOST + names / NAMES_A_LOOK || (dir->listing && names < SMALL_LISTING))
		ask_list(request, dir);
	else
		pending_ask_path(request, node, ASK_STAT, 0);
	return false;
}

/* @param of what the host has answered for: however long that took, this request is content with it */
void request_again(const struct request *request, const struct node *of)
{
	answered = of;
	dispatch(request);
	answered = NULL;
}

/* The requests that wait for a listing, too. */
void answer_listed(struct node *dir, struct moment asked, int error)
{
	struct pending *next, *pending = dir->for_list;
	dir->for_list = NULL;
	dir->list_asked = false;
	for (; pending; pending = next) {
		struct request request = request_of(pending);
		next = pending->next;
		if (error && request.head->opcode == FUSE_OPENDIR)
			request_answer(request.head->unique, error, NULL, 0);
		else
			request_again(&request, pending->asked.epoch == asked.epoch ? dir : NULL);
		pending_finish(pending);
	}
}

/* What the host has answered about a name, or that there is none. */
void learn_name(struct node *node, const struct pending *pending, const struct answer_head *head, const char *payload)
{
	const struct file_attr *attr = head->error ? NULL : (const struct file_attr *)payload;
	bool told = !node->parent || watch_learn(node->parent, head->watch, pending->asked);
	node_learn(node, pending->asked, attr, attr ? payload + sizeof(*attr) : NULL);
	if (attr && S_ISDIR(attr->mode)) {
		node->unwatched = attr->watch == 0;
		node->lasting = watch_learn(node, attr->watch, pending->asked) && told;
	} else {
		node->lasting = told && is_known(node->seen) && (!attr || lasts(attr));
	}
}

void learn_listing(struct node *dir, const struct pending *pending, const struct answer_head *head, char *payload, size_t size)
{
	const struct file_attr *own = (const struct file_attr *)payload;
	bool told = watch_learn(dir, head->watch, pending->asked);
	node_learn(dir, pending->asked, own, NULL);
	node_list(dir, pending->asked, head->hash, payload + sizeof(*own), size - sizeof(*own));
	dir->lasting = dir->list_lasting = told;
}
