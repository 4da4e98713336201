/* PID 1: sets the guest up, then serves the host until it hangs up; as a service where systemd is PID 1. */
#include "guest.h"
#include "peer/peer.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <linux/watchdog.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

/* More than all sessions' streams. */
#define POLLED 800

/* What the host has changed is seen in a running command after a second at the latest. */
#define FRESH_US (900 * 1000)

static int watchdog = -1;

static void start_watchdog(const char *seconds)
{
	int wanted = atoi(seconds);
	watchdog = open("/dev/watchdog", O_WRONLY | O_CLOEXEC);
	if (watchdog >= 0 && ioctl(watchdog, WDIOC_SETTIMEOUT, &wanted) != 0)
		fprintf(stderr, "kloop: the watchdog keeps its default timeout: %s\n", strerror(errno));
	if (watchdog < 0)
		trouble(TROUBLE_WATCHDOG, "/dev/watchdog (%s s): %s", seconds, strerror(errno));
}

/* How many files a command may open: as on the host; the kernel's own limit is 4096. */
static void limit_open_files(uint32_t most)
{
	/* What programs start with everywhere: some close all that they might have open. */
	const rlim_t usual = 1024;
	struct rlimit limit = { .rlim_cur = most < usual ? most : usual, .rlim_max = most };
	if (most > 0)
		setrlimit(RLIMIT_NOFILE, &limit);
}

static void on_child(int signal_number)
{
	(void)signal_number; /* it interrupts ppoll: that is all it is for */
}

static void take_frame(int type, int stream, int session, char *payload, uint32_t size)
{
	session_frame(type, stream, session, payload, size);
}

static void serve(void)
{
	struct pollfd polled[POLLED];
	sigset_t open_mask;
	bool connected = false;
	sigprocmask(SIG_BLOCK, NULL, &open_mask);
	sigdelset(&open_mask, SIGCHLD);
	for (;;) {
		sessions_reap();
		bool look = sessions_look();
		wire_flush();
		polled[0] = (struct pollfd){ .fd = wire_fd(), .events = POLLIN | (wire_wants_write() ? POLLOUT : 0) };
		size_t count = sessions_poll(polled + 1, POLLED - 1);
		const uint64_t beat = 400 * 1000, soon = 10 * 1000;
		uint64_t wait = sessions_run() ? stay_fresh(FRESH_US) : UINT64_MAX;
		if (watchdog >= 0 && beat < wait)
			wait = beat;
		if (look && soon < wait)
			wait = soon;
		const struct timespec least = { .tv_sec = (time_t)(wait / 1000000), .tv_nsec = (long)(wait % 1000000 * 1000) };
		int ready = ppoll(polled, 1 + count, wait == UINT64_MAX ? NULL : &least, &open_mask);
		if (watchdog >= 0)
			(void)!write(watchdog, "", 1);
		if (ready <= 0)
			continue;
		if (polled[0].revents & POLLHUP) {
			/* Before the host is announced this means: not yet. After, that it is gone, and so is our use. */
			if (connected)
				power_off();
			const struct timespec tick = { .tv_nsec = 1000 * 1000 };
			nanosleep(&tick, NULL);
		} else {
			connected = true;
		}
		if ((polled[0].revents & POLLIN) && !wire_read(take_frame))
			power_off();
		wire_flush();
		sessions_ready(polled + 1, count);
	}
}

static void say_hello(uint64_t began)
{
	char hello[28];
	uint32_t flags = (root_is_read_only ? HELLO_READ_ONLY : 0) | (root_lacks_fuse ? HELLO_NO_FUSE : 0);
	uint32_t version = PROTOCOL_VERSION;
	uint32_t cpus = (uint32_t)sysconf(_SC_NPROCESSORS_ONLN);
	uint64_t now = now_us();
	memcpy(hello, &version, 4);
	memcpy(hello + 4, &began, 8);
	memcpy(hello + 12, &now, 8);
	memcpy(hello + 20, &cpus, 4);
	memcpy(hello + 24, &flags, 4);
	wire_send(FRAME_HELLO, 0, 0, hello, sizeof(hello));
	wire_flush();
}

/* The guest as the host has described it; with systemd as PID 1, if it says so. */
static void set_up(struct config *config, uint64_t began)
{
	struct bytes file;
	if (!read_file("/config", &file) || !parse_fields(file.at, file.size, config)) {
		mount_early();
		trouble(TROUBLE_CONFIG, "the configuration in the initramfs cannot be read");
	}
	unlink("/config");
	unlink("/init");
	mount_early();
	load_modules(&config->modules);
	enter_root(config);
	settle_root(config);
	if (config->systemd)
		become_systemd(config, &file, began);
}

static bool called(const char *path, const char *name)
{
	const char *slash = strrchr(path, '/');
	return strcmp(slash ? slash + 1 : path, name) == 0;
}

int main(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "path-serve") == 0)
		return path_serve();
	if (called(argv[0], "kloop-path"))
		return path_ask(argc - 1, argv + 1);
	if (argc == 2 && strcmp(argv[1], "tsc-khz") == 0 && getpid() != 1)
		return print_tsc_khz();
	if (argc > 1 && strcmp(argv[1], "peer-run") == 0)
		return peer_run(argc - 2, argv + 2);
	if (argc > 1 && strcmp(argv[1], "peer-shape") == 0)
		return peer_shape();
	if (argc > 1 && strcmp(argv[1], "peer-counters") == 0)
		return peer_counters();
	if (argc > 1 && strcmp(argv[1], "peer-sample") == 0)
		return peer_sample(argc - 2, argv + 2);
	if (argc >= 2 && strcmp(argv[1], "swap-modules") == 0 && getpid() != 1)
		return swap_modules(argc - 2, argv + 2);
	if (argc >= 2 && strcmp(argv[1], "connect") == 0 && getpid() != 1)
		return connect_to(argc - 2, argv + 2);
	/* None of these: a DHCP client has run us. */
	if (getpid() != 1 && !is_service(argc, argv))
		return nic_hook(argc, argv);

	uint64_t began = now_us();
	static struct config config;
	sigset_t child;
	struct sigaction reap = { .sa_handler = on_child, .sa_flags = SA_NOCLDSTOP };

	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	sigprocmask(SIG_BLOCK, &child, NULL);
	sigaction(SIGCHLD, &reap, NULL);
	signal(SIGPIPE, SIG_IGN);
	will_sync_shares(&config);
	before_power_off = sync_shares;

	if (getpid() == 1)
		set_up(&config, began);
	else
		continue_as_service(argv, &config, &began);
	find_disks(&config);
	limit_open_files(config.open_files);
	bring_up_network(&config);
	bring_up_paths(&config);
	start_leases(&config);
	if (config.watchdog)
		start_watchdog(config.watchdog);

	if (config.standalone) {
		await_leases(&config);
		int status = exec_on_console(&config.command);
		if (status != 0)
			printf("kloop: the command ended with status %d\n", status);
		power_off();
	}
	wire_wait_for_port();
	if (!wire_is_open())
		trouble(TROUBLE_OTHER, "no virtio-serial port: does this kernel have CONFIG_VIRTIO_CONSOLE?");
	say_hello(began);
	await_leases(&config);
	if (config.has_command)
		session_start(1, &config.command);
	serve();
}
