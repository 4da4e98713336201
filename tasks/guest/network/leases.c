/*
 * Leases: the host's DHCP client runs once for each NIC, side by side, with
 * this same program as its hook (dhcp-hook.c). init waits for the addresses
 * themselves, not for a client's word or daemon.
 *
 * All that is written lies in the guest's own /run, or in its copy-on-write
 * layer: the host's leases and resolv.conf are not touched.
 */
#include "nics.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* On a network of IPv6 alone, DHCP is not waited for longer than this, in µs. */
#define ONLY6_US (4 * 1000 * 1000)

struct nic {
	char name[IFNAMSIZ], mac[32];
	int place;
	pid_t client;
	int status; /* of a client that has ended, or -1 */
	bool has4, has6;
};

static struct nic nics[NICS_MOST];
static size_t nic_count;
static int news = -1;
static enum multipath wanted = MULTIPATH_SUBFLOW;

static void run_client(const struct nic *nic, const char *kind, char *program)
{
	char name[IFNAMSIZ], log[64], leases[64], pid_file[64];
	snprintf(name, sizeof(name), "%s", nic->name);
	snprintf(log, sizeof(log), NICS_DIR "/dhcp-%s.log", name);
	snprintf(leases, sizeof(leases), NICS_DIR "/dhcp-%s.leases", name);
	snprintf(pid_file, sizeof(pid_file), NICS_DIR "/dhcp-%s.pid", name);
	/* The first packet at once, then one each second; never give up: a cable may come later. */
	char *hook = (char *)own_program;
	char *udhcpc[] = { program, "-f", "-i", name, "-s", hook, "-t", "3", "-T", "1", "-A", "1", "-p", pid_file, NULL };
	char *busybox[] = { program, "udhcpc", "-f", "-i", name, "-s", hook, "-t", "3", "-T", "1", "-A", "1", "-p", pid_file, NULL };
	char *dhclient[] = { program, "-4", "-d", "-sf", hook, "-cf", NICS_DIR "/dhclient.conf", "-lf", leases, "-pf", pid_file, name, NULL };
	char *dhcpcd[] = { program, "-4", "-B", "-f", NICS_DIR "/dhcpcd.conf", "-c", hook, name, NULL };
	char **argv = strcmp(kind, "udhcpc") == 0 ? udhcpc : strcmp(kind, "busybox") == 0 ? busybox : strcmp(kind, "dhclient") == 0 ? dhclient : dhcpcd;
	int null = open("/dev/null", O_RDONLY), out = open(log, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	sigset_t none;
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	setsid();
	dup2(null, 0);
	dup2(out, 1);
	dup2(out, 2);
	setenv("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", 1);
	execv(program, argv);
	dprintf(2, "%s: %s\n", program, strerror(errno));
	_exit(127);
}

static void write_nics_file(void)
{
	char text[NICS_MOST * 64] = "";
	size_t length = 0;
	for (size_t i = 0; i < nic_count && length < sizeof(text); i++)
		length += (size_t)snprintf(text + length, sizeof(text) - length, "%s %d %d\n", nics[i].name, nics[i].place, (int)wanted);
	write_file(NICS_FILE, text, 0644);
}

/* FIELD_DHCP: MAC, place. */
static void find_nics(const struct config *config)
{
	for (size_t i = 0; i < config->dhcp.count && nic_count < NICS_MOST; i++) {
		struct nic *nic = &nics[nic_count];
		nic->status = -1;
		if (sscanf(config->dhcp.items[i], "%31s %d", nic->mac, &nic->place) != 2)
			trouble(TROUBLE_CONFIG, "a NIC's description: %s", config->dhcp.items[i]);
		if (!nic_name_of(nic->mac, nic->name))
			trouble(TROUBLE_NIC, "no NIC has the MAC address %s: does this kernel have CONFIG_VIRTIO_NET?", nic->mac);
		nic_count++;
	}
}

void start_leases(const struct config *config)
{
	if (config->dhcp.count == 0)
		return;
	if (config->multipath)
		wanted = strcmp(config->multipath, "none") == 0 ? MULTIPATH_NONE : strcmp(config->multipath, "signal") == 0 ? MULTIPATH_SIGNAL : MULTIPATH_SUBFLOW;
	mkdir(NICS_DIR, 0755);
	find_nics(config);
	write_nics_file();
	if (config->resolv) {
		char path[64];
		snprintf(path, sizeof(path), NICS_DIR "/dns-%d", NICS_MOST);
		write_file(path, config->resolv, 0644);
	}
	write_file(NICS_DIR "/dhclient.conf", "request subnet-mask, broadcast-address, routers, domain-name, domain-name-servers, domain-search, interface-mtu;\n"
		"initial-interval 1;\nbackoff-cutoff 2;\nretry 2;\ntimeout 30;\n", 0644);
	/* noarp: no 5 s of looking for another holder of an address that the server has just given. */
	write_file(NICS_DIR "/dhcpcd.conf", "clientid\nnoarp\nnoipv4ll\nnodelay\nnodev\nnogateway\nnoconfigure\n"
		"option subnet_mask, routers, domain_name_servers, domain_name, domain_search, interface_mtu\nquiet\n", 0644);
	/* Read and write: it neither ends when a hook closes it nor is it missing when one opens it. */
	if (mkfifo(NEWS, 0600) != 0 || (news = open(NEWS, O_RDWR | O_NONBLOCK | O_CLOEXEC)) < 0)
		trouble(TROUBLE_OTHER, "%s: %s", NEWS, strerror(errno));
	paths_prepare(wanted);
	int six = watch6_open();
	for (size_t i = 0; i < nic_count; i++)
		nic_set_up(nics[i].name);
	if (six >= 0) {
		if (fork() == 0)
			watch6(six);
		close(six);
	}
	const char *kind = config->dhcp_client;
	char *program = kind ? (char *)kind + strlen(kind) + 1 : NULL;
	for (size_t i = 0; kind && i < nic_count; i++) {
		nics[i].client = fork();
		if (nics[i].client == 0)
			run_client(&nics[i], kind, program);
	}
}

static void read_news(void)
{
	char text[1024], *rest;
	ssize_t got = read(news, text, sizeof(text) - 1);
	if (got <= 0)
		return;
	text[got] = '\0';
	for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		char name[IFNAMSIZ], what;
		if (sscanf(line, "%15s %c", name, &what) != 2)
			continue;
		for (size_t i = 0; i < nic_count; i++) {
			if (strcmp(nics[i].name, name) != 0)
				continue;
			nics[i].has4 = nics[i].has4 || what == '4';
			nics[i].has6 = nics[i].has6 || what == '6';
		}
	}
}

static void reap_clients(void)
{
	int status;
	pid_t pid;
	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		for (size_t i = 0; i < nic_count; i++)
			if (nics[i].client == pid)
				nics[i].status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* A NIC that need not be waited for: it has what it can get, or its client has ended. */
static bool is_done(const struct nic *nic, uint64_t waited_us)
{
	return nic->has4 || nic->status >= 0 || (nic->has6 && waited_us > ONLY6_US);
}

static void why_none(const struct nic *nic, char *into, size_t room, uint64_t deadline_us)
{
	char path[128], said[160] = "";
	struct bytes file;
	bool carrier = true;
	snprintf(path, sizeof(path), "/sys/class/net/%s/carrier", nic->name);
	if (read_file(path, &file))
		carrier = file.at[0] != '0';
	free(file.at);
	snprintf(path, sizeof(path), NICS_DIR "/dhcp-%s.log", nic->name);
	if (read_file(path, &file)) {
		while (file.size > 0 && file.at[file.size - 1] == '\n')
			file.at[--file.size] = '\0';
		char *last = file.at ? strrchr(file.at, '\n') : NULL;
		snprintf(said, sizeof(said), "%s", last ? last + 1 : file.at ? file.at : "");
	}
	free(file.at);
	if (!carrier)
		snprintf(into, room, "%s (NIC %d, %s) has no carrier", nic->name, nic->place + 1, nic->mac);
	else if (nic->status >= 0)
		snprintf(into, room, "%s (NIC %d, %s): the DHCP client ended with status %d: %s", nic->name, nic->place + 1, nic->mac, nic->status, said);
	else
		snprintf(into, room, "%s (NIC %d, %s): no DHCP server answered within %.1f s", nic->name, nic->place + 1, nic->mac, (double)deadline_us / 1e6);
}

void await_leases(const struct config *config)
{
	uint64_t began = now_us(), deadline = config->lease_ms * 1000ull;
	sigset_t open_mask;
	if (nic_count == 0)
		return;
	sigprocmask(SIG_BLOCK, NULL, &open_mask);
	sigdelset(&open_mask, SIGCHLD);
	for (;;) {
		uint64_t waited = now_us() - began, next = deadline;
		bool all = true;
		read_news();
		reap_clients();
		for (size_t i = 0; i < nic_count; i++) {
			all = all && is_done(&nics[i], waited);
			if (!nics[i].has4 && nics[i].has6 && waited <= ONLY6_US)
				next = ONLY6_US + 1000;
		}
		if (all || waited >= deadline)
			break;
		if (next > deadline)
			next = deadline;
		const struct timespec left = { .tv_sec = (time_t)((next - waited) / 1000000), .tv_nsec = (long)((next - waited) % 1000000) * 1000 };
		struct pollfd polled = { .fd = news, .events = POLLIN };
		ppoll(&polled, 1, &left, &open_mask);
	}
	char text[400] = "";
	for (size_t i = 0; i < nic_count; i++) {
		if (nics[i].has4 || nics[i].has6)
			continue;
		size_t used = strlen(text);
		if (used > 0 && used < sizeof(text) - 3)
			strcat(text, "; ");
		used = strlen(text);
		why_none(&nics[i], text + used, sizeof(text) - used, deadline);
	}
	if (*text)
		trouble(TROUBLE_LEASE, "%s", text);
	write_resolv();
	if (wanted != MULTIPATH_NONE) {
		int addresses = 0;
		for (size_t i = 0; i < nic_count; i++)
			addresses += nics[i].has4;
		paths_await(addresses);
	}
	write_file(SETTLED, "", 0644);
	close(news);
	unlink(NEWS);
}
