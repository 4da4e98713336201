/*
 * A server for tests, which sends back what it gets, to any number at once:
 *
 *   echo PORT    at all addresses, of IPv6 where the kernel has it
 *   echo PATH    at a unix socket
 */
#include <arpa/inet.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static int listener(const char *where)
{
	struct sockaddr_un path = { .sun_family = AF_UNIX };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6, .sin6_port = htons((uint16_t)atoi(where)) };
	struct sockaddr_in v4 = { .sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(where)) };
	int fd;
	if (where[0] == '/') {
		strncpy(path.sun_path, where, sizeof(path.sun_path) - 1);
		fd = socket(AF_UNIX, SOCK_STREAM, 0);
		return bind(fd, (struct sockaddr *)&path, sizeof(path)) == 0 ? fd : -1;
	}
	fd = socket(AF_INET6, SOCK_STREAM, 0);
	if (fd >= 0)
		return bind(fd, (struct sockaddr *)&v6, sizeof(v6)) == 0 ? fd : -1;
	fd = socket(AF_INET, SOCK_STREAM, 0);
	return bind(fd, (struct sockaddr *)&v4, sizeof(v4)) == 0 ? fd : -1;
}

static void serve(int fd)
{
	static char chunk[1 << 16];
	ssize_t got;
	while ((got = read(fd, chunk, sizeof(chunk))) > 0)
		for (ssize_t at = 0, put; at < got; at += put)
			if ((put = write(fd, chunk + at, (size_t)(got - at))) < 0)
				_exit(1);
	_exit(0);
}

int main(int count, char **words)
{
	signal(SIGCHLD, SIG_IGN);
	int fd = count == 2 ? listener(words[1]) : -1;
	if (fd < 0 || listen(fd, 64) != 0)
		return 1;
	for (int one; (one = accept(fd, NULL, NULL)) >= 0; close(one))
		if (fork() == 0)
			serve(one);
	return 1;
}
