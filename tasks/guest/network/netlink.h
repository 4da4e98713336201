/* Netlink messages: begun, filled with attributes, sent. */
#ifndef KLOOP_NETLINK_H
#define KLOOP_NETLINK_H

#include "guest.h"

#include <linux/netlink.h>
#include <linux/rtnetlink.h>

struct nl {
	struct nlmsghdr head;
	char room[32768]; /* a table of netem's has 16000 bytes */
};

void nl_begin(struct nl *nl, int type, int flags, const void *head, size_t size);
void nl_attr(struct nl *nl, int type, const void *data, size_t size);
/* What is in a message, or in an attribute, before its attributes. */
void nl_put(struct nl *nl, const void *data, size_t size);
void nl_attr_u32(struct nl *nl, int type, uint32_t value);
size_t nl_nest(struct nl *nl, int type);
void nl_unnest(struct nl *nl, size_t at);
/* 0, or -errno as the kernel has it. */
int nl_talk(struct nl *nl, int protocol);
/* What the first attribute of this type has; NULL: there is none. */
const void *nl_find(const char *at, const char *end, int type);
/* A generic netlink family's number, or -errno. */
int nl_family(const char *name);
/* A socket that gets what this group of a family is told, or -errno. */
int nl_listen(const char *family, const char *group);

#endif
