/*
 * The peer at the far end of a VM's paths. One program does all, by itself: in
 * an emulated guest each `ip` and `tc` would take as long as a good part of the
 * boot.
 *
 *   VM ── wifi ══ [wifi ── br0 ── up0] ── wifi (namespace peer): the servers
 *          the wire  what comes down   what goes up
 *                    is queued here    is queued here
 *
 * A queue is left by what is sent. So that both directions pass one, the servers
 * are in a namespace of their own, behind a bridge: what they send is queued at
 * the peer's NIC, what the VM sends at the other side. Neither sender has
 * the queue in its own machine, where TCP would notice (its small queues).
 */
#include "guest.h"
#include "network/nics.h"
#include "peer/peer.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <time.h>
#include <unistd.h>

/* The far end of one path. */
struct end {
	char name[IFNAMSIZ], up[IFNAMSIZ], bridge[IFNAMSIZ];
	char address[64], address6[64];
	/* As an endpoint of Multipath TCP: nics.h. */
	unsigned endpoint;
};

static void must(int result, const char *what, const char *name)
{
	if (result >= 0)
		return;
	fprintf(stderr, "%s %s: %s%s\n", what, name, strerror(-result), result == -EOPNOTSUPP ? " (an option that this kernel lacks)" : "");
	exit(1);
}

static int error_of(int result)
{
	return result < 0 ? -errno : result;
}

/* The namespace, by its name in `ip netns`. We are in the one before when it returns. */
static int make_namespace(void)
{
	int before = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	make_dirs("/run/netns");
	must(error_of(unshare(CLONE_NEWNET)), "making", "a network namespace");
	write_file(PEER_NAMESPACE, "", 0444);
	must(error_of(mount("/proc/self/ns/net", PEER_NAMESPACE, NULL, MS_BIND, NULL)), "mounting", PEER_NAMESPACE);
	int made = open(PEER_NAMESPACE, O_RDONLY | O_CLOEXEC);
	must(error_of(setns(before, CLONE_NEWNET)), "leaving", PEER_NAMESPACE);
	close(before);
	return made;
}

static void connect_end(const struct end *end, int namespace)
{
	must(link_add_bridge(end->bridge), "adding the bridge", end->bridge);
	must(link_add_veth(end->up, end->name, namespace), "adding the pair (veth)", end->up);
	must(link_set_master(end->name, end->bridge), "connecting", end->name);
	must(link_set_master(end->up, end->bridge), "connecting", end->up);
	nic_set_up(end->bridge);
}

static void announce(const struct end *end, const char *address, int family)
{
	struct path path = path_for(end->name, 0, MULTIPATH_NONE, family);
	char bare[sizeof(end->address)];
	if (end->endpoint == 0)
		return;
	snprintf(bare, sizeof(bare), "%.*s", (int)strcspn(address, "/"), address);
	inet_pton(family, bare, path.address);
	int result = path_endpoint(&path, end->endpoint);
	/* -ENOENT: no upstream Multipath TCP. Out of tree, the VM's path manager meshes. */
	if (result != -ENOENT && family == AF_INET)
		must(result, "announcing the address of", end->name);
}

static void address_end(const struct end *end)
{
	must(link_add_address(end->name, end->address), "the address of", end->name);
	nic_set_up(end->name);
	announce(end, end->address, AF_INET);
}

/* When all have that of IPv4: of more than eight, the kernel announces the first ones. */
static void address_end6(const struct end *end)
{
	int result = link_add_address(end->name, end->address6);
	if (lacks_ipv6(result))
		return;
	must(result, "the address of", end->name);
	announce(end, end->address6, AF_INET6);
}

/*
 * Elsewhere lies behind QEMU's own network, which answers whoever sends. What the
 * VM sends over a path goes on there; for the answers we take the VM's place (ARP).
 * Text: MAC, address/prefix, gateway.
 */
static void lead_outside(const char *text, int namespace)
{
	char mac[32], address[64], gateway[64], name[IFNAMSIZ], setting[128];
	int before = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	if (sscanf(text, "%31s %63s %63s", mac, address, gateway) != 3 || !nic_name_of(mac, name)) {
		fprintf(stderr, "the NIC that leads outside: %s\n", text);
		exit(1);
	}
	must(link_move(name, namespace), "moving", name);
	must(error_of(setns(namespace, CLONE_NEWNET)), "entering", PEER_NAMESPACE);
	must(link_add_address(name, address), "the address of", name);
	nic_set_up(name);
	address[strcspn(address, "/")] = '\0';
	struct path path = path_for(name, 0, MULTIPATH_NONE, AF_INET);
	inet_pton(AF_INET, address, path.address);
	inet_pton(AF_INET, gateway, path.gateway);
	must(path_route_to(&path, NULL, 0, 0), "the default route by", name);
	write_file("/proc/sys/net/ipv4/ip_forward", "1", 0644);
	snprintf(setting, sizeof(setting), "/proc/sys/net/ipv4/conf/%s/proxy_arp", name);
	write_file(setting, "1", 0644);
	must(error_of(setns(before, CLONE_NEWNET)), "leaving", PEER_NAMESPACE);
	close(before);
}

/* Somebody listens at iperf3's own port, by a list of sockets. */
static bool has_iperf(const char *list)
{
	struct bytes sockets;
	if (!read_file(list, &sockets))
		return false;
	bool found = strstr(sockets.at, ":1451 00000000000000000000000000000000:0000 0A") || strstr(sockets.at, ":1451 00000000:0000 0A");
	free(sockets.at);
	return found;
}

static pid_t start_iperf(const char *preload)
{
	pid_t pid = fork();
	if (pid != 0)
		return pid;
	int null = open("/dev/null", O_RDWR);
	for (int fd = 0; fd < 3; fd++)
		dup2(null, fd);
	if (*preload)
		setenv("LD_PRELOAD", preload, 1);
	execlp("iperf3", "iperf3", "-s", NULL);
	_exit(127); /* this host has none */
}

/* Says when it listens, or that it never will: in a process of its own, since servers serve meanwhile. */
static void await_iperf(pid_t iperf)
{
	const struct timespec tick = { .tv_nsec = 5 * 1000 * 1000 };
	char own[32];
	if (fork() != 0)
		return;
	snprintf(own, sizeof(own), "/proc/%d/exe", iperf);
	while (exists(own) && !has_iperf("/proc/net/tcp6") && !has_iperf("/proc/net/tcp"))
		nanosleep(&tick, NULL);
	printf("iperf3\n");
	fflush(stdout);
	_exit(0);
}

static void choose_scheduler(const char *wanted)
{
	char why[1024] = "";
	if (*wanted && !scheduler_choose(wanted, why, sizeof(why)))
		printf("note: %s. What it sends is scheduled as by default\n", why);
}

/* Text: name, place, address/prefix, endpoint's flags, address/prefix of IPv6. */
static struct end read_end(const char *text)
{
	struct end end = { 0 };
	int place;
	if (sscanf(text, "%15s %d %63s %u %63s", end.name, &place, end.address, &end.endpoint, end.address6) != 5) {
		fprintf(stderr, "a path's description: %s\n", text);
		exit(1);
	}
	snprintf(end.up, sizeof(end.up), "up%d", place);
	snprintf(end.bridge, sizeof(end.bridge), "br%d", place);
	return end;
}

int peer_run(int argc, char **argv)
{
	enum { BEFORE_PATHS = 6 };
	if (argc < BEFORE_PATHS) {
		fprintf(stderr, "expected: preload scheduler itself itself6 outside shape path...\n");
		return 1;
	}
	const char *preload = argv[0], *scheduler = argv[1], *itself = argv[2], *itself6 = argv[3], *outside = argv[4];
	char *shapes = argv[5], **paths = argv + BEFORE_PATHS;
	int count = argc - BEFORE_PATHS;
	/* The bridges and what is on them have no addresses. */
	write_file("/proc/sys/net/ipv6/conf/all/disable_ipv6", "1", 0644);
	write_file("/proc/sys/net/ipv6/conf/default/disable_ipv6", "1", 0644);
	bool of_all = scheduler_is_of_all();
	if (of_all)
		choose_scheduler(scheduler);
	int namespace = make_namespace();
	for (int i = 0; i < count; i++) {
		struct end end = read_end(paths[i]);
		connect_end(&end, namespace);
	}
	if (*outside)
		lead_outside(outside, namespace);
	if (strstr(shapes, " seed ") && kernel_is_before(6, 6))
		printf("note: its kernel takes no seed (Linux 6.6 does): what is lost at random differs each time\n");
	if (!shape(shapes))
		return 1;
	must(error_of(setns(namespace, CLONE_NEWNET)), "entering", PEER_NAMESPACE);
	nic_set_up("lo");
	must(link_add_address("lo", itself), "the address of", "lo");
	int result = link_add_address("lo", itself6);
	if (!lacks_ipv6(result))
		must(result, "the address of", "lo");
	if (!of_all)
		choose_scheduler(scheduler);
	path_limits();
	for (int i = 0; i < count; i++) {
		struct end end = read_end(paths[i]);
		address_end(&end);
	}
	for (int i = 0; i < count; i++) {
		struct end end = read_end(paths[i]);
		address_end6(&end);
	}
	serve_listen();
	signal(SIGCHLD, SIG_IGN); /* the kernel reaps them */
	pid_t iperf = start_iperf(preload);
	printf("listening\n");
	fflush(stdout);
	await_iperf(iperf);
	serve_all();
}
