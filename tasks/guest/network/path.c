/*
 * A NIC as a path of its own: what it sends from its address goes out by its
 * own gateway, by a routing table for each NIC and a rule for each address.
 * On upstream kernels (5.6 on) its addresses are endpoints of Multipath TCP;
 * the out-of-tree kernel looks at the tables and the addresses by itself.
 */
#include "nics.h"
#include "netlink.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <linux/fib_rules.h>
#include <linux/genetlink.h>

#ifndef IFA_RT_PRIORITY
#define IFA_RT_PRIORITY 9 /* 4.18 */
#endif

/* include/uapi/linux/mptcp.h, 5.7 on; by number, since the host's headers may be older than the guest's kernel. */
enum { MPTCP_ADD_ADDR = 1, MPTCP_SET_LIMITS = 5 };
enum { MPTCP_ATTR_ADDR = 1, MPTCP_ATTR_RCV_ADD_ADDRS = 2, MPTCP_ATTR_SUBFLOWS = 3 };
enum { MPTCP_ADDR_FAMILY = 1, MPTCP_ADDR_4 = 3, MPTCP_ADDR_6 = 4, MPTCP_ADDR_FLAGS = 6, MPTCP_ADDR_IF = 7 };
#define MPTCP_MOST 8 /* the kernel's own limit: MPTCP_PM_ADDR_MAX */

static size_t size_of(int family)
{
	return family == AF_INET6 ? 16 : 4;
}

static void mask_to(const unsigned char *address, int prefix, size_t size, unsigned char *network)
{
	for (size_t i = 0; i < size; i++) {
		int bits = prefix - (int)i * 8;
		network[i] = bits >= 8 ? address[i] : bits <= 0 ? 0 : (unsigned char)(address[i] & (0xff << (8 - bits)));
	}
}

int path_address(const struct path *path)
{
	struct nl nl;
	struct ifaddrmsg head = { .ifa_family = AF_INET, .ifa_prefixlen = (unsigned char)path->prefix, .ifa_index = if_nametoindex(path->name) };
	nl_begin(&nl, RTM_NEWADDR, NLM_F_CREATE | NLM_F_REPLACE, &head, sizeof(head));
	nl_attr(&nl, IFA_LOCAL, path->address, 4);
	nl_attr(&nl, IFA_ADDRESS, path->address, 4);
	uint32_t broadcast, mask = path->prefix == 0 ? 0 : htonl(~0u << (32 - path->prefix));
	memcpy(&broadcast, path->address, 4);
	broadcast |= ~mask;
	if (path->prefix < 31)
		nl_attr(&nl, IFA_BROADCAST, &broadcast, 4);
	/* Two NICs in one network: their routes to it differ in their metric. */
	nl_attr_u32(&nl, IFA_RT_PRIORITY, (uint32_t)path->metric);
	return nl_talk(&nl, NETLINK_ROUTE);
}

struct route {
	uint32_t table;
	const unsigned char *network, *gateway;
	int prefix, metric;
};

static int add_route(const struct path *path, const struct route *route)
{
	struct nl nl;
	struct rtmsg head = {
		.rtm_family = (unsigned char)path->family, .rtm_dst_len = (unsigned char)(route->network ? route->prefix : 0),
		.rtm_table = (unsigned char)route->table, .rtm_protocol = RTPROT_DHCP, .rtm_type = RTN_UNICAST,
		.rtm_scope = (unsigned char)(route->gateway || path->family == AF_INET6 ? RT_SCOPE_UNIVERSE : RT_SCOPE_LINK),
	};
	nl_begin(&nl, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE, &head, sizeof(head));
	if (route->network)
		nl_attr(&nl, RTA_DST, route->network, size_of(path->family));
	if (route->gateway)
		nl_attr(&nl, RTA_GATEWAY, route->gateway, size_of(path->family));
	nl_attr_u32(&nl, RTA_OIF, if_nametoindex(path->name));
	if (route->table == RT_TABLE_MAIN)
		nl_attr_u32(&nl, RTA_PRIORITY, (uint32_t)route->metric);
	if (path->family == AF_INET)
		nl_attr(&nl, RTA_PREFSRC, path->address, 4);
	return nl_talk(&nl, NETLINK_ROUTE);
}

int path_route_to(const struct path *path, const unsigned char *network, int prefix, int metric)
{
	return add_route(path, &(struct route){ .table = RT_TABLE_MAIN, .network = network, .prefix = prefix, .gateway = path->gateway, .metric = metric });
}

static void rule(const struct path *path, int type, int flags)
{
	struct nl nl;
	struct fib_rule_hdr head = {
		.family = (unsigned char)path->family, .src_len = (unsigned char)(size_of(path->family) * 8),
		.table = (unsigned char)path->table, .action = FR_ACT_TO_TBL,
	};
	nl_begin(&nl, type, flags, &head, sizeof(head));
	nl_attr(&nl, FRA_SRC, path->address, size_of(path->family));
	nl_attr_u32(&nl, FRA_PRIORITY, (uint32_t)(1000 + path->table));
	nl_talk(&nl, NETLINK_ROUTE);
}

void path_limits(void)
{
	struct nl nl;
	struct genlmsghdr head = { .cmd = MPTCP_SET_LIMITS, .version = 1 };
	int family = nl_family("mptcp_pm");
	if (family < 0)
		return;
	nl_begin(&nl, family, 0, &head, sizeof(head));
	nl_attr_u32(&nl, MPTCP_ATTR_RCV_ADD_ADDRS, MPTCP_MOST);
	nl_attr_u32(&nl, MPTCP_ATTR_SUBFLOWS, MPTCP_MOST);
	nl_talk(&nl, NETLINK_GENERIC);
}

int path_endpoint(const struct path *path, unsigned flags)
{
	struct nl nl;
	struct genlmsghdr head = { .cmd = MPTCP_ADD_ADDR, .version = 1 };
	uint16_t kind = (uint16_t)path->family;
	int family = nl_family("mptcp_pm");
	if (family < 0)
		return family;
	nl_begin(&nl, family, 0, &head, sizeof(head));
	size_t nest = nl_nest(&nl, MPTCP_ATTR_ADDR);
	nl_attr(&nl, MPTCP_ADDR_FAMILY, &kind, sizeof(kind));
	nl_attr(&nl, path->family == AF_INET6 ? MPTCP_ADDR_6 : MPTCP_ADDR_4, path->address, size_of(path->family));
	nl_attr_u32(&nl, MPTCP_ADDR_FLAGS, flags);
	nl_attr_u32(&nl, MPTCP_ADDR_IF, if_nametoindex(path->name));
	nl_unnest(&nl, nest);
	return nl_talk(&nl, NETLINK_GENERIC);
}

static void add_endpoint(const struct path *path, bool signal)
{
	path_limits();
	int result = path_endpoint(path, ENDPOINT_SUBFLOW | (signal ? ENDPOINT_SIGNAL : 0));
	/* Before 5.19 an address was either announced or used. */
	if (result == -EINVAL && signal)
		path_endpoint(path, ENDPOINT_SIGNAL);
}

static void add_to_table(const struct path *path)
{
	unsigned char network[16];
	mask_to(path->address, path->prefix, size_of(path->family), network);
	add_route(path, &(struct route){ .table = (uint32_t)path->table, .network = network, .prefix = path->prefix });
	rule(path, RTM_DELRULE, 0);
	rule(path, RTM_NEWRULE, NLM_F_CREATE | NLM_F_EXCL);
}

int path_add(const struct path *path)
{
	if (path->family == AF_INET) {
		int result = path_address(path);
		if (result < 0)
			return result;
		if (path->has_gateway) {
			result = path_route_to(path, NULL, 0, path->metric);
			if (result < 0)
				return result;
		}
	}
	if (path->multipath != MULTIPATH_NONE) {
		path_route(path);
		add_endpoint(path, path->multipath == MULTIPATH_SIGNAL);
	}
	return 0;
}

void path_route(const struct path *path)
{
	add_to_table(path);
	if (path->has_gateway)
		path_gateway(path);
}

void path_gateway(const struct path *path)
{
	add_route(path, &(struct route){ .table = (uint32_t)path->table, .gateway = path->gateway });
}

void path_remove(const struct path *path)
{
	struct nl nl;
	struct ifaddrmsg head = { .ifa_family = (unsigned char)path->family, .ifa_prefixlen = (unsigned char)path->prefix, .ifa_index = if_nametoindex(path->name) };
	rule(path, RTM_DELRULE, 0);
	nl_begin(&nl, RTM_DELADDR, 0, &head, sizeof(head));
	nl_attr(&nl, IFA_LOCAL, path->address, size_of(path->family));
	nl_talk(&nl, NETLINK_ROUTE);
}

void paths_prepare(enum multipath multipath)
{
	if (multipath == MULTIPATH_NONE)
		return;
	/* Two NICs in one network: each answers for, and asks with, its own address alone. */
	write_file("/proc/sys/net/ipv4/conf/all/arp_ignore", "1", 0644);
	write_file("/proc/sys/net/ipv4/conf/all/arp_announce", "2", 0644);
	/* The out-of-tree kernel (up to 5.4) is known by its own sysctls, and needs a path manager that uses all addresses. */
	if (exists("/proc/sys/net/mptcp/mptcp_enabled")) {
		write_file("/proc/sys/net/mptcp/mptcp_enabled", "1", 0644);
		write_file("/proc/sys/net/mptcp/mptcp_path_manager", "fullmesh", 0644);
	}
}

/*
 * The out-of-tree kernel's path manager takes addresses up half a second after
 * they were set, and a connection that begins before keeps one path for good
 * (seen: 4.19 with 0.95, 3 transfers of 9). It lists those that it knows:
 * index, address ID, backup, address and interface.
 */
void paths_await(int addresses)
{
	const struct timespec tick = { .tv_nsec = 10 * 1000 * 1000 };
	struct bytes list;
	for (int ticks = 0; ticks < 200 && read_file("/proc/net/mptcp_fullmesh", &list); ticks++) {
		int known = 0;
		for (const char *line = list.at; line; line = strchr(line, '\n')) {
			line += *line == '\n';
			if (*line >= '0' && *line <= '9' && memchr(line, '.', strcspn(line, "\n")))
				known++;
		}
		free(list.at);
		if (known >= addresses)
			return;
		nanosleep(&tick, NULL);
	}
}
