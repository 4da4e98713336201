/* Requests to the kernel's network configuration, one message and one answer each. */
#include "netlink.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <linux/genetlink.h>

void nl_begin(struct nl *nl, int type, int flags, const void *head, size_t size)
{
	memset(nl, 0, sizeof(*nl));
	nl->head.nlmsg_type = (uint16_t)type;
	nl->head.nlmsg_flags = (uint16_t)(NLM_F_REQUEST | NLM_F_ACK | flags);
	nl->head.nlmsg_len = NLMSG_LENGTH(size);
	memcpy(NLMSG_DATA(&nl->head), head, size);
}

void nl_attr(struct nl *nl, int type, const void *data, size_t size)
{
	struct nlattr *attr = (struct nlattr *)((char *)nl + NLMSG_ALIGN(nl->head.nlmsg_len));
	attr->nla_type = (uint16_t)type;
	attr->nla_len = (uint16_t)(NLA_HDRLEN + size);
	memcpy((char *)attr + NLA_HDRLEN, data, size);
	nl->head.nlmsg_len = NLMSG_ALIGN(nl->head.nlmsg_len) + NLMSG_ALIGN(attr->nla_len);
}

void nl_put(struct nl *nl, const void *data, size_t size)
{
	memcpy((char *)nl + NLMSG_ALIGN(nl->head.nlmsg_len), data, size);
	nl->head.nlmsg_len = (uint32_t)(NLMSG_ALIGN(nl->head.nlmsg_len) + size);
}

void nl_attr_u32(struct nl *nl, int type, uint32_t value)
{
	nl_attr(nl, type, &value, sizeof(value));
}

size_t nl_nest(struct nl *nl, int type)
{
	size_t at = NLMSG_ALIGN(nl->head.nlmsg_len);
	nl_attr(nl, type | NLA_F_NESTED, NULL, 0);
	return at;
}

void nl_unnest(struct nl *nl, size_t at)
{
	struct nlattr *attr = (struct nlattr *)((char *)nl + at);
	attr->nla_len = (uint16_t)(nl->head.nlmsg_len - at);
}

/* Sends, and reads up to the acknowledgement; `take` gets what comes before it. */
static int talk(struct nl *nl, int protocol, void (*take)(const struct nlmsghdr *, void *), void *context)
{
	struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
	_Alignas(struct nlmsghdr) char answer[8192];
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol);
	int result = -EIO;
	if (fd < 0)
		return -errno;
	nl->head.nlmsg_seq = 1;
	if (sendto(fd, &nl->head, nl->head.nlmsg_len, 0, (struct sockaddr *)&kernel, sizeof(kernel)) < 0)
		result = -errno;
	else for (bool done = false; !done;) {
		ssize_t got = recv(fd, answer, sizeof(answer), 0);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			break;
		size_t left = (size_t)got;
		for (struct nlmsghdr *one = (struct nlmsghdr *)answer; NLMSG_OK(one, left); one = NLMSG_NEXT(one, left)) {
			if (one->nlmsg_type == NLMSG_ERROR) {
				result = ((struct nlmsgerr *)NLMSG_DATA(one))->error;
				done = true;
			} else if (take) {
				take(one, context);
			}
		}
	}
	close(fd);
	return result;
}

int nl_talk(struct nl *nl, int protocol)
{
	return talk(nl, protocol, NULL, NULL);
}

const void *nl_find(const char *at, const char *end, int type)
{
	while (at + NLA_HDRLEN <= end) {
		const struct nlattr *attr = (const struct nlattr *)at;
		if (attr->nla_len < NLA_HDRLEN || at + attr->nla_len > end)
			break;
		if ((attr->nla_type & NLA_TYPE_MASK) == type)
			return at + NLA_HDRLEN;
		at += NLA_ALIGN(attr->nla_len);
	}
	return NULL;
}

/* A generic netlink family, and one of its groups. */
struct family {
	const char *group;
	int number;
	uint32_t group_number;
};

static const char *end_of(const void *data)
{
	const struct nlattr *attr = (const struct nlattr *)((const char *)data - NLA_HDRLEN);
	return (const char *)attr + attr->nla_len;
}

static void take_family(const struct nlmsghdr *one, void *context)
{
	struct family *family = context;
	const char *at = (const char *)NLMSG_DATA(one) + GENL_HDRLEN;
	const char *end = (const char *)one + one->nlmsg_len;
	const uint16_t *number = nl_find(at, end, CTRL_ATTR_FAMILY_ID);
	if (number)
		family->number = *number;
	const char *groups = nl_find(at, end, CTRL_ATTR_MCAST_GROUPS);
	if (!groups || !family->group)
		return;
	/* They are numbered from 1 on. */
	const char *group;
	for (int i = 1; (group = nl_find(groups, end_of(groups), i)); i++) {
		const char *name = nl_find(group, end_of(group), CTRL_ATTR_MCAST_GRP_NAME);
		const uint32_t *id = nl_find(group, end_of(group), CTRL_ATTR_MCAST_GRP_ID);
		if (name && id && strcmp(name, family->group) == 0)
			family->group_number = *id;
	}
}

static int find_family(const char *name, struct family *family)
{
	struct nl nl;
	struct genlmsghdr head = { .cmd = CTRL_CMD_GETFAMILY, .version = 1 };
	nl_begin(&nl, GENL_ID_CTRL, 0, &head, sizeof(head));
	nl_attr(&nl, CTRL_ATTR_FAMILY_NAME, name, strlen(name) + 1);
	return talk(&nl, NETLINK_GENERIC, take_family, family);
}

int nl_family(const char *name)
{
	struct family family = { .number = -ENOENT };
	int result = find_family(name, &family);
	return result < 0 ? result : family.number;
}

int nl_listen(const char *name, const char *group)
{
	struct family family = { .group = group };
	struct sockaddr_nl here = { .nl_family = AF_NETLINK };
	int result = find_family(name, &family);
	if (result < 0 || family.group_number == 0)
		return result < 0 ? result : -ENOENT;
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC);
	if (fd < 0)
		return -errno;
	if (bind(fd, (struct sockaddr *)&here, sizeof(here)) == 0 && setsockopt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &family.group_number, sizeof(family.group_number)) == 0)
		return fd;
	result = -errno;
	close(fd);
	return result;
}
