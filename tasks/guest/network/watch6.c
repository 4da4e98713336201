/*
 * IPv6: the kernel makes addresses and default routes from router
 * advertisements by itself. A process of its own hears of them, then and
 * later, and gives each NIC its table, rule and endpoint.
 */
#include "nics.h"
#include "netlink.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

/* To be opened before a NIC is up: what is told before that is not told again. */
int watch6_open(void)
{
	struct sockaddr_nl here = { .nl_family = AF_NETLINK, .nl_groups = RTMGRP_IPV6_IFADDR | RTMGRP_IPV6_ROUTE };
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	if (fd >= 0 && bind(fd, (struct sockaddr *)&here, sizeof(here)) == 0)
		return fd;
	close(fd);
	return -1;
}

static bool ours(unsigned index, struct path *path)
{
	int place;
	enum multipath multipath;
	char name[IFNAMSIZ];
	if (!if_indextoname(index, name) || !nic_find(name, &place, &multipath))
		return false;
	*path = path_for(name, place, multipath, AF_INET6);
	return true;
}

static void take_address(const struct nlmsghdr *message)
{
	const struct ifaddrmsg *head = NLMSG_DATA(message);
	size_t left = IFA_PAYLOAD(message);
	uint32_t flags = head->ifa_flags;
	struct path path;
	bool has = false;
	if (head->ifa_scope != RT_SCOPE_UNIVERSE || !ours(head->ifa_index, &path))
		return;
	path.prefix = head->ifa_prefixlen;
	for (struct rtattr *attr = IFA_RTA(head); RTA_OK(attr, left); attr = RTA_NEXT(attr, left)) {
		if (attr->rta_type == IFA_ADDRESS) {
			memcpy(path.address, RTA_DATA(attr), 16);
			has = true;
		} else if (attr->rta_type == IFA_FLAGS) {
			memcpy(&flags, RTA_DATA(attr), 4);
		}
	}
	/* Until duplicate address detection is through it cannot be used; another message then tells. */
	if (!has || (flags & (IFA_F_TENTATIVE | IFA_F_DADFAILED | IFA_F_TEMPORARY)))
		return;
	path_add(&path);
	nic_tell(path.name, "6");
}

static void take_route(const struct nlmsghdr *message)
{
	const struct rtmsg *head = NLMSG_DATA(message);
	size_t left = RTM_PAYLOAD(message);
	struct path path;
	uint32_t index = 0;
	const unsigned char *gateway = NULL;
	if (head->rtm_family != AF_INET6 || head->rtm_dst_len != 0 || head->rtm_table != RT_TABLE_MAIN || head->rtm_protocol != RTPROT_RA)
		return;
	for (struct rtattr *attr = RTM_RTA(head); RTA_OK(attr, left); attr = RTA_NEXT(attr, left)) {
		if (attr->rta_type == RTA_GATEWAY)
			gateway = RTA_DATA(attr);
		else if (attr->rta_type == RTA_OIF)
			memcpy(&index, RTA_DATA(attr), 4);
	}
	if (!gateway || !ours(index, &path) || path.multipath == MULTIPATH_NONE)
		return;
	memcpy(path.gateway, gateway, 16);
	path_gateway(&path);
}

void watch6(int fd)
{
	_Alignas(struct nlmsghdr) char messages[16384];
	prctl(PR_SET_NAME, "kloop-nics");
	for (;;) {
		ssize_t got = recv(fd, messages, sizeof(messages), 0);
		if (got < 0 && (errno == EINTR || errno == ENOBUFS))
			continue;
		if (got <= 0)
			_exit(0);
		size_t left = (size_t)got;
		for (struct nlmsghdr *one = (struct nlmsghdr *)messages; NLMSG_OK(one, left); one = NLMSG_NEXT(one, left)) {
			if (one->nlmsg_type == RTM_NEWADDR)
				take_address(one);
			else if (one->nlmsg_type == RTM_NEWROUTE)
				take_route(one);
		}
	}
}
