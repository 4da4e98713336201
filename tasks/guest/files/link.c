/* The port to the host's end. Never blocks. */
#include "files.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

pthread_mutex_t files_lock = PTHREAD_MUTEX_INITIALIZER;
static int port = -1;
static struct queue out, in;

bool link_open(void)
{
	port = port_open(2);
	return port >= 0;
}

int link_fd(void)
{
	return port;
}

bool link_wants_write(void)
{
	return queue_size(&out) > 0;
}

void link_flush(void)
{
	queue_write(&out, port);
}

void link_ask(enum ask what, uint64_t tag, uint64_t arg, uint32_t handle, uint32_t length, const char *text, size_t size)
{
	struct ask_head head = { .size = (uint32_t)(sizeof(head) + size), .what = what, .tag = tag, .arg = arg, .handle = handle, .length = length };
	queue_add(&out, &head, sizeof(head));
	queue_add(&out, text, size);
}

void link_read(void (*take)(const struct answer_head *head, char *payload, size_t size))
{
	static char chunk[65536];
	for (;;) {
		ssize_t got = read(port, chunk, sizeof(chunk));
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			break;
		queue_add(&in, chunk, (size_t)got);
	}
	for (;;) {
		struct answer_head head;
		if (queue_size(&in) < sizeof(head))
			return;
		memcpy(&head, in.at + in.start, sizeof(head));
		if (queue_size(&in) < head.size)
			return;
		take(&head, in.at + in.start + sizeof(head), head.size - sizeof(head));
		queue_drop(&in, head.size);
	}
}
