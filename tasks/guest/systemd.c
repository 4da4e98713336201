/*
 * systemd as the guest's PID 1, where that is asked for. Our init makes the
 * root as always, and becomes systemd; what serves the host is a service then.
 *
 * systemd starts that service and what services in general need, a log and
 * D-Bus, and nothing of what the host has enabled: some of it would configure
 * the guest's NICs, and systemd's own clearing of /tmp and /var/tmp would reach
 * --rw-dirs below them. All of it can be started by hand.
 *
 * systemd(1) has the variables that are used here.
 */
#include "guest.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PROGRAM SERVICE_DIR "/init"
#define CONFIG SERVICE_DIR "/config"
/* Units that go before all others. */
#define UNITS SERVICE_DIR "/systemd"

const char *own_program = "/proc/1/exe";

static const char *const kloop_target =
	"[Unit]\n"
	"Description=The host's commands can run\n"
	"Requires=basic.target kloop.service\n"
	"After=basic.target kloop.service\n"
	"AllowIsolate=yes\n";

/*
 * idle: when it starts no other job is left, so that the system is running for
 * its first command. Nothing that stops other units stops it, and when it ends,
 * the VM does: the host would wait for it in vain. Its commands have the limits
 * that they have without systemd, and control groups of their own to make.
 */
static const char *const kloop_service =
	"[Unit]\n"
	"Description=Runs the host's commands\n"
	"DefaultDependencies=no\n"
	"After=basic.target dbus.socket systemd-journald.service\n"
	"IgnoreOnIsolate=yes\n"
	"RefuseManualStop=yes\n"
	"SuccessAction=reboot-force\n"
	"FailureAction=reboot-force\n"
	"[Service]\n"
	"Type=idle\n"
	"ExecStart=" PROGRAM " service %llu\n"
	"StandardOutput=tty\n"
	"StandardError=tty\n"
	"Delegate=yes\n"
	"TasksMax=infinity\n"
	"LimitCORE=0:infinity\n";

/* What a boot reaches, how units are added to it, and those that may be. */
static const char *const targets[] = { "sysinit.target", "basic.target", "sockets.target", "timers.target", "paths.target", "local-fs.target", "swap.target" };
static const char *const kinds[] = { ".wants", ".requires", ".upholds" };
static const char *const wanted[] = { "dbus.socket", "systemd-journald.service", "systemd-journald.socket", "systemd-journald-dev-log.socket" };

static bool is_one_of(const char *name, const char *const *names, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(name, names[i]) == 0)
			return true;
	return false;
}

/* The units in this directory shall not be started with its target: /dev/null in their place, in a directory that goes before. */
static void mask_all(const char *from, const char *name)
{
	char path[600];
	struct dirent *one;
	DIR *units = opendir(from);
	snprintf(path, sizeof(path), UNITS "/%.255s", name);
	mkdir(path, 0755);
	while (units && (one = readdir(units))) {
		if (one->d_name[0] == '.' || is_one_of(one->d_name, wanted, sizeof(wanted) / sizeof(*wanted)))
			continue;
		snprintf(path, sizeof(path), UNITS "/%.255s/%.255s", name, one->d_name);
		(void)!symlink("/dev/null", path);
	}
	if (units)
		closedir(units);
}

static bool is_of_boot(const char *name)
{
	for (size_t i = 0; i < sizeof(targets) / sizeof(*targets); i++) {
		size_t length = strlen(targets[i]);
		if (strncmp(name, targets[i], length) == 0 && is_one_of(name + length, kinds, sizeof(kinds) / sizeof(*kinds)))
			return true;
	}
	return false;
}

/* What the host's administrator and its packages add to a boot. */
static void mask_enabled(void)
{
	static const char *const places[] = { "/etc/systemd/system", "/usr/local/lib/systemd/system", "/usr/lib/systemd/system", "/lib/systemd/system" };
	for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++) {
		struct dirent *one;
		DIR *place = opendir(places[i]);
		while (place && (one = readdir(place))) {
			char from[600];
			snprintf(from, sizeof(from), "%s/%.255s", places[i], one->d_name);
			if (is_of_boot(one->d_name))
				mask_all(from, one->d_name);
		}
		if (place)
			closedir(place);
	}
}

static bool write_bytes(const char *path, const struct bytes *bytes, mode_t mode)
{
	FILE *file = fopen(path, "w");
	bool written = file && fwrite(bytes->at, 1, bytes->size, file) == bytes->size && fchmod(fileno(file), mode) == 0;
	return file && fclose(file) == 0 && written;
}

static void write_units(uint64_t began)
{
	char text[2000];
	mkdir(UNITS, 0755);
	write_file(UNITS "/kloop.target", kloop_target, 0644);
	snprintf(text, sizeof(text), kloop_service, (unsigned long long)began);
	write_file(UNITS "/kloop.service", text, 0644);
	/* A microvm cannot be switched off, but reset; QEMU runs with -no-reboot. */
	(void)!symlink("reboot.target", UNITS "/poweroff.target");
	(void)!symlink("reboot.target", UNITS "/halt.target");
	mask_enabled();
}

void become_systemd(const struct config *config, const struct bytes *file, uint64_t began)
{
	struct bytes program, id;
	sigset_t none;
	if (root_is_read_only)
		trouble(TROUBLE_SYSTEMD, "systemd needs a root that can be written, and this kernel has no overlayfs");
	mkdir(SERVICE_DIR, 0755);
	if (!read_file("/proc/self/exe", &program) || !write_bytes(PROGRAM, &program, 0755) || !write_bytes(CONFIG, file, 0600))
		trouble(TROUBLE_SYSTEMD, "writing to " SERVICE_DIR ": %s", strerror(errno));
	write_units(began);
	/* Without one, systemd takes this for the first boot of a machine, and enables what the distribution wants enabled. */
	if (!read_file("/etc/machine-id", &id) || id.size < 32)
		put_file("/etc/machine-id", "6b6c6f6f700000000000000000000001\n", 0444);
	/* By this file systemd knows a container, in which it leaves much to whoever runs that. */
	if (!is_shared("/.dockerenv"))
		unlink("/.dockerenv");
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	char *argv[] = { config->systemd, "--unit=kloop.target", "--show-status=no", NULL };
	/* The colon: and where systemd looks by itself. */
	char *env[] = { "SYSTEMD_UNIT_PATH=" UNITS ":", "SYSTEMD_GENERATOR_PATH=" SERVICE_DIR "/none", "TERM=linux", NULL };
	execve(config->systemd, argv, env);
	trouble(TROUBLE_SYSTEMD, "starting %s: %s", config->systemd, strerror(errno));
}

bool is_service(int argc, char **argv)
{
	return argc == 3 && strcmp(argv[1], "service") == 0;
}

/* When all units have been stopped, systemd asks what still runs to end. */
static void on_end(int signal_number)
{
	(void)signal_number;
	power_off();
}

void continue_as_service(char **argv, struct config *config, uint64_t *began)
{
	struct bytes file, pattern;
	if (!read_file(CONFIG, &file) || !parse_fields(file.at, file.size, config))
		trouble(TROUBLE_CONFIG, "the configuration in " CONFIG " cannot be read");
	unlink(CONFIG);
	own_program = PROGRAM;
	signal(SIGTERM, on_end);
	*began = strtoull(argv[2], NULL, 10);
	/* systemd has taken the host's. */
	if (config->hostname)
		sethostname(config->hostname, strlen(config->hostname));
	/* It switches core dumps off until something sets this. */
	if (read_file("/proc/sys/kernel/core_pattern", &pattern) && strcmp(pattern.at, "|/bin/false\n") == 0)
		write_file("/proc/sys/kernel/core_pattern", "core", 0644);
}
