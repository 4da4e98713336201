/* What the kernel was told of the host's files, and when it is to forget it. */
#include "files.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

/* For changes in between overlayfs forgets no more often than this. */
#define FORGET_REST_US (250 * 1000)
/* A host whose end does not answer by then does not hold up whoever types. */
#define WAIT_S 2

static bool links_kept;
static struct queue short_lived; /* of struct told: what the kernel was told for KERNEL_FRESH_NS */
static struct node **missing;
static size_t missing_count, missing_room;
/* How often overlayfs is still to forget, at a second's beat: twice, for at the first time an answer may be on its way to it. */
static unsigned forgets, blind;
static uint64_t tickets, done;
static pthread_cond_t is_done;

struct told {
	uint64_t us, id;
};

void given(struct node *node, bool lasting)
{
	struct told told = { now_us(), node->id };
	node->given_us = told.us;
	node->given_lasting = lasting;
	/* Nothing tells of changes there. */
	if (node->parent && node->parent->watch == 0)
		blind = 2;
	if (lasting)
		return;
	queue_add(&short_lived, &told, sizeof(told));
	for (;;) {
		struct told first;
		memcpy(&first, short_lived.at + short_lived.start, sizeof(first));
		if (told.us - first.us <= KERNEL_FRESH_NS / 1000)
			return;
		queue_drop(&short_lived, sizeof(first));
	}
}

void links_are_kept(void)
{
	links_kept = true;
}

void link_given(struct node *node)
{
	node->given_link = links_kept && node->lasting;
	if (links_kept && !node->lasting)
		notice_change(node);
}

void given_missing(struct node *node)
{
	node->given_us = now_us();
	if (node->parent->watch == 0)
		blind = 2;
	if (node->missing)
		return;
	node->missing = true;
	if (missing_count == missing_room) {
		missing_room = 2 * missing_room + 256;
		missing = grow(missing, missing_room * sizeof(*missing));
	}
	missing[missing_count++] = node;
}

/*
 * Those stay of which the answer may still be on its way to overlayfs. A name
 * that is only kept (names.c) the kernel is to forget by itself, too, each
 * time: its own entry outlives overlayfs's, and as long as there is one the
 * name is kept, and nothing can be made by it. One notice does not do, for
 * between an entry's end and the kernel's word of it (FUSE_FORGET) the name may
 * have been looked up again.
 */
static void forget_missing(void)
{
	uint64_t now = now_us();
	for (size_t i = missing_count; i-- > 0;) {
		struct node *node = missing[i];
		if (node->gone && node->lookups > 0)
			notice_name(node->parent, node->name);
		if (now - node->given_us < 1000 * 1000)
			continue;
		missing[i] = missing[--missing_count];
		node->missing = false;
		node_forget(node, 0);
	}
}

void forget_unused_later(void)
{
	forgets = 2;
}

void forget_unused_now(bool at_once)
{
	static uint64_t last;
	uint64_t now = now_us();
	if (forgets < 2 || (!at_once && now - last < FORGET_REST_US))
		return;
	last = now;
	forgets = 1;
	notice_unused(false);
}

static void told_of_open(struct node *node)
{
	if (node->given_lasting)
		notice_attr(node->id);
	node->given_lasting = false;
}

/* A file that is open is asked about after a while, wherever it is: it may be written by a mapping. */
void forget_open(void)
{
	for_open_nodes(told_of_open);
}

void changes_come(uint64_t ticket)
{
	if (blind > 0 || too_many_nodes())
		notice_unused(true);
	for (; queue_size(&short_lived) > 0; queue_drop(&short_lived, sizeof(struct told))) {
		struct told told;
		memcpy(&told, short_lived.at + short_lived.start, sizeof(told));
		notice_attr(told.id);
	}
	forget_unused_now(true);
	notice_done(ticket);
}

static void changes_done(uint64_t ticket)
{
	done = ticket;
	pthread_cond_broadcast(&is_done);
}

const struct notice_calls forget_calls = { forget_missing, changes_done };

/* A command begins: what the host has changed up to now is to be forgotten by then. */
static void wait_for_changes(void)
{
	static bool ready;
	struct timespec until;
	/* Odd: no address of a request. */
	uint64_t ticket = 2 * ++tickets + 1;
	if (!ready) {
		pthread_condattr_t monotonic;
		pthread_condattr_init(&monotonic);
		pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
		pthread_cond_init(&is_done, &monotonic);
		ready = true;
	}
	link_ask(ASK_CHANGES, ticket, 0, 0, 0, "", 0);
	link_flush();
	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += WAIT_S;
	while (done < ticket)
		if (pthread_cond_timedwait(&is_done, &files_lock, &until) != 0)
			break;
}

void files_refresh(bool command)
{
	pthread_mutex_lock(&files_lock);
	files_epoch++;
	if (command) {
		wait_for_changes();
	} else {
		if (too_many_nodes())
			notice_unused(true);
		else if (blind > 0 || forgets > 0)
			notice_unused(false);
		blind -= blind > 0;
		forgets -= forgets > 0;
	}
	pthread_mutex_unlock(&files_lock);
}
