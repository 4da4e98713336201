/*
 * Programs that ask for TCP get Multipath TCP, where the kernel has it as a
 * protocol of its own (5.6 on): LD_PRELOAD of a command that runs over paths.
 * (mptcpize of the mptcpd project does the same.)
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <netinet/in.h>
#include <sys/socket.h>

#ifndef IPPROTO_MPTCP
#define IPPROTO_MPTCP 262
#endif

int socket(int family, int type, int protocol)
{
	static int (*next)(int, int, int);
	if (!next)
		next = (int (*)(int, int, int))dlsym(RTLD_NEXT, "socket");
	int kind = type & ~(SOCK_CLOEXEC | SOCK_NONBLOCK);
	if ((family == AF_INET || family == AF_INET6) && kind == SOCK_STREAM && (protocol == 0 || protocol == IPPROTO_TCP)) {
		int fd = next(family, type, IPPROTO_MPTCP);
		if (fd >= 0)
			return fd;
	}
	return next(family, type, protocol);
}
