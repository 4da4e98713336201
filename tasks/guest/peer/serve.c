/*
 * The servers that a peer always has: what comes back (port 7, RFC 862), what is
 * thrown away (9, RFC 863), and the host's files by HTTP (80). They speak
 * Multipath TCP with those who do, and TCP with others.
 */
#include "guest.h"
#include "peer/peer.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#ifndef IPPROTO_MPTCP
#define IPPROTO_MPTCP 262
#endif

static void echo(int fd)
{
	static char buffer[1 << 16];
	ssize_t got;
	while ((got = read(fd, buffer, sizeof(buffer))) > 0 && write_all(fd, buffer, (size_t)got))
		;
}

static void discard(int fd)
{
	static char buffer[1 << 16];
	while (read(fd, buffer, sizeof(buffer)) > 0)
		;
}

static void refuse(int fd, const char *why)
{
	dprintf(fd, "HTTP/1.0 %s\r\nContent-Length: 0\r\n\r\n", why);
}

/* GET of a file, by its whole path. */
static void send_file(int fd)
{
	char request[4096], path[2048];
	size_t size = 0;
	ssize_t got;
	struct stat stat;
	do {
		got = read(fd, request + size, sizeof(request) - 1 - size);
		if (got <= 0)
			return;
		request[size += (size_t)got] = '\0';
	} while (!strstr(request, "\r\n\r\n") && size < sizeof(request) - 1);
	if (sscanf(request, "GET %2047s", path) != 1) {
		refuse(fd, "405 Method Not Allowed");
		return;
	}
	int file = open(path, O_RDONLY | O_CLOEXEC);
	if (file < 0 || fstat(file, &stat) != 0 || !S_ISREG(stat.st_mode)) {
		refuse(fd, "404 Not Found");
		return;
	}
	dprintf(fd, "HTTP/1.0 200 OK\r\nContent-Length: %lld\r\n\r\n", (long long)stat.st_size);
	while ((got = sendfile(fd, file, NULL, 1 << 20)) > 0)
		;
	/* What the client may still say is read, or the end of the file would be lost to a reset. */
	shutdown(fd, SHUT_WR);
	discard(fd);
}

static const struct {
	uint16_t port;
	void (*serve)(int fd);
} services[] = { { 7, echo }, { 9, discard }, { 80, send_file } };
enum { SERVICES = sizeof(services) / sizeof(services[0]) };

/* Those of IPv4, then those of IPv6. */
static struct pollfd listeners[2 * SERVICES];

/* -1: this kernel has nothing of the family. */
static int listen_at(int family, uint16_t port)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET, .sin_port = htons(port) };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6, .sin6_port = htons(port) };
	const struct sockaddr *at = family == AF_INET ? (struct sockaddr *)&v4 : (struct sockaddr *)&v6;
	int one = 1, fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, IPPROTO_MPTCP);
	if (fd < 0)
		fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 && family == AF_INET6)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof(one));
	if (bind(fd, at, family == AF_INET ? sizeof(v4) : sizeof(v6)) != 0 || listen(fd, 64) != 0) {
		fprintf(stderr, "listening at port %d: %s\n", port, strerror(errno));
		exit(1);
	}
	return fd;
}

void serve_listen(void)
{
	for (size_t i = 0; i < 2 * SERVICES; i++)
		listeners[i] = (struct pollfd){ .fd = listen_at(i < SERVICES ? AF_INET : AF_INET6, services[i % SERVICES].port), .events = POLLIN };
}

void serve_all(void)
{
	signal(SIGPIPE, SIG_IGN);
	for (;;) {
		poll(listeners, 2 * SERVICES, -1);
		for (size_t i = 0; i < 2 * SERVICES; i++) {
			int fd = listeners[i].revents & POLLIN ? accept4(listeners[i].fd, NULL, NULL, SOCK_CLOEXEC) : -1;
			if (fd >= 0 && fork() == 0) {
				services[i % SERVICES].serve(fd);
				_exit(0);
			}
			if (fd >= 0)
				close(fd);
		}
	}
}
