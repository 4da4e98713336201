/* The guest's NICs that get their addresses by DHCP. */
#ifndef KLOOP_NICS_H
#define KLOOP_NICS_H

#include "guest.h"

#include <net/if.h>

enum multipath { MULTIPATH_NONE, MULTIPATH_SUBFLOW, MULTIPATH_SIGNAL };

/* An address of a NIC, and where it leads. */
struct path {
	char name[IFNAMSIZ];
	int family;
	unsigned char address[16];
	int prefix;
	bool has_gateway;
	unsigned char gateway[16];
	int metric; /* of its default route; its place among the NICs */
	int table;
	enum multipath multipath;
};

/* path.c */
/* include/uapi/linux/mptcp.h, 5.7 on: what an address is used for. FULLMESH: 5.17 on. */
enum { ENDPOINT_SIGNAL = 1, ENDPOINT_SUBFLOW = 2, ENDPOINT_BACKUP = 4, ENDPOINT_FULLMESH = 8 };
void paths_prepare(enum multipath multipath);
void paths_await(int addresses);
/* 0, or -errno as the kernel has it. */
int path_address(const struct path *path);
/* A route by the gateway; `network` NULL: to all that no other leads to. */
int path_route_to(const struct path *path, const unsigned char *network, int prefix, int metric);
/* How many addresses a connection may use, where this kernel has Multipath TCP. */
void path_limits(void);
int path_endpoint(const struct path *path, unsigned flags);
int path_add(const struct path *path);
/* The table and the rule alone, without an endpoint. */
void path_route(const struct path *path);
void path_gateway(const struct path *path);
void path_remove(const struct path *path);

/* path-manager.c */
/* In a process of its own: joins each connection that is begun here from the other addresses. */
void path_manager_start(const struct path *paths, size_t count);

/* scheduler.c */
/* Whether one is chosen for all namespaces (out of tree). */
bool scheduler_is_of_all(void);
/* By its name. False: `why` says why not. */
bool scheduler_choose(const char *wanted, char *why, size_t size);

/* watch6.c */
int watch6_open(void);
void watch6(int fd);

/* nics.c */
#define NICS_DIR "/run/kloop"
#define NICS_FILE NICS_DIR "/nics"
#define NEWS NICS_DIR "/news"
#define SETTLED NICS_DIR "/settled"
#define NICS_MOST 8
/* A NIC by its kernel name: its place among the VM's NICs (from 0), and how it takes part. False for one that isn't ours. */
bool nic_find(const char *name, int *place, enum multipath *multipath);
void nic_tell(const char *name, const char *what);
struct path path_for(const char *name, int place, enum multipath multipath, int family);

/* resolv.c */
void write_resolv(void);

#endif
