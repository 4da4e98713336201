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
#include <sys/sysmacros.h>
#include <sys/utsname.h>
#include <unistd.h>

/* By what a directory that is written through is known among the guest's mounts, and the first one's port. */
#define SHARE_SOURCE "kloop-share"
#define SHARE_PORT 3

bool root_is_read_only;
bool root_lacks_fuse;

static const struct config *synced;

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
		/* One that is built in after all, that another one has brought, or whose device is not there does no harm. */
		if (fd >= 0 && syscall(SYS_finit_module, fd, "", 0) != 0 && errno != EEXIST && errno != ENODEV)
			trouble(TROUBLE_MODULE, "loading %s: %s", modules->items[i], strerror(errno));
		if (fd >= 0)
			close(fd);
		unlink(modules->items[i]);
	}
}

/* Appends a path to overlayfs's list of layers, where a colon parts them and a comma ends an option. */
static char *add_layer(char *options, const char *path)
{
	size_t used = strlen(options);
	options = grow(options, used + 2 * strlen(path) + 8);
	char *to = options + used;
	if (options[used - 1] != '=')
		*to++ = ':';
	to = stpcpy(to, "/host");
	for (; *path; path++) {
		if (strchr(":,\\", *path))
			*to++ = '\\';
		*to++ = *path;
	}
	*to = '\0';
	return options;
}

/* One directory as it is: what the host changes in it later is seen. */
static bool bind_modules(const char *layer, const char *target)
{
	char *from = grow(NULL, strlen(layer) + 8);
	sprintf(from, "/host%s", layer);
	bool bound = mount(from, target, NULL, MS_BIND, NULL) == 0;
	free(from);
	return bound;
}

/* The modules of the kernel that runs, where the host's /lib/modules has none or others: so that modprobe works. */
static void mount_modules(const struct list *layers)
{
	struct utsname kernel;
	char target[256];
	if (layers->count == 0 || uname(&kernel) != 0)
		return;
	if (root_is_read_only)
		mount("modules", NEW_ROOT "/lib/modules", "tmpfs", MS_NOSUID | MS_NODEV, "mode=755");
	snprintf(target, sizeof(target), NEW_ROOT "/lib/modules/%s", kernel.release);
	make_dirs(target);
	if (layers->count == 1 && bind_modules(layers->items[0], target))
		return;
	/* Two layers at least, where nothing is to be written: an empty one counts. */
	mkdir("/cow/no-modules", 0755);
	char *options = strdup("lowerdir=");
	for (size_t i = 0; i < layers->count; i++)
		options = add_layer(options, layers->items[i]);
	options = grow(options, strlen(options) + 32);
	strcat(options, ":/cow/no-modules");
	if (mount("modules", target, "overlay", MS_RDONLY, options) != 0)
		fprintf(stderr, "kloop: mounting %s: %s\n", target + strlen(NEW_ROOT), strerror(errno));
	free(options);
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

/* Below a kernel without overlayfs (before 3.18) nothing is copied on write: the host's files as they are, for reading. */
static void mount_read_only(void)
{
	root_is_read_only = true;
	if (mount("/host", NEW_ROOT, NULL, MS_BIND, NULL) != 0)
		trouble(TROUBLE_ROOT_MOUNT, "mounting the host's root: %s", strerror(errno));
}

/*
 * /bin, /lib and the like are links on most hosts, and 9p asks for a link's
 * target each time: 11 of the 83 requests of a small program's start (measured,
 * ip(8) on Debian 12). So the guest has these of its own.
 */
static void copy_root_links(void)
{
	static const char *const names[] = { "bin", "sbin", "lib", "lib32", "lib64", "libx32" };
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		char from[32], to[32], target[256];
		snprintf(from, sizeof(from), "/host/%s", names[i]);
		snprintf(to, sizeof(to), UPPER_LAYER "/%s", names[i]);
		ssize_t size = readlink(from, target, sizeof(target) - 1);
		if (size <= 0)
			continue;
		target[size] = '\0';
		(void)!symlink(target, to);
	}
}

/* @param root where the host's root is */
static char *hosts_of(const struct config *config, const char *root)
{
	char path[64];
	struct bytes hosts;
	snprintf(path, sizeof(path), "%s/etc/hosts", root);
	read_file(path, &hosts);
	const char *others = config->hosts ? config->hosts : "";
	char *more = grow(hosts.at, hosts.size + strlen(config->hostname) + strlen(others) + 16);
	sprintf(more + hosts.size, "\n127.0.1.1\t%s\n%s", config->hostname, others);
	return more;
}

static void lay_files(const struct config *config)
{
	if (config->hostname) {
		char *hosts = hosts_of(config, "/host");
		lay_file(config, "/etc/hosts", hosts, 0644);
		free(hosts);
	}
	if (config->resolv)
		lay_file(config, "/etc/resolv.conf", config->resolv, 0644);
}

static void mount_overlay(const struct config *config)
{
	copy_root_links();
	lay_files(config);
	static const char *const layers = "lowerdir=/host,upperdir=" UPPER_LAYER ",workdir=/cow/work";
	/* redirect_dir (4.10) lets directories of the host be renamed; before, rename(2) of one gives EXDEV. */
	static const char *const more[] = { ",redirect_dir=on", "" };
	for (size_t i = 0; i < 2; i++) {
		char options[128];
		snprintf(options, sizeof(options), "%s%s", layers, more[i]);
		if (mount("root", NEW_ROOT, "overlay", 0, options) == 0)
			return;
	}
	int error = errno;
	if (kernel_has("overlay"))
		trouble(TROUBLE_OVERLAY_MOUNT, "mounting the copy-on-write root: %s", strerror(error));
	mount_read_only();
}

static char *in_new_root(const char *path)
{
	char *full = grow(NULL, strlen(NEW_ROOT) + strlen(path) + 1);
	strcpy(full, NEW_ROOT);
	return strcat(full, path);
}

/* Whether what is written to a file's directory reaches the host: it is below --rw-dirs. By the mounts, for the DHCP client's hooks are other processes. */
bool is_shared(const char *path)
{
	struct bytes mounts;
	struct stat st;
	char *dir = strdup(path);
	strrchr(dir, '/')[1] = '\0';
	bool known = stat(dir, &st) == 0 && read_file("/proc/self/mountinfo", &mounts);
	free(dir);
	if (!known)
		return false;
	bool shared = false;
	for (char *line = mounts.at; line && *line && !shared; line = strchr(line, '\n')) {
		unsigned int device_major, device_minor;
		line += *line == '\n';
		char *end = strchr(line, '\n'), *type = strstr(line, " - 9p ");
		if (!type || (end && type > end))
			type = strstr(line, " - fuse " SHARE_SOURCE);
		shared = sscanf(line, "%*d %*d %u:%u", &device_major, &device_minor) == 2 && makedev(device_major, device_minor) == st.st_dev && type && (!end || type < end);
	}
	free(mounts.at);
	return shared;
}

/* A file's new content: copy on write; or, where the root is read-only or the host would have it, a file of ours in its place. */
bool put_file(const char *path, const char *text, mode_t mode)
{
	int number = 0;
	char ours[64], real[4096];
	if (!root_is_read_only && !is_shared(path)) {
		/* Often a link to a file of the host's resolver in /run, which the guest has none of. */
		unlink(path);
		return write_file(path, text, mode);
	}
	do
		snprintf(ours, sizeof(ours), "/run/kloop-file-%d", number++);
	while (exists(ours));
	if (!write_file(ours, text, mode))
		return false;
	if (mount(ours, path, NULL, MS_BIND, NULL) == 0)
		return true;
	/* Where the link leads to what is not there, it can be made there, if that is in memory. */
	ssize_t size = readlink(path, real, sizeof(real) - 1);
	if (size <= 0)
		return false;
	real[size] = '\0';
	const char *at = real;
	while (strncmp(at, "../", 3) == 0)
		at += 3;
	char *full = grow(NULL, strlen(at) + 2);
	sprintf(full, "%s%s", *at == '/' ? "" : "/", at);
	char *slash = strrchr(full, '/');
	*slash = '\0';
	make_dirs(full);
	*slash = '/';
	bool put = write_file(full, text, mode);
	free(full);
	return put;
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
	mkdir(NEW_ROOT "/dev/mqueue", 01777);
	if (mount("mqueue", NEW_ROOT "/dev/mqueue", "mqueue", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) != 0)
		rmdir(NEW_ROOT "/dev/mqueue");
	(void)!symlink("/proc/self/fd", NEW_ROOT "/dev/fd");
	(void)!symlink("/proc/self/fd/0", NEW_ROOT "/dev/stdin");
	(void)!symlink("/proc/self/fd/1", NEW_ROOT "/dev/stdout");
	(void)!symlink("/proc/self/fd/2", NEW_ROOT "/dev/stderr");
	if (!exists(NEW_ROOT "/dev/ptmx"))
		(void)!symlink("pts/ptmx", NEW_ROOT "/dev/ptmx");
}

/*
 * Devices whose opening loads their module: /dev/loop-control, /dev/net/tun. On a
 * system udev makes them of depmod's list, lines like "tun net/tun c10:200".
 */
static void make_module_devices(void)
{
	struct utsname kernel;
	struct bytes list;
	char path[320];
	if (uname(&kernel) != 0)
		return;
	snprintf(path, sizeof(path), NEW_ROOT "/lib/modules/%s/modules.devname", kernel.release);
	if (!read_file(path, &list))
		return;
	for (char *line = list.at; line && *line; line = strchr(line, '\n')) {
		char name[128], type;
		unsigned int device_major, device_minor;
		line += *line == '\n';
		if (*line == '#' || sscanf(line, "%*s %127s %c%u:%u", name, &type, &device_major, &device_minor) != 4)
			continue;
		snprintf(path, sizeof(path), NEW_ROOT "/dev/%s", name);
		*strrchr(path, '/') = '\0';
		make_dirs(path);
		path[strlen(path)] = '/';
		(void)mknod(path, (type == 'b' ? S_IFBLK : S_IFCHR) | 0600, makedev(device_major, device_minor));
	}
	free(list.at);
}

/* Files and directories below /tmp and the like that must stay visible, held open while tmpfs covers them. */
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

/* A file is mounted elsewhere, and linked to: what is mounted on could be neither removed nor replaced. */
static void bind_file(const char *from, const char *to)
{
	static int number;
	char ours[64];
	snprintf(ours, sizeof(ours), NEW_ROOT "/run/kloop-named-%d", number++);
	if (write_file(ours, "", 0600) && mount(from, ours, NULL, MS_BIND, NULL) == 0)
		(void)!symlink(ours + strlen(NEW_ROOT), to);
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
		} else {
			bind_file(from, full);
		}
		close(fds[i]);
		free(full);
	}
	free(fds);
}

static void copy_text(char *to, size_t room, const char *from, size_t length)
{
	size_t size = length < room ? length : room - 1;
	memcpy(to, from, size);
	to[size] = '\0';
}

/*
 * What programs write to where the root is read-only: empty places in memory.
 * The command's own directories below them stay what they are.
 */
static void mount_writable_places(const struct config *config)
{
	char home[256] = "", program[256] = "";
	struct list visible = { 0 };
	const struct command *command = &config->command;
	for (size_t i = 0; i < command->env.count; i++)
		if (strncmp(command->env.items[i], "HOME=/", 6) == 0)
			copy_text(home, sizeof(home), command->env.items[i] + 5, strlen(command->env.items[i]) - 5);
	if (command->argv.count > 0 && strrchr(command->argv.items[0], '/'))
		copy_text(program, sizeof(program), command->argv.items[0], (size_t)(strrchr(command->argv.items[0], '/') - command->argv.items[0]));
	size_t length = strlen(home);
	const char *const own[] = { command->cwd, program };
	for (size_t i = 0; length > 1 && i < 2; i++)
		if (own[i] && strncmp(own[i], home, length) == 0 && own[i][length] == '/')
			list_add(&visible, strdup(own[i]));
	int *held = hold(&visible);
	mount("tmp", NEW_ROOT "/var/tmp", "tmpfs", MS_NOSUID | MS_NODEV, "mode=1777");
	mount("log", NEW_ROOT "/var/log", "tmpfs", MS_NOSUID | MS_NODEV, "mode=755");
	if (length > 1) {
		char *full = in_new_root(home);
		mount("home", full, "tmpfs", MS_NOSUID | MS_NODEV, "mode=700");
		free(full);
	}
	bind_held(&visible, held);
}

static int mount_share(const char *tag, const char *target, unsigned long flags, const struct config *config)
{
	char options[256];
	snprintf(options, sizeof(options), "%s%s", config->root_options, fresh_options(flags & MS_RDONLY));
	return mount(tag, target, "9p", flags, options);
}

static void mount_rw_dirs(const struct config *config, bool has_fuse)
{
	/* The devices are at their new place by now. */
	bool need_dev = config->rw_by_fuse && mount(NEW_ROOT "/dev", "/dev", NULL, MS_BIND, NULL) == 0;
	for (size_t i = 0; i < config->rw_dirs.count; i++) {
		const char *tag = config->rw_dirs.items[i];
		char *full = in_new_root(tag + strlen(tag) + 1);
		make_dirs(full);
		bool mounted = config->rw_by_fuse ? mount_written(SHARE_SOURCE, full, SHARE_PORT + (unsigned)i) : mount_share(tag, full, 0, config) == 0;
		if (!mounted && config->rw_by_fuse && !has_fuse)
			trouble(TROUBLE_RW_DIR, "mounting %s: this kernel has no FUSE (CONFIG_FUSE_FS), by which it was to come: VM_FILES=9p", full + strlen(NEW_ROOT));
		if (!mounted)
			trouble(TROUBLE_RW_DIR, "mounting %s: %s", full + strlen(NEW_ROOT), strerror(errno));
		free(full);
	}
	if (need_dev)
		umount2("/dev", MNT_DETACH);
}

static void clear_dirs(const struct config *config)
{
	for (size_t i = 0; i < config->clear_dirs.count; i++) {
		char *full = in_new_root(config->clear_dirs.items[i]);
		make_dirs(full);
		mount("clear", full, "tmpfs", 0, "mode=755");
		free(full);
	}
}

void enter_root(const struct config *config)
{
	/* The kernel starts init with 022: /run/lock would not be everybody's. */
	umask(0);
	mkdir("/host", 0755);
	mkdir("/cow", 0755);
	mkdir(NEW_ROOT, 0755);
	bool has_fuse = kernel_has("fuse");
	root_by_fuse = config->files && mount_files("/host");
	root_lacks_fuse = config->files && !root_by_fuse;
	if (!root_by_fuse && mount_share("rootfs", "/host", MS_RDONLY, config) != 0) {
		int error = errno;
		if (!kernel_has("9p"))
			trouble(TROUBLE_NO_9P, "this kernel has no 9p file system");
		trouble(TROUBLE_ROOT_MOUNT, "mounting the host's root by 9p: %s", strerror(error));
	}
	mount("cow", "/cow", "tmpfs", 0, "mode=755");
	mkdir(UPPER_LAYER, 0755);
	mkdir("/cow/work", 0755);
	mount_overlay(config);
	mount_modules(&config->module_layers);

	int *held = hold(&config->visible);
	mount("/proc", NEW_ROOT "/proc", NULL, MS_MOVE, NULL);
	/* /proc/self/fd, for bind_held: ours is at its new place now. */
	(void)!symlink(NEW_ROOT "/proc/self", "/proc/self");
	mount("/sys", NEW_ROOT "/sys", NULL, MS_MOVE, NULL);
	mount("/dev", NEW_ROOT "/dev", NULL, MS_MOVE, NULL);
	mount_kernel_views();
	fill_dev();
	make_module_devices();
	mount("run", NEW_ROOT "/run", "tmpfs", MS_NOSUID | MS_NODEV, "mode=755");
	mkdir(NEW_ROOT "/run/lock", 01777);
	mkdir(NEW_ROOT "/run/shm", 01777);
	mkdir(NEW_ROOT "/run/user", 0755);
	mkdir(NEW_ROOT "/run/user/0", 0700);
	mount("tmp", NEW_ROOT "/tmp", "tmpfs", MS_NOSUID | MS_NODEV, "mode=1777");
	bind_held(&config->visible, held);
	if (root_is_read_only)
		mount_writable_places(config);
	mount_rw_dirs(config, has_fuse);
	clear_dirs(config);

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

/* An overlay that there is. */
static bool has_laid(const char *path)
{
	return !root_is_read_only && is_laid(path);
}

/* What is set inside the new root: names, sudo. */
void settle_root(const struct config *config)
{
	umask(022);
	if (config->hostname) {
		sethostname(config->hostname, strlen(config->hostname));
		if (!has_laid("/etc/hosts")) {
			char *hosts = hosts_of(config, "");
			put_file("/etc/hosts", hosts, 0644);
			free(hosts);
		}
	}
	/* A new empty file takes the old one's place. */
	for (size_t i = 0; i < config->clear_files.count; i++)
		put_file(config->clear_files.items[i], "", 0644);
	if (config->resolv && !has_laid("/etc/resolv.conf"))
		put_file("/etc/resolv.conf", config->resolv, 0644);
	if (config->allow_sudo) {
		put_file("/etc/sudoers", "root ALL=(ALL:ALL) NOPASSWD: ALL\nALL ALL=(ALL:ALL) NOPASSWD: ALL\n", 0440);
	}
}

/* The disks' variables. */
void find_disks(struct config *config)
{
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

void will_sync_shares(const struct config *config)
{
	synced = config;
}

/* What the guest wrote to shared directories and disks reaches the host before the host ends the VM. */
void sync_shares(void)
{
	for (size_t i = 0; synced && i < synced->rw_dirs.count; i++) {
		const char *tag = synced->rw_dirs.items[i];
		int fd = open(tag + strlen(tag) + 1, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (fd >= 0) {
			syncfs(fd);
			close(fd);
		}
	}
	if (synced && synced->disks.count > 0)
		sync();
}
