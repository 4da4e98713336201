/*
 * Paths to a peer, which have their addresses from the host: each NIC is called
 * as its path, has a routing table of its own, and is an endpoint of Multipath
 * TCP in the way that was asked for. In the peer itself a NIC gets its name alone.
 */
#include "nics.h"
#include "netlink.h"
#include "peer/peer.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

/* All of the peer's addresses: RFC 2544's, which are nobody's on a real network. */
#define PEER_NETWORK { 198, 18, 0, 0 }
#define PEER_PREFIX 15
#define PEER_NETWORK6 { 0x20, 0x01, 0, 2 }
#define PEER_PREFIX6 48
/* A default route by a peer comes after all others: NICs that lead outside have 100 and on. */
#define LAST_METRIC 1000

/* Out of tree only (its include/uapi/linux/if.h). */
#define IFF_MPBACKUP_OUT_OF_TREE 0x100000

static void rename_nic(const char *from, const char *to)
{
	struct ifreq request = { 0 };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	snprintf(request.ifr_name, IFNAMSIZ, "%.15s", from);
	snprintf(request.ifr_newname, IFNAMSIZ, "%.15s", to);
	if (strcmp(from, to) != 0 && ioctl(fd, SIOCSIFNAME, &request) != 0)
		trouble(TROUBLE_NIC, "calling %s %s: %s", from, to, strerror(errno));
	close(fd);
}

static void mark_backup(const char *name)
{
	struct nl nl;
	struct ifinfomsg head = { .ifi_index = (int)if_nametoindex(name), .ifi_flags = IFF_MPBACKUP_OUT_OF_TREE, .ifi_change = IFF_MPBACKUP_OUT_OF_TREE };
	nl_begin(&nl, RTM_NEWLINK, 0, &head, sizeof(head));
	nl_talk(&nl, NETLINK_ROUTE);
}

/* The VM's addresses on its paths, as they are brought up. */
struct addresses {
	struct path items[2 * NICS_MOST];
	size_t count;
};

static void keep(struct addresses *addresses, const struct path *path)
{
	if (addresses->count < sizeof(addresses->items) / sizeof(addresses->items[0]))
		addresses->items[addresses->count++] = *path;
}

/* Text: MAC, name; in the VM also address/prefix, gateway, place, endpoint's flags, and the first two of IPv6. */
static void bring_up_path(const char *line, bool out_of_tree, struct addresses *addresses)
{
	static const unsigned char network[] = PEER_NETWORK;
	char mac[32], name[IFNAMSIZ], own[32], address[32], gateway[32];
	int prefix, place;
	unsigned flags;
	int fields = sscanf(line, "%31s %15s %31[0-9.]/%d %31s %d %u", mac, name, address, &prefix, gateway, &place, &flags);
	if (fields != 2 && fields != 7)
		trouble(TROUBLE_CONFIG, "a path's description: %s", line);
	if (!nic_name_of(mac, own))
		trouble(TROUBLE_NIC, "no NIC has the MAC address %s: does this kernel have CONFIG_VIRTIO_NET?", mac);
	rename_nic(own, name);
	if (fields == 2)
		return;
	struct path path = path_for(name, place, MULTIPATH_NONE, AF_INET);
	path.prefix = prefix;
	path.has_gateway = true;
	if (inet_pton(AF_INET, address, path.address) != 1 || inet_pton(AF_INET, gateway, path.gateway) != 1)
		trouble(TROUBLE_CONFIG, "a path's description: %s", line);
	nic_set_up(name);
	int result = path_address(&path);
	if (result == 0)
		result = path_route_to(&path, network, PEER_PREFIX, path.metric);
	if (result == 0)
		result = path_route_to(&path, NULL, 0, LAST_METRIC + place);
	if (result < 0)
		trouble(TROUBLE_NIC, "setting %s on %s: %s", address, name, strerror(-result));
	if (out_of_tree && (flags & ENDPOINT_BACKUP))
		mark_backup(name);
	path_route(&path);
	if (flags != 0 && !out_of_tree) {
		result = path_endpoint(&path, flags);
		if (result < 0 && result != -ENOENT)
			trouble(TROUBLE_NIC, "%s as an endpoint of Multipath TCP (flags %u): %s%s", name, flags, strerror(-result), flags & ENDPOINT_FULLMESH ? " (fullmesh: from 5.17 on)" : "");
	}
	keep(addresses, &path);
}

/* Its address of IPv6. When all have that of IPv4: of more than eight endpoints the kernel takes the first ones. */
static void bring_up_path6(const char *line, bool out_of_tree, struct addresses *addresses)
{
	static const unsigned char network[16] = PEER_NETWORK6;
	char name[IFNAMSIZ], address[64], gateway[64];
	int place;
	unsigned flags;
	if (sscanf(line, "%*s %15s %*s %*s %d %u %63s %63s", name, &place, &flags, address, gateway) != 5)
		return;
	int result = link_add_address(name, address);
	if (lacks_ipv6(result))
		return;
	struct path path = path_for(name, place, MULTIPATH_NONE, AF_INET6);
	path.has_gateway = true;
	path.prefix = atoi(address + strcspn(address, "/") + 1);
	address[strcspn(address, "/")] = '\0';
	if (inet_pton(AF_INET6, address, path.address) != 1 || inet_pton(AF_INET6, gateway, path.gateway) != 1)
		trouble(TROUBLE_CONFIG, "a path's description: %s", line);
	if (result == 0)
		result = path_route_to(&path, network, PEER_PREFIX6, path.metric);
	if (result < 0)
		trouble(TROUBLE_NIC, "setting %s on %s: %s", address, name, strerror(-result));
	path_route(&path);
	if (flags != 0 && !out_of_tree)
		path_endpoint(&path, flags);
	keep(addresses, &path);
}

/* The kernel leaves the paths to a program: ours, or one of the person's own. */
static void leave_to_userspace(const struct config *config, const struct addresses *addresses)
{
	bool own = strcmp(config->mptcp, "userspace:own") == 0;
	if (!own && strcmp(config->mptcp, "userspace") != 0)
		return;
	if (!write_file("/proc/sys/net/mptcp/pm_type", "1", 0644))
		trouble(TROUBLE_OTHER, "this kernel leaves the paths of Multipath TCP to no program: upstream's does from Linux 5.19 on (net.mptcp.pm_type)");
	if (!own)
		path_manager_start(addresses->items, addresses->count);
}

static void choose_scheduler(const char *wanted)
{
	char why[1024];
	if (!scheduler_choose(wanted, why, sizeof(why)))
		trouble(TROUBLE_OTHER, "%s", why);
}

void bring_up_paths(const struct config *config)
{
	bool out_of_tree = exists("/proc/sys/net/mptcp/mptcp_enabled");
	struct addresses addresses = { 0 };
	if (config->paths.count == 0)
		return;
	if (config->mptcp && strcmp(config->mptcp, "none") == 0)
		write_file(out_of_tree ? "/proc/sys/net/mptcp/mptcp_enabled" : "/proc/sys/net/mptcp/enabled", "0", 0644);
	else
		paths_prepare(MULTIPATH_SUBFLOW);
	/* Out of tree the path manager of a mesh announces each address; this one answers alone. */
	if (out_of_tree && config->mptcp && strcmp(config->mptcp, "silent") == 0)
		write_file("/proc/sys/net/mptcp/mptcp_path_manager", "default", 0644);
	/* A NIC whose cable is pulled is none to send by. */
	write_file("/proc/sys/net/ipv4/conf/all/ignore_routes_with_linkdown", "1", 0644);
	if (!out_of_tree)
		path_limits();
	for (size_t i = 0; i < config->paths.count; i++)
		bring_up_path(config->paths.items[i], out_of_tree, &addresses);
	int of_ipv4 = (int)addresses.count;
	for (size_t i = 0; i < config->paths.count; i++)
		bring_up_path6(config->paths.items[i], out_of_tree, &addresses);
	if (of_ipv4 > 0)
		path_ask_install();
	if (config->mptcp)
		leave_to_userspace(config, &addresses);
	if (config->scheduler)
		choose_scheduler(config->scheduler);
	if (out_of_tree && of_ipv4 > 0 && config->mptcp && strcmp(config->mptcp, "none") != 0)
		paths_await(of_ipv4);
}
