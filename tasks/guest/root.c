/* The guest's file systems: the host's root below, tmpfs above it, and what a Linux userland expects on top. */
#include "guest.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define NEW_ROOT "/new"

static struct list shares;
static bool has_disks;

void mount_early(void)
{
	mkdir("/proc", 0755);
	mkdir("/sys", 0755);
	mkdir("/dev", 0755);
	mount("proc", "/proc", "proc", MS_NOSUID | MS_NOEXEC | MS_NODEV, NULL);
	mount("sysfs", "/sys", "sysfs", MS_NOSUID | MS_NOEXEC | MS_NODEV, NULL);
	if (mount("devtmpfs", "/dev", "devtmpfs", MS_NOSUID, "mode=755") != 0)
		mount("tmpfs", "/dev", "tmpfs", MS_NOSUID, "mode=755");
}

void load_modules(const struct list *modules)
{
	for (size_t i = 0; i < modules->count; i++) {
		int fd = open(modules->items[i], O_RDONLY | O_CLOEXEC);
		/* One that is built in after all, or that another one has brought, does no harm. */
		if (fd >= 0 && syscall(SYS_finit_module, fd, "", 0) != 0 && errno != EEXIST)
			fprintf(stderr, "kloop: loading %s: %s\n", modules->items[i], strerror(errno));
		if (fd >= 0)
			close(fd);
		unlink(modules->items[i]);
	}
}

static bool kernel_has(const char *filesystem)
{
	struct bytes known;
	char line[64];
	if (!read_file("/proc/filesystems", &known))
		return true;
	snprintf(line, sizeof(line), "\t%s\n", filesystem);
	bool has = strstr(known.at, line) != NULL;
	free(known.at);
	return has;
}

static void mount_overlay(void)
{
	static const char *const layers = "lowerdir=/host,upperdir=/cow/upper,workdir=/cow/work";
	/* redirect_dir (4.10) lets directories of the host be renamed; before, rename(2) of one gives EXDEV. */
	static const char *const more[] = { ",redirect_dir=on", "" };
	for (size_t i = 0; i < 2; i++) {
		char options[128];
		snprintf(options, sizeof(options), "%s%s", layers, more[i]);
		if (mount("root", NEW_ROOT, "overlay", 0, options) == 0)
			return;
	}
	int error = errno;
	if (!kernel_has("overlay"))
		trouble(TROUBLE_NO_OVERLAY, "this kernel has no overlayfs");
	trouble(TROUBLE_OVERLAY_MOUNT, "mounting the copy-on-write root: %s", strerror(error));
}

static char *in_new_root(const char *path)
{
	char *full = grow(NULL, strlen(NEW_ROOT) + strlen(path) + 1);
	strcpy(full, NEW_ROOT);
	return strcat(full, path);
}

/* What follows is of no use in every kernel: a failure to mount one means that it is configured out. */
static void mount_kernel_views(void)
{
	mount("cgroup2", NEW_ROOT "/sys/fs/cgroup", "cgroup2", MS_NOSUID | MS_NOEXEC | MS_NODEV, NULL);
	mount("bpf", NEW_ROOT "/sys/fs/bpf", "bpf", MS_NOSUID | MS_NOEXEC | MS_NODEV, "mode=700");
	mount("debugfs", NEW_ROOT "/sys/kernel/debug", "debugfs", MS_NOSUID | MS_NOEXEC | MS_NODEV, NULL);
	mount("tracefs", NEW_ROOT "/sys/kernel/tracing", "tracefs", MS_NOSUID | MS_NOEXEC | MS_NODEV, NULL);
	mount("securityfs", NEW_ROOT "/sys/kernel/security", "securityfs", MS_NOSUID | MS_NOEXEC | MS_NODEV, NULL);
	mount("configfs", NEW_ROOT "/sys/kernel/config", "configfs", MS_NOSUID | MS_NOEXEC | MS_NODEV, NULL);
}

static void fill_dev(void)
{
	mkdir(NEW_ROOT "/dev/pts", 0755);
	mount("devpts", NEW_ROOT "/dev/pts", "devpts", MS_NOSUID | MS_NOEXEC, "gid=5,mode=620,ptmxmode=666");
	mkdir(NEW_ROOT "/dev/shm", 01777);
	mount("shm", NEW_ROOT "/dev/shm", "tmpfs", MS_NOSUID | MS_NODEV, "mode=1777");
	(void)!symlink("/proc/self/fd", NEW_ROOT "/dev/fd");
	(void)!symlink("/proc/self/fd/0", NEW_ROOT "/dev/stdin");
	(void)!symlink("/proc/self/fd/1", NEW_ROOT "/dev/stdout");
	(void)!symlink("/proc/self/fd/2", NEW_ROOT "/dev/stderr");
	if (!exists(NEW_ROOT "/dev/ptmx"))
		(void)!symlink("pts/ptmx", NEW_ROOT "/dev/ptmx");
}

/* Directories below /tmp and the like that must stay visible, held open while tmpfs covers them. */
static int *hold(const struct list *paths)
{
	int *fds = grow(NULL, (paths->count + 1) * sizeof(int));
	for (size_t i = 0; i < paths->count; i++) {
		char *full = in_new_root(paths->items[i]);
		fds[i] = open(full, O_PATH | O_CLOEXEC);
		free(full);
	}
	return fds;
}

static void bind_held(const struct list *paths, int *fds)
{
	for (size_t i = 0; i < paths->count; i++) {
		char from[40];
		struct stat st;
		if (fds[i] < 0)
			continue;
		char *full = in_new_root(paths->items[i]);
		snprintf(from, sizeof(from), "/proc/self/fd/%d", fds[i]);
		if (fstat(fds[i], &st) == 0 && S_ISDIR(st.st_mode)) {
			make_dirs(full);
			mount(from, full, NULL, MS_BIND, NULL);
		}
		close(fds[i]);
		free(full);
	}
	free(fds);
}

static void mount_rw_dirs(const struct config *config)
{
	for (size_t i = 0; i < config->rw_dirs.count; i++) {
		const char *tag = config->rw_dirs.items[i];
		char *full = in_new_root(tag + strlen(tag) + 1);
		make_dirs(full);
		if (mount(tag, full, "9p", 0, config->root_options) != 0)
			trouble(TROUBLE_RW_DIR, "mounting %s: %s", full + strlen(NEW_ROOT), strerror(errno));
		list_add(&shares, strdup(full + strlen(NEW_ROOT)));
		free(full);
	}
}

static void clear_paths(const struct config *config)
{
	for (size_t i = 0; i < config->clear_dirs.count; i++) {
		char *full = in_new_root(config->clear_dirs.items[i]);
		make_dirs(full);
		mount("clear", full, "tmpfs", 0, "mode=755");
		free(full);
	}
	for (size_t i = 0; i < config->clear_files.count; i++) {
		char *full = in_new_root(config->clear_files.items[i]);
		/* Copy on write: a new empty file takes the old one's place. */
		unlink(full);
		write_file(full, "", 0644);
		free(full);
	}
}

void enter_root(const struct config *config)
{
	mkdir("/host", 0755);
	mkdir("/cow", 0755);
	mkdir(NEW_ROOT, 0755);
	if (mount("rootfs", "/host", "9p", MS_RDONLY, config->root_options) != 0) {
		int error = errno;
		if (!kernel_has("9p"))
			trouble(TROUBLE_NO_9P, "this kernel has no 9p file system");
		trouble(TROUBLE_ROOT_MOUNT, "mounting the host's root by 9p: %s", strerror(error));
	}
	mount("cow", "/cow", "tmpfs", 0, "mode=755");
	mkdir("/cow/upper", 0755);
	mkdir("/cow/work", 0755);
	mount_overlay();

	int *held = hold(&config->visible);
	mount("/proc", NEW_ROOT "/proc", NULL, MS_MOVE, NULL);
	/* /proc/self/fd, for bind_held: ours is at its new place now. */
	(void)!symlink(NEW_ROOT "/proc/self", "/proc/self");
	mount("/sys", NEW_ROOT "/sys", NULL, MS_MOVE, NULL);
	mount("/dev", NEW_ROOT "/dev", NULL, MS_MOVE, NULL);
	mount_kernel_views();
	fill_dev();
	mount("run", NEW_ROOT "/run", "tmpfs", MS_NOSUID | MS_NODEV, "mode=755");
	mkdir(NEW_ROOT "/run/lock", 01777);
	mkdir(NEW_ROOT "/run/shm", 01777);
	mkdir(NEW_ROOT "/run/user", 0755);
	mkdir(NEW_ROOT "/run/user/0", 0700);
	mount("tmp", NEW_ROOT "/tmp", "tmpfs", MS_NOSUID | MS_NODEV, "mode=1777");
	bind_held(&config->visible, held);
	mount_rw_dirs(config);
	clear_paths(config);

	if (chdir(NEW_ROOT) != 0 || mount(".", "/", NULL, MS_MOVE, NULL) != 0 || chroot(".") != 0 || chdir("/") != 0)
		trouble(TROUBLE_OTHER, "entering the new root: %s", strerror(errno));
}

static char *disk_with_serial(const char *serial)
{
	for (char letter = 'a'; letter <= 'z'; letter++) {
		char path[64];
		struct bytes found;
		snprintf(path, sizeof(path), "/sys/block/vd%c/serial", letter);
		if (!read_file(path, &found))
			continue;
		bool same = strcmp(found.at, serial) == 0;
		free(found.at);
		if (same) {
			snprintf(path, sizeof(path), "/dev/vd%c", letter);
			return strdup(path);
		}
	}
	return NULL;
}

/* What is set inside the new root: names, sudo, the disks' variables. */
void settle_root(struct config *config)
{
	umask(022);
	has_disks = config->disks.count > 0;
	if (config->hostname) {
		sethostname(config->hostname, strlen(config->hostname));
		FILE *hosts = fopen("/etc/hosts", "ae");
		if (hosts) {
			fprintf(hosts, "\n127.0.1.1\t%s\n", config->hostname);
			fclose(hosts);
		}
	}
	if (config->resolv) {
		/* Often a link to a file of the host's resolver in /run, which the guest has none of. */
		unlink("/etc/resolv.conf");
		write_file("/etc/resolv.conf", config->resolv, 0644);
	}
	if (config->allow_sudo) {
		unlink("/etc/sudoers");
		write_file("/etc/sudoers", "root ALL=(ALL:ALL) NOPASSWD: ALL\nALL ALL=(ALL:ALL) NOPASSWD: ALL\n", 0440);
	}
	for (size_t i = 0; i < config->disks.count; i++) {
		const char *name = config->disks.items[i];
		char *device = disk_with_serial(name + strlen(name) + 1);
		if (!device)
			trouble(TROUBLE_DISK, "no disk with the serial %s", name + strlen(name) + 1);
		static const char *const prefixes[] = { "KLOOP_", "VIDO_" };
		for (size_t p = 0; p < 2; p++) {
			char *entry = grow(NULL, 64);
			snprintf(entry, 64, "%s%s=%s", prefixes[p], name, device);
			list_add(&config->command.env, entry);
		}
		free(device);
	}
}

/* What the guest wrote to shared directories and disks reaches the host before the host ends the VM. */
void sync_shares(void)
{
	for (size_t i = 0; i < shares.count; i++) {
		int fd = open(shares.items[i], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (fd >= 0) {
			syncfs(fd);
			close(fd);
		}
	}
	if (has_disks)
		sync();
}

/*
 * overlayfs remembers that a name was missing below, and does not ask again: a
 * file that the host has made since would not be seen (measured, 6.1; changed
 * and replaced files are). So names are forgotten where a person, or the host,
 * begins something new. The 4 keeps the kernel from logging each time.
 */
void forget_names(void)
{
	static bool quiet;
	if (!quiet)
		write_file("/proc/sys/vm/drop_caches", "4", 0);
	quiet = true;
	write_file("/proc/sys/vm/drop_caches", "2", 0);
}
