/*
 * The host's end: serves the host's files to the guest, for reading, and runs
 * the VM.
 *
 *   files-serve ROOT DESCRIPTOR WATCHES PROGRAM ARGUMENT...
 *
 * becomes PROGRAM, which gets one end of a socket as DESCRIPTOR, and leaves a
 * process behind that answers at the other end for as long as PROGRAM has it,
 * and watches up to WATCHES directories (-1: a share of what the user may have).
 * It has the rights that PROGRAM has: what that user cannot read, the guest
 * cannot.
 */
#define _GNU_SOURCE
#include "answers.h"
#include "watch.h"
#include "../../beside/beside.h"
#include "../../beside/spool.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A slow file system on the host holds up as many, not all. */
#define WORKERS 4

static pthread_mutex_t reading = PTHREAD_MUTEX_INITIALIZER, writing = PTHREAD_MUTEX_INITIALIZER;

static int spool(struct answer *answer, bool is_wanted)
{
	const char *path = is_wanted ? make_spool() : NULL;
	if (!is_wanted)
		hide_spool();
	if (!path)
		return is_wanted ? ENOSPC : 0;
	memcpy(room_for(answer, strlen(path)), path, strlen(path));
	answer->used = strlen(path);
	return 0;
}

static uint32_t slot_in(const char *text, size_t size)
{
	uint32_t slot = 0;
	if (size == sizeof(slot))
		memcpy(&slot, text, sizeof(slot));
	return slot;
}

static int answer_to(struct answer *answer, const struct ask_head *ask, const char *text, size_t size)
{
	switch (ask->what) {
	case ASK_STAT: return look_at(answer, text);
	case ASK_LIST: return list_dir(answer, text, ask->arg);
	case ASK_OPEN: return open_file(answer, text, (int)ask->handle);
	case ASK_READ: return read_handle(answer, ask, slot_in(text, size));
	case ASK_XATTR: return xattr_of(answer, text, strlen(text) < size ? text + strlen(text) + 1 : "");
	case ASK_XATTRS: return xattr_of(answer, text, NULL);
	case ASK_STATFS: return statfs_of(answer);
	case ASK_CHANGES: watch_drain(); return 0;
	case ASK_SPOOL: return spool(answer, ask->arg == 0);
	default: return ENOSYS;
	}
}

static void send_whole(struct answer_head *head, void *at, size_t size)
{
	head->size = (uint32_t)(sizeof(*head) + size);
	pthread_mutex_lock(&writing);
	bool sent = whole(line_put, BESIDE_LINE, head, sizeof(*head)) && whole(line_put, BESIDE_LINE, at, size);
	pthread_mutex_unlock(&writing);
	if (!sent)
		leave();
}

static void send_changes(void *events, size_t size)
{
	struct answer_head head = { .tag = TAG_CHANGES };
	send_whole(&head, events, size);
}

static void *work(void *unused)
{
	struct answer answer = { 0 };
	char text[8192];
	(void)unused;
	for (;;) {
		struct ask_head ask;
		pthread_mutex_lock(&reading);
		bool got = whole(read, BESIDE_LINE, &ask, sizeof(ask)) && ask.size >= sizeof(ask) && ask.size - sizeof(ask) < sizeof(text) && whole(read, BESIDE_LINE, text, ask.size - sizeof(ask));
		pthread_mutex_unlock(&reading);
		if (!got)
			leave();
		text[ask.size - sizeof(ask)] = '\0';
		if (ask.what == ASK_CLOSE) {
			close_handle((int)ask.handle);
			continue;
		}
		answer.used = 0;
		answer.head = (struct answer_head){ .tag = ask.tag };
		int error = answer_to(&answer, &ask, text, ask.size - sizeof(ask));
		if (error != 0)
			answer.used = 0;
		answer.head.error = error;
		send_whole(&answer.head, answer.at, answer.used);
	}
}

int main(int argc, char **argv)
{
	struct stat st;
	if (argc < 5)
		return 125;
	serve_beside(argv[1], atoi(argv[2]), argv + 4, "kloop-files");
	root = BESIDE_ROOT;
	if (fstat(root, &st) != 0)
		return 125;
	attributes_of(st.st_dev);
	watch_start(atol(argv[3]), send_changes);
	first_handle = dup(root);
	close(first_handle);
	for (int i = 1; i < WORKERS; i++) {
		pthread_t thread;
		pthread_create(&thread, NULL, work, NULL);
	}
	work(NULL);
}
