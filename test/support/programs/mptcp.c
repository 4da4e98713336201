/*
 * A server and a client over Multipath TCP, for tests: no language's standard
 * library opens such sockets yet.
 *
 *   mptcp serve PORT FILE    sends the file to each who connects, one by one
 *   mptcp fetch ADDRESS PORT writes what it gets to stdout
 *   mptcp sink PORT          for each who connects: bytes, and seconds from the first to the last
 *   mptcp send ADDRESS PORT  sends its stdin
 *
 * With PLAIN in the environment all use TCP: out of tree, Multipath TCP is that of every TCP socket.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <netdb.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#ifndef IPPROTO_MPTCP
#define IPPROTO_MPTCP 262
#endif

/* A line for each block that has been sent: whoever waits for a state of the transfer looks at it then. */
static bool tells;

static void copy(int from, int to)
{
	static char buffer[65536];
	ssize_t got;
	while ((got = read(from, buffer, sizeof(buffer))) > 0)
		for (ssize_t sent = 0; sent < got;) {
			ssize_t now = write(to, buffer + sent, (size_t)(got - sent));
			if (now <= 0)
				return;
			sent += now;
			if (tells) {
				puts("sent");
				fflush(stdout);
			}
		}
	if (got < 0)
		perror("read");
}

static double now(void)
{
	struct timespec at;
	clock_gettime(CLOCK_MONOTONIC, &at);
	return (double)at.tv_sec + (double)at.tv_nsec / 1e9;
}

static void swallow(int fd)
{
	static char buffer[1 << 18];
	double began = 0;
	long long bytes = 0;
	ssize_t got;
	while ((got = read(fd, buffer, sizeof(buffer))) > 0) {
		if (bytes == 0)
			began = now();
		bytes += got;
	}
	printf("%lld %.4f\n", bytes, now() - began);
	fflush(stdout);
	close(fd);
}

static int connect_to(const char *host, const char *port)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM }, *found;
	if (getaddrinfo(host, port, &hints, &found) != 0)
		exit(2);
	int fd = socket(found->ai_family, SOCK_STREAM, getenv("PLAIN") ? 0 : IPPROTO_MPTCP);
	if (fd < 0 || connect(fd, found->ai_addr, found->ai_addrlen) != 0) {
		perror("connect");
		exit(1);
	}
	return fd;
}

int main(int argc, char **argv)
{
	signal(SIGPIPE, SIG_IGN);
	if (argc == 4 && strcmp(argv[1], "fetch") == 0) {
		copy(connect_to(argv[2], argv[3]), 1);
		return 0;
	}
	if (argc == 4 && strcmp(argv[1], "send") == 0) {
		copy(0, connect_to(argv[2], argv[3]));
		return 0;
	}
	bool sink = argc == 3 && strcmp(argv[1], "sink") == 0;
	if (!sink && (argc != 4 || strcmp(argv[1], "serve") != 0))
		return 2;
	struct sockaddr_in6 here = { .sin6_family = AF_INET6, .sin6_port = htons((uint16_t)atoi(argv[2])) };
	int one = 1, listener = socket(AF_INET6, SOCK_STREAM, getenv("PLAIN") ? 0 : IPPROTO_MPTCP);
	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(listener, (struct sockaddr *)&here, sizeof(here)) != 0 || listen(listener, 8) != 0) {
		perror("listen");
		return 1;
	}
	puts("listening");
	fflush(stdout);
	for (;;) {
		if (sink) {
			swallow(accept(listener, NULL, NULL));
			continue;
		}
		int fd = accept(listener, NULL, NULL), file = open(argv[3], O_RDONLY);
		tells = true;
		copy(file, fd);
		close(file);
		shutdown(fd, SHUT_WR);
		/* Until the other side has it all. */
		char byte;
		while (read(fd, &byte, 1) > 0)
			;
		close(fd);
	}
}
