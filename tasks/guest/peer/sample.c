/*
 * What goes over paths, again and again: what each queue has let through, and
 * what each TCP connection of the servers has done. Lines of words, for
 * tasks/paths/sample.ts:
 *
 *	q DEVICE KIND BYTES PACKETS DROPPED WAITING
 *	s COOKIE LOCAL REMOTE STATE RTT-US AGAIN ACKED RECEIVED TOKEN LOCAL-PORT REMOTE-PORT
 *	m TOKEN ACKED-SEQUENCE RECEIVED-SEQUENCE	Multipath TCP's, upstream
 *	t MICROSECONDS		the end of one sample
 *
 * A connection that ends between two samples is written when it does: the
 * kernel broadcasts what it was (sock_diag, 4.4).
 */
#include "guest.h"
#include "peer/peer.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/gen_stats.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <linux/tcp.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* Of linux/inet_diag.h and mptcp.h: older headers do not have them. */
enum { ULP_INFO = 19, ULP_MPTCP = 3, TOKEN_LOCAL = 2, REQUEST_PROTOCOL = 3, PROTOCOL_MPTCP = 262 };
struct mptcp_begin {
	uint8_t counts[6];
	uint32_t flags, token;
	uint64_t written, acked, received;
};
/* Neither those that listen, nor those that only wait for late segments (TCP_LISTEN, TCP_TIME_WAIT). */
static const uint32_t wanted_states = ~(1u << 10 | 1u << 6);

static int open_netlink(int protocol, uint32_t groups)
{
	struct sockaddr_nl own = { .nl_family = AF_NETLINK, .nl_groups = groups };
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol);
	if (fd >= 0 && bind(fd, (struct sockaddr *)&own, sizeof(own)) != 0) {
		close(fd);
		return -1;
	}
	return fd;
}

/* The attribute of this type among those from `at` on; NULL: none. */
static const struct nlattr *find(const void *at, size_t size, int type)
{
	const char *next = at, *end = next + size;
	while (next + NLA_HDRLEN <= end) {
		const struct nlattr *attr = (const struct nlattr *)next;
		if (attr->nla_len < NLA_HDRLEN || next + attr->nla_len > end)
			break;
		if ((attr->nla_type & NLA_TYPE_MASK) == type)
			return attr;
		next += NLA_ALIGN(attr->nla_len);
	}
	return NULL;
}

static const void *in(const struct nlattr *attr)
{
	return (const char *)attr + NLA_HDRLEN;
}

static size_t size_of(const struct nlattr *attr)
{
	return attr->nla_len - NLA_HDRLEN;
}

/* As much of it as the kernel has: newer ones have longer structures. */
static void copy(void *to, size_t size, const struct nlattr *from)
{
	memset(to, 0, size);
	if (from)
		memcpy(to, in(from), size_of(from) < size ? size_of(from) : size);
}

/* Of the queues' namespace: it tells their devices' names. */
static int names = -1;

static void print_queue(const struct nlmsghdr *message)
{
	const struct tcmsg *head = NLMSG_DATA(message);
	const char *attrs = (const char *)head + NLMSG_ALIGN(sizeof(*head));
	size_t size = message->nlmsg_len - NLMSG_LENGTH(sizeof(*head));
	const struct nlattr *kind = find(attrs, size, TCA_KIND), *stats = find(attrs, size, TCA_STATS2);
	struct gnet_stats_basic basic;
	struct gnet_stats_queue queue;
	struct ifreq device = { .ifr_ifindex = head->tcm_ifindex };
	if (message->nlmsg_type != RTM_NEWQDISC || !kind || !stats || ioctl(names, SIOCGIFNAME, &device) != 0)
		return;
	copy(&basic, sizeof(basic), find(in(stats), size_of(stats), TCA_STATS_BASIC));
	copy(&queue, sizeof(queue), find(in(stats), size_of(stats), TCA_STATS_QUEUE));
	printf("q %s %.*s %llu %u %u %u\n", device.ifr_name, (int)size_of(kind), (const char *)in(kind),
	       (unsigned long long)basic.bytes, basic.packets, queue.drops, queue.backlog);
}

static uint32_t token_of(const char *attrs, size_t size)
{
	const struct nlattr *ulp = find(attrs, size, ULP_INFO);
	const struct nlattr *mptcp = ulp ? find(in(ulp), size_of(ulp), ULP_MPTCP) : NULL;
	const struct nlattr *token = mptcp ? find(in(mptcp), size_of(mptcp), TOKEN_LOCAL) : NULL;
	uint32_t value;
	copy(&value, sizeof(value), token);
	return value;
}

static void print_connection(const struct nlmsghdr *message)
{
	const struct inet_diag_msg *one = NLMSG_DATA(message);
	const char *attrs = (const char *)one + NLMSG_ALIGN(sizeof(*one));
	size_t size = message->nlmsg_len - NLMSG_LENGTH(sizeof(*one));
	const struct nlattr *info = find(attrs, size, INET_DIAG_INFO);
	char local[INET6_ADDRSTRLEN], remote[INET6_ADDRSTRLEN];
	struct tcp_info tcp;
	if (!info)
		return;
	copy(&tcp, sizeof(tcp), info);
	inet_ntop(one->idiag_family, one->id.idiag_src, local, sizeof(local));
	inet_ntop(one->idiag_family, one->id.idiag_dst, remote, sizeof(remote));
	printf("s %08x%08x %s %s %d %u %u %llu %llu %08x %u %u\n", one->id.idiag_cookie[1], one->id.idiag_cookie[0], local, remote,
	       one->idiag_state, tcp.tcpi_rtt, tcp.tcpi_total_retrans, (unsigned long long)tcp.tcpi_bytes_acked,
	       (unsigned long long)tcp.tcpi_bytes_received, token_of(attrs, size), ntohs(one->id.idiag_sport), ntohs(one->id.idiag_dport));
}

static void print_multipath(const struct nlmsghdr *message)
{
	const struct inet_diag_msg *one = NLMSG_DATA(message);
	const char *attrs = (const char *)one + NLMSG_ALIGN(sizeof(*one));
	const struct nlattr *info = find(attrs, message->nlmsg_len - NLMSG_LENGTH(sizeof(*one)), INET_DIAG_INFO);
	struct mptcp_begin begin;
	copy(&begin, sizeof(begin), info);
	if (info && begin.token)
		printf("m %08x %llu %llu\n", begin.token, (unsigned long long)begin.acked, (unsigned long long)begin.received);
}

/* Reads messages up to the end of a dump; or, where none was asked for, those that are there. */
static void take(int fd, bool dumped, void (*print)(const struct nlmsghdr *))
{
	static _Alignas(struct nlmsghdr) char answer[1 << 16];
	for (;;) {
		ssize_t got = recv(fd, answer, sizeof(answer), dumped ? 0 : MSG_DONTWAIT);
		if (got < 0 && (errno == EINTR || errno == ENOBUFS))
			continue;
		if (got <= 0)
			return;
		size_t left = (size_t)got;
		for (struct nlmsghdr *one = (struct nlmsghdr *)answer; NLMSG_OK(one, left); one = NLMSG_NEXT(one, left)) {
			if (one->nlmsg_type == NLMSG_DONE || one->nlmsg_type == NLMSG_ERROR)
				return;
			print(one);
		}
	}
}

static void dump_queues(int fd)
{
	struct {
		struct nlmsghdr head;
		struct tcmsg tc;
	} ask = { .head = { .nlmsg_len = sizeof(ask), .nlmsg_type = RTM_GETQDISC, .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP } };
	if (send(fd, &ask, sizeof(ask), 0) > 0)
		take(fd, true, print_queue);
}

void sample_queues(void)
{
	int fd = open_netlink(NETLINK_ROUTE, 0);
	names = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	dump_queues(fd);
	close(fd);
	close(names);
}

static void dump_connections(int fd, int family, int protocol, void (*print)(const struct nlmsghdr *))
{
	struct {
		struct nlmsghdr head;
		struct inet_diag_req_v2 diag;
		struct nlattr attr;
		uint32_t protocol;
	} ask = {
		.head = { .nlmsg_len = sizeof(ask), .nlmsg_type = SOCK_DIAG_BY_FAMILY, .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP },
		.diag = { .sdiag_family = (uint8_t)family, .sdiag_protocol = (uint8_t)protocol, .idiag_ext = 1 << (INET_DIAG_INFO - 1), .idiag_states = wanted_states },
		.attr = { .nla_len = NLA_HDRLEN + sizeof(uint32_t), .nla_type = REQUEST_PROTOCOL },
		.protocol = (uint32_t)protocol, /* one that is more than a byte */
	};
	/* A kernel before 5.9 takes the attribute for another: it gets none. */
	if (protocol <= UINT8_MAX)
		ask.head.nlmsg_len = offsetof(typeof(ask), attr);
	if (send(fd, &ask, ask.head.nlmsg_len, 0) > 0)
		take(fd, true, print);
}

static uint64_t monotonic_us(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

/* In a peer that has just booted it is yet to be made: first a file, which then becomes the namespace. */
static bool enter_when_there(const char *path)
{
	const struct timespec tick = { .tv_nsec = 20 * 1000 * 1000 };
	for (;;) {
		int fd = open(path, O_RDONLY | O_CLOEXEC);
		bool entered = fd >= 0 && setns(fd, CLONE_NEWNET) == 0;
		int error = errno;
		if (fd >= 0)
			close(fd);
		errno = error;
		if (entered || (error != ENOENT && error != EINVAL))
			return entered;
		nanosleep(&tick, NULL);
	}
}

/* argv: each so many ms. */
int peer_sample(int argc, char **argv)
{
	int queues = open_netlink(NETLINK_ROUTE, 0);
	uint64_t period = argc == 1 ? (uint64_t)atoi(argv[0]) * 1000 : 0;
	names = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (period == 0 || !enter_when_there(PEER_NAMESPACE)) {
		fprintf(stderr, "sampling: %s\n", strerror(errno));
		return 1;
	}
	/* A socket stays in the namespace that it was made in. */
	int connections = open_netlink(NETLINK_SOCK_DIAG, 0);
	int ended = open_netlink(NETLINK_SOCK_DIAG, 1 << (SKNLGRP_INET_TCP_DESTROY - 1) | 1 << (SKNLGRP_INET6_TCP_DESTROY - 1));
	bool multipath = access("/proc/sys/net/mptcp/enabled", F_OK) == 0;
	for (uint64_t next = monotonic_us();; next += period) {
		uint64_t now = monotonic_us();
		if (now > next + period)
			next = now; /* one was late: none is made up for */
		while (now < next) {
			struct pollfd polled = { .fd = ended, .events = POLLIN };
			if (poll(&polled, 1, (int)((next - now + 999) / 1000)) > 0)
				take(ended, false, print_connection);
			now = monotonic_us();
		}
		dump_queues(queues);
		dump_connections(connections, AF_INET, IPPROTO_TCP, print_connection);
		dump_connections(connections, AF_INET6, IPPROTO_TCP, print_connection);
		if (multipath) {
			/* Both families are in one table, and an answer has those of one. */
			dump_connections(connections, AF_INET, PROTOCOL_MPTCP, print_multipath);
			dump_connections(connections, AF_INET6, PROTOCOL_MPTCP, print_multipath);
		}
		printf("t %llu\n", (unsigned long long)monotonic_us());
		if (fflush(stdout) != 0)
			return 0; /* nobody reads on */
	}
}
