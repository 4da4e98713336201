/*
 * What the host's end says of changes (watch.c there), and what follows from
 * it: in a directory that is watched, and those above it too, what we have been
 * told holds until a message says otherwise.
 *
 * An answer and the message that makes it old may overtake each other. So an
 * answer lasts only if no message of its directory, nor of one above it, came
 * since it was asked for; what changes after the host's end has looked, it
 * says, for it watches before it looks.
 */
#include "files.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define TABLE (1 << 13)

static bool allowed;
/* When the last message of a number came; several share one, which costs a question at the worst. */
static uint64_t changed[TABLE];

/*
 * Before FUSE 7.32 (Linux 5.10) a notice does not keep the kernel from taking
 * an older answer afterwards (attr_version, fuse_reverse_inval_inode).
 */
void changes_allow(void)
{
	allowed = true;
}

static void drop_name(struct node *node)
{
	node->lasting = false;
	node->seen.us = 0;
	node->changed = changes_taken;
}

static void drop_listing(struct node *dir)
{
	dir->list_lasting = false;
	dir->listed.us = 0;
}

/* What the kernel may have of a name. */
static void tell(struct node *node, uint32_t what)
{
	bool has_open = node->opens > 0 && S_ISREG(node->attr.mode);
	if (node->lookups > 0 && (has_open || node->given_link))
		notice_change(node);
	else if (node->lookups > 0)
		notice_attr(node->id);
	node->given_link = false;
	if (node->lookups == 0 && !node->missing)
		return;
	if (!(what & (CHANGE_NAME | CHANGE_ATTR)))
		return;
	/* overlayfs has an owner and a mode of its own, which it takes from ours when it looks the name up; and that is to ask. */
	forget_unused_later();
	if (node->parent)
		notice_name(node->parent, node->name);
}

/* Nothing below it is where it was, or can still be known of. */
static void drop_below(struct node *dir)
{
	watch_drop(dir);
	drop_listing(dir);
	drop_name(dir);
	for (struct node *child = dir->children; child; child = child->next) {
		if (child->given_lasting || child->given_link || child->missing)
			tell(child, CHANGE_NAME);
		drop_below(child);
	}
}

bool watch_learn(struct node *dir, uint32_t watch, struct moment asked)
{
	if (!allowed || dir->changed > asked.changes)
		return false;
	if (dir->watch != 0 && dir->watch != watch)
		drop_below(dir);
	if (watch == 0 || (dir->parent && dir->parent->watch == 0))
		return false;
	watch_set(dir, watch);
	return changed[watch % TABLE] <= asked.changes && dir->changed <= asked.changes;
}

/* A name in a directory; none: that one itself, or all names. */
static void take_event(struct node *dir, uint32_t what, const char *name)
{
	struct node *node = *name ? child_of(dir, name, false) : NULL;
	if (what & CHANGE_PLACE) {
		tell(dir, CHANGE_NAME);
		drop_below(dir);
		return;
	}
	if (what & CHANGE_ATTR && !*name) {
		tell(dir, CHANGE_ATTR);
		drop_below(dir);
		return;
	}
	drop_listing(dir);
	/* Its times, too. */
	if (what & (CHANGE_NAME | CHANGE_ALL)) {
		drop_name(dir);
		if (dir->lookups > 0)
			notice_attr(dir->id);
	}
	if (what & CHANGE_ALL)
		for (struct node *child = dir->children; child; child = child->next) {
			drop_name(child);
			tell(child, CHANGE_NAME);
		}
	if (!node)
		return;
	drop_name(node);
	tell(node, what);
	if (what & (CHANGE_NAME | CHANGE_ATTR) && node->children)
		drop_below(node);
}

static void take_all(uint32_t number, uint32_t what, const char *name)
{
	changed[number % TABLE] = changes_taken;
	/* A directory can have several names here. */
	for (struct node *dir; (dir = watched_by(number, changes_taken));)
		take_event(dir, what, name);
}

static void take_unknown(void)
{
	for (size_t i = 0; i < TABLE; i++)
		changed[i] = changes_taken;
	notice_unused(true);
	drop_below(root_node);
	forget_unused_later();
}

/* What is known there is another file system's. */
static void take_mount(char *path)
{
	struct node *node = root_node;
	for (char *name = strtok(path, "/"); node && name; name = strtok(NULL, "/")) {
		drop_listing(node);
		/* Answers that are on their way. */
		node->changed = changes_taken;
		node = child_of(node, name, false);
	}
	if (!node)
		return;
	tell(node, CHANGE_NAME);
	drop_below(node);
}

void changes_take(const char *at, size_t size)
{
	for (size_t used = 0; used < size;) {
		const struct file_event *event = (const struct file_event *)(at + used);
		static char name[4096];
		memcpy(name, event + 1, event->name_size);
		name[event->name_size] = '\0';
		changes_taken++;
		if (event->what & CHANGE_UNKNOWN)
			take_unknown();
		else if (event->what & CHANGE_MOUNT)
			take_mount(name);
		else
			take_all(event->watch, event->what, name);
		used += event->size;
	}
	forget_unused_now(false);
}
