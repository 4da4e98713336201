/*
 * A path manager in userspace (net.mptcp.pm_type, Linux 5.19 and newer): the
 * kernel joins nothing by itself, and tells of each connection by netlink. This one
 * joins those that are begun here from each other address of the paths, as the
 * kernel's own does with endpoints. The subflows that fail are not tried again: neither
 * does that.
 */
#include "nics.h"
#include "netlink.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>
#include <linux/genetlink.h>

/* include/uapi/linux/mptcp.h, 5.19 on; by number, since the host's headers may be older. */
enum { MPTCP_SUBFLOW_CREATE = 10 };
enum { MPTCP_ATTR_ADDR = 1, MPTCP_ATTR_TOKEN = 4, MPTCP_ATTR_ADDR_REMOTE = 6 };
enum { MPTCP_ADDR_FAMILY = 1, MPTCP_ADDR_ID = 2, MPTCP_ADDR_4 = 3, MPTCP_ADDR_6 = 4, MPTCP_ADDR_PORT = 5, MPTCP_ADDR_IF = 7 };
enum { EVENT_ESTABLISHED = 2 };
enum { EVENT_TOKEN = 1, EVENT_FAMILY = 2, EVENT_FROM4 = 5, EVENT_FROM6 = 6, EVENT_TO4 = 7, EVENT_TO6 = 8, EVENT_TO_PORT = 10, EVENT_SERVER_SIDE = 18 };

struct connection {
	uint32_t token;
	int family;
	const unsigned char *from, *to;
	uint16_t port;
};

static bool is_mapped(const unsigned char *address)
{
	static const unsigned char prefix[12] = { [10] = 0xff, [11] = 0xff };
	return memcmp(address, prefix, sizeof(prefix)) == 0;
}

/* One that was begun here, and may be joined from now on. */
static bool read_event(const struct nlmsghdr *one, struct connection *connection)
{
	const struct genlmsghdr *head = NLMSG_DATA(one);
	const char *at = (const char *)head + GENL_HDRLEN, *end = (const char *)one + one->nlmsg_len;
	if (head->cmd != EVENT_ESTABLISHED)
		return false;
	const unsigned char *token = nl_find(at, end, EVENT_TOKEN), *family = nl_find(at, end, EVENT_FAMILY);
	const unsigned char *port = nl_find(at, end, EVENT_TO_PORT), *server = nl_find(at, end, EVENT_SERVER_SIDE);
	if (!token || !family || !port || (server && *server))
		return false;
	memcpy(&connection->token, token, sizeof(connection->token));
	uint16_t number;
	memcpy(&number, port, sizeof(number));
	connection->port = ntohs(number);
	memcpy(&number, family, sizeof(number));
	connection->family = number;
	connection->from = nl_find(at, end, number == AF_INET6 ? EVENT_FROM6 : EVENT_FROM4);
	connection->to = nl_find(at, end, number == AF_INET6 ? EVENT_TO6 : EVENT_TO4);
	if (!connection->from || !connection->to)
		return false;
	/* A socket of IPv6 that speaks IPv4. */
	if (number == AF_INET6 && is_mapped(connection->to)) {
		connection->family = AF_INET;
		connection->from += 12;
		connection->to += 12;
	}
	return true;
}

static void put_address(struct nl *nl, int family, const unsigned char *address)
{
	uint16_t kind = (uint16_t)family;
	nl_attr(nl, MPTCP_ADDR_FAMILY, &kind, sizeof(kind));
	nl_attr(nl, family == AF_INET6 ? MPTCP_ADDR_6 : MPTCP_ADDR_4, address, family == AF_INET6 ? 16 : 4);
}

static void join(int family, const struct connection *connection, const struct path *path, uint8_t id)
{
	struct nl nl;
	struct genlmsghdr head = { .cmd = MPTCP_SUBFLOW_CREATE, .version = 1 };
	nl_begin(&nl, family, 0, &head, sizeof(head));
	nl_attr_u32(&nl, MPTCP_ATTR_TOKEN, connection->token);
	size_t nest = nl_nest(&nl, MPTCP_ATTR_ADDR);
	put_address(&nl, path->family, path->address);
	nl_attr(&nl, MPTCP_ADDR_ID, &id, sizeof(id));
	nl_attr_u32(&nl, MPTCP_ADDR_IF, if_nametoindex(path->name));
	nl_unnest(&nl, nest);
	nest = nl_nest(&nl, MPTCP_ATTR_ADDR_REMOTE);
	put_address(&nl, connection->family, connection->to);
	nl_attr(&nl, MPTCP_ADDR_PORT, &connection->port, sizeof(connection->port));
	nl_unnest(&nl, nest);
	nl_talk(&nl, NETLINK_GENERIC);
}

static void join_all(int family, const struct connection *connection, const struct path *paths, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct path *path = &paths[i];
		/* 0 is that of the address that a connection began with. */
		if (path->family == connection->family && memcmp(path->address, connection->from, path->family == AF_INET6 ? 16 : 4) != 0)
			join(family, connection, path, (uint8_t)(i + 1));
	}
}

static void serve(int fd, int family, const struct path *paths, size_t count)
{
	_Alignas(struct nlmsghdr) char messages[16384];
	prctl(PR_SET_NAME, "kloop-pm");
	for (;;) {
		ssize_t got = recv(fd, messages, sizeof(messages), 0);
		struct connection connection;
		if (got < 0 && (errno == EINTR || errno == ENOBUFS))
			continue;
		if (got <= 0)
			_exit(0);
		size_t left = (size_t)got;
		for (struct nlmsghdr *one = (struct nlmsghdr *)messages; NLMSG_OK(one, left); one = NLMSG_NEXT(one, left))
			if (one->nlmsg_type == family && read_event(one, &connection))
				join_all(family, &connection, paths, count);
	}
}

void path_manager_start(const struct path *paths, size_t count)
{
	int family = nl_family("mptcp_pm");
	int fd = family < 0 ? family : nl_listen("mptcp_pm", "mptcp_pm_events");
	if (fd < 0)
		trouble(TROUBLE_OTHER, "hearing of connections of Multipath TCP: %s", strerror(-fd));
	/* Before the command runs, so that no connection of its is missed. */
	pid_t pid = fork();
	if (pid == 0)
		serve(fd, family, paths, count);
	if (pid < 0)
		trouble(TROUBLE_OTHER, "starting the path manager: %s", strerror(errno));
	close(fd);
}
