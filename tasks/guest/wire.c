/* The virtio-serial port: frames out by a queue, frames in by a buffer. Never blocks. */
#include "guest.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define HEADER 8
/* Beyond this, sessions are not read from until the port has taken some. */
#define QUEUE_FULL (128 * 1024)

static int port = -1;
static bool was_connected;
static struct queue out, in;

bool wire_is_open(void)
{
	return port >= 0;
}

int wire_fd(void)
{
	return port;
}

void wire_wait_for_port(void)
{
	port = port_open(1);
}

bool wire_wants_write(void)
{
	return queue_size(&out) > 0;
}

bool wire_has_room(void)
{
	return queue_size(&out) < QUEUE_FULL;
}

void wire_flush(void)
{
	if (port >= 0)
		queue_write(&out, port);
}

void wire_send(int type, int stream, int session, const void *payload, size_t size)
{
	unsigned char header[HEADER] = {
		(unsigned char)type, (unsigned char)stream,
		(unsigned char)session, (unsigned char)(session >> 8),
		(unsigned char)size, (unsigned char)(size >> 8), (unsigned char)(size >> 16), (unsigned char)(size >> 24),
	};
	queue_add(&out, header, HEADER);
	queue_add(&out, payload, size);
}

void wire_send_u32(int type, int stream, int session, uint32_t value)
{
	wire_send(type, stream, session, &value, 4);
}

bool wire_read(void (*take)(int type, int stream, int session, char *payload, uint32_t size))
{
	static char chunk[32768];
	for (;;) {
		ssize_t got = read(port, chunk, sizeof(chunk));
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0 && errno == EAGAIN)
			break;
		if (got <= 0) {
			/* 0: nobody at the other end. At the start that means: not yet. */
			struct pollfd now = { .fd = port, .events = POLLIN };
			if (got < 0 || (was_connected && poll(&now, 1, 0) > 0 && (now.revents & POLLHUP)))
				return false;
			break;
		}
		was_connected = true;
		queue_add(&in, chunk, (size_t)got);
	}
	while (queue_size(&in) >= HEADER) {
		unsigned char *head = (unsigned char *)in.at + in.start;
		uint32_t size = head[4] | (uint32_t)head[5] << 8 | (uint32_t)head[6] << 16 | (uint32_t)head[7] << 24;
		if (queue_size(&in) < HEADER + (size_t)size)
			break;
		take(head[0], head[1], head[2] | head[3] << 8, (char *)head + HEADER, size);
		queue_drop(&in, HEADER + (size_t)size);
	}
	return true;
}
