/* The peer's links: bridges, pairs, addresses. */
#include "network/netlink.h"
#include "peer/peer.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_link.h>
#include <linux/veth.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>

static void begin_link(struct nl *nl, const char *name)
{
	struct ifinfomsg head = { 0 };
	nl_begin(nl, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &head, sizeof(head));
	nl_attr(nl, IFLA_IFNAME, name, strlen(name) + 1);
}

int link_add_bridge(const char *name)
{
	struct nl nl;
	begin_link(&nl, name);
	size_t info = nl_nest(&nl, IFLA_LINKINFO);
	nl_attr(&nl, IFLA_INFO_KIND, "bridge", 6);
	nl_unnest(&nl, info);
	return nl_talk(&nl, NETLINK_ROUTE);
}

int link_add_veth(const char *name, const char *inner, int namespace)
{
	struct nl nl;
	struct ifinfomsg head = { 0 };
	begin_link(&nl, name);
	size_t info = nl_nest(&nl, IFLA_LINKINFO);
	nl_attr(&nl, IFLA_INFO_KIND, "veth", 4);
	size_t data = nl_nest(&nl, IFLA_INFO_DATA);
	size_t other = nl_nest(&nl, VETH_INFO_PEER);
	nl_put(&nl, &head, sizeof(head));
	nl_attr(&nl, IFLA_IFNAME, inner, strlen(inner) + 1);
	nl_attr_u32(&nl, IFLA_NET_NS_FD, (uint32_t)namespace);
	nl_unnest(&nl, other);
	nl_unnest(&nl, data);
	nl_unnest(&nl, info);
	return nl_talk(&nl, NETLINK_ROUTE);
}

int link_set_master(const char *name, const char *bridge)
{
	struct nl nl;
	struct ifinfomsg head = { .ifi_index = (int)if_nametoindex(name), .ifi_flags = IFF_UP, .ifi_change = IFF_UP };
	nl_begin(&nl, RTM_NEWLINK, 0, &head, sizeof(head));
	nl_attr_u32(&nl, IFLA_MASTER, if_nametoindex(bridge));
	return nl_talk(&nl, NETLINK_ROUTE);
}

int link_add_address(const char *name, const char *text)
{
	struct nl nl;
	unsigned char address[16];
	char bare[INET6_ADDRSTRLEN];
	const char *slash = strchr(text, '/');
	int family = strchr(text, ':') ? AF_INET6 : AF_INET;
	if (!slash || (size_t)(slash - text) >= sizeof(bare))
		return -EINVAL;
	memcpy(bare, text, (size_t)(slash - text));
	bare[slash - text] = '\0';
	if (inet_pton(family, bare, address) != 1)
		return -EINVAL;
	struct ifaddrmsg head = {
		.ifa_family = (unsigned char)family, .ifa_prefixlen = (unsigned char)atoi(slash + 1), .ifa_index = if_nametoindex(name),
		/* It can be used at once: nobody else has it. */
		.ifa_flags = family == AF_INET6 ? IFA_F_NODAD : 0,
	};
	nl_begin(&nl, RTM_NEWADDR, NLM_F_CREATE | NLM_F_REPLACE, &head, sizeof(head));
	nl_attr(&nl, IFA_LOCAL, address, family == AF_INET6 ? 16 : 4);
	nl_attr(&nl, IFA_ADDRESS, address, family == AF_INET6 ? 16 : 4);
	return nl_talk(&nl, NETLINK_ROUTE);
}

bool lacks_ipv6(int result)
{
	return result == -EAFNOSUPPORT || result == -EOPNOTSUPP;
}

int link_move(const char *name, int namespace)
{
	struct nl nl;
	struct ifinfomsg head = { .ifi_index = (int)if_nametoindex(name) };
	nl_begin(&nl, RTM_NEWLINK, 0, &head, sizeof(head));
	nl_attr_u32(&nl, IFLA_NET_NS_FD, (uint32_t)namespace);
	return nl_talk(&nl, NETLINK_ROUTE);
}
