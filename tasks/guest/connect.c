/*
 * This program as a session of the host's: joins its stdin and stdout with a
 * server of the guest's. Each direction ends by itself, as it does for a program
 * that is connected without us.
 */
#include "guest.h"

#include <arpa/inet.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static int connected(int family, const void *address, socklen_t size)
{
	int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd >= 0 && connect(fd, address, size) != 0) {
		int error = errno;
		close(fd);
		errno = error;
		fd = -1;
	}
	return fd;
}

static int connect_unix(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	if (strlen(path) >= sizeof(address.sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	strcpy(address.sun_path, path);
	return connected(AF_UNIX, &address, sizeof(address));
}

static int connect_tcp(const char *host, uint16_t port)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET, .sin_port = htons(port) };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6, .sin6_port = htons(port) };
	if (inet_pton(AF_INET, host, &v4.sin_addr) == 1)
		return connected(AF_INET, &v4, sizeof(v4));
	if (inet_pton(AF_INET6, host, &v6.sin6_addr) == 1)
		return connected(AF_INET6, &v6, sizeof(v6));
	/* "localhost": a server may have either. What is told is what IPv4 says. */
	v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	v6.sin6_addr = in6addr_loopback;
	int fd = connected(AF_INET, &v4, sizeof(v4)), error = errno;
	if (fd < 0 && errno == ECONNREFUSED)
		fd = connected(AF_INET6, &v6, sizeof(v6));
	errno = error;
	return fd;
}

/* To the end of what comes; false when the connection broke. */
static bool pass(int from, int to)
{
	static char chunk[1 << 16];
	ssize_t got;
	while ((got = read(from, chunk, sizeof(chunk))) > 0)
		for (ssize_t at = 0, put; at < got; at += put)
			if ((put = write(to, chunk + at, (size_t)(got - at))) < 0)
				return false;
	return got == 0;
}

/*
 * `words`: "once", where the end of what the server sends ends it all; then a
 * socket's path, or an address and a port. 125: there is no connection, and
 * stderr says why. 1: it broke.
 */
int connect_to(int count, char **words)
{
	bool once = count > 0 && strcmp(words[0], "once") == 0;
	count -= once, words += once;
	if (count < 1 || count > 2)
		return 125;
	int fd = count == 1 ? connect_unix(words[0]) : connect_tcp(words[0], (uint16_t)atoi(words[1]));
	if (fd < 0) {
		fprintf(stderr, "kloop: in the guest, %s%s%s: %s\n", words[0], count == 2 ? " port " : "", count == 2 ? words[1] : "", strerror(errno));
		return 125;
	}
	pid_t sender = fork();
	if (sender < 0)
		return 125;
	if (sender == 0) {
		/* Its end is to be seen when there is no more to receive. */
		close(1);
		pass(0, fd);
		shutdown(fd, SHUT_WR);
		return 0;
	}
	close(0);
	bool whole = pass(fd, 1);
	close(1);
	/* Whoever sends into a broken connection is not to wait for what comes next. */
	if (once || !whole)
		kill(sender, SIGKILL);
	waitpid(sender, NULL, 0);
	return whole ? 0 : 1;
}
