/* What the peer at the far end of a VM's paths runs; each is a program of its own, by this one's first argument. */
#ifndef KLOOP_PEER_H
#define KLOOP_PEER_H

#include <stdbool.h>

/* The namespace of the servers, as `ip netns` has it. */
#define PEER_NAMESPACE "/run/netns/peer"

/* peer.c: what library makes iperf3 speak Multipath TCP (or nothing), what schedules it (or nothing), the peer's own addresses of IPv4 and IPv6, a NIC that leads elsewhere (or nothing), lines for queues, and the paths. Sets them up, and serves until it is killed. */
int peer_run(int argc, char **argv);
/* netem.c: lines for queues from stdin, each done when it is read; a line `done` is answered so. */
int peer_shape(void);
/* Says on stdout which could not be done. */
bool shape(char *lines);
/* counters.c: prints what went through the queues, and what the servers' kernel counted. */
int peer_counters(void);
/* sample.c: what goes over the paths, until nobody reads it. */
int peer_sample(int argc, char **argv);
/* Its lines for the queues alone, once. */
void sample_queues(void);
/* offload.c: whether a path's devices may carry many frames as one: its NIC, and its pair to the servers, whose other end is called as the NIC. 0, or -errno. */
int peer_offload(const char *nic, const char *up, bool on);

/* links.c: 0, or -errno as the kernel has it. */
int link_add_bridge(const char *name);
/* `inner` is in the namespace. */
int link_add_veth(const char *name, const char *inner, int namespace);
/* And up. */
int link_set_master(const char *name, const char *bridge);
/* `text`: address/prefix, of either family. */
int link_add_address(const char *name, const char *text);
/* Of what came back for an address of IPv6: this kernel has none of it. */
bool lacks_ipv6(int result);
int link_move(const char *name, int namespace);

/* serve.c: echo, discard and files. Listens, or ends with a message. */
void serve_listen(void);
_Noreturn void serve_all(void);
#endif
