/*
 * This program as a command in the guest: modules that run are exchanged for what
 * the host has built of them since. It goes by the kernel's own interface, not by
 * kmod's programs, of which each takes an emulated guest 0.1 s to start.
 *
 * A line for each module that was loaded again, with the parameters that the
 * kernel shows of it, or one that says why not, goes to stdout. tasks/watch/swap.ts has the same statuses, and a test compares them.
 */
#include "guest.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

enum swap_status {
	SWAP_DONE = 0,
	SWAP_REFUSED = 10, /* this kernel cannot exchange them; one that has just been booted has nothing in the way */
	SWAP_LEFT = 11,    /* the new one's own code has failed */
};

/* What is still closing (a socket in FIN_WAIT) may hold a module for so long. */
#define CLOSING_MS 300

#define MODULES 64
#define NAME 64

struct module {
	char name[NAME];
	char *parameters;
	bool gone;
};

static struct module affected[MODULES];
static size_t affected_count;
static char modules_dir[256];
static struct bytes listed;

static bool is_loaded(const char *name)
{
	char path[128];
	/* What is built in has a directory, too, and no state. */
	snprintf(path, sizeof(path), "/sys/module/%.63s/initstate", name);
	return exists(path);
}

static struct module *find_affected(const char *name)
{
	for (size_t i = 0; i < affected_count; i++)
		if (strcmp(affected[i].name, name) == 0)
			return &affected[i];
	return NULL;
}

/* Calls for each name in a directory below /sys/module/NAME. */
static void each_in(const char *name, const char *dir, void (*call)(const char *name, const char *found))
{
	char path[160];
	struct dirent *one;
	snprintf(path, sizeof(path), "/sys/module/%.63s/%s", name, dir);
	DIR *names = opendir(path);
	while (names && (one = readdir(names)))
		if (one->d_name[0] != '.')
			call(name, one->d_name);
	if (names)
		closedir(names);
}

static void add(const char *name);

static void add_holder(const char *name, const char *holder)
{
	(void)name;
	add(holder);
}

/* With all that use it: they have its symbols. */
static void add(const char *name)
{
	if (find_affected(name) || affected_count == MODULES)
		return;
	struct module *module = &affected[affected_count++];
	snprintf(module->name, sizeof(module->name), "%s", name);
	each_in(name, "holders", add_holder);
}

static int holders;
static void count_holder(const char *name, const char *holder)
{
	(void)name;
	struct module *module = find_affected(holder);
	holders += module && !module->gone;
}

static int holders_of(const char *name)
{
	holders = 0;
	each_in(name, "holders", count_holder);
	return holders;
}

/* How often it is used by others than those that go with it; -1: it cannot be unloaded at all. */
static int uses_of(const char *name)
{
	char path[128];
	struct bytes text;
	snprintf(path, sizeof(path), "/sys/module/%.63s/refcnt", name);
	if (!read_file(path, &text))
		return -1;
	int count = atoi(text.at);
	free(text.at);
	return count < 0 ? -1 : count - holders_of(name);
}

/* It has no exit function, or one that the kernel was told not to call. */
static bool is_permanent(const char *name)
{
	struct bytes text;
	size_t length = strlen(name);
	bool permanent = false;
	if (!read_file("/proc/modules", &text))
		return false;
	for (char *line = text.at; line && *line; line = strchr(line, '\n')) {
		line += *line == '\n';
		char *end = strchr(line, '\n'), *word = strstr(line, "[permanent]");
		permanent |= strncmp(line, name, length) == 0 && line[length] == ' ' && word && (!end || word < end);
	}
	free(text.at);
	return permanent;
}

static void add_parameter(const char *name, const char *parameter)
{
	char path[192];
	struct bytes text;
	struct module *module = find_affected(name);
	snprintf(path, sizeof(path), "/sys/module/%.63s/parameters/%.63s", name, parameter);
	if (!module || !read_file(path, &text))
		return;
	text.at[strcspn(text.at, "\n")] = '\0';
	/* A text that was never set. */
	if (*text.at && strcmp(text.at, "(null)") != 0 && !strchr(text.at, '"')) {
		size_t used = module->parameters ? strlen(module->parameters) : 0;
		module->parameters = grow(module->parameters, used + strlen(parameter) + strlen(text.at) + 8);
		sprintf(module->parameters + used, "%s%s=\"%s\"", used > 0 ? " " : "", parameter, text.at);
	}
	free(text.at);
}

/* Whether a path's last part is this module's. */
static bool is_path_of(const char *path, size_t length, const char *name)
{
	const char *last = memrchr(path, '/', length);
	size_t start = last ? (size_t)(last + 1 - path) : 0, i = 0;
	for (; name[i] && start + i < length; i++)
		if (path[start + i] != name[i] && !(path[start + i] == '-' && name[i] == '_'))
			return false;
	return !name[i] && length - start - i >= 3 && strncmp(path + start + i, ".ko", 3) == 0;
}

/* Its line in modules.dep. */
static char *line_of(const char *name)
{
	for (char *line = listed.at; line && *line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (is_path_of(line, strcspn(line, ":\n"), name))
			return line;
	}
	return NULL;
}

static int load_path(const char *path, size_t length, const char *parameters)
{
	char full[4096];
	snprintf(full, sizeof(full), "%s%s%.*s", *path == '/' ? "" : modules_dir, *path == '/' ? "" : "/", (int)length, path);
	int fd = open(full, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	int loaded = (int)syscall(SYS_finit_module, fd, parameters, 0);
	int error = errno;
	close(fd);
	errno = error;
	return loaded;
}

/* With what it needs and the kernel does not have; the last one that is listed comes first. */
static bool load(const char *name, const char *parameters)
{
	char *line = line_of(name);
	if (!line) {
		errno = ENOENT;
		return false;
	}
	size_t length = strcspn(line, ":\n"), end = strcspn(line, "\n");
	while (end > length + 1) {
		size_t start = end;
		while (start > length + 1 && line[start - 1] != ' ')
			start--;
		if (start < end && load_path(line + start, end - start, "") != 0 && errno != EEXIST)
			return false;
		end = start > length + 1 ? start - 1 : start;
	}
	return load_path(line, length, parameters) == 0;
}

static int refuse(const char *name, const char *why)
{
	printf("module %s %s\n", name, why);
	return SWAP_REFUSED;
}

static void wait_a_little(void)
{
	const struct timespec tick = { .tv_nsec = 10 * 1000 * 1000 };
	nanosleep(&tick, NULL);
}

/* Why not all can be unloaded, as far as that can be told beforehand. */
static int look(void)
{
	uint64_t until = now_us() + CLOSING_MS * 1000;
	for (size_t i = 0; i < affected_count; i++) {
		const char *name = affected[i].name;
		int uses;
		while ((uses = uses_of(name)) > 0 && now_us() < until)
			wait_a_little();
		if (uses < 0)
			return refuse(name, "cannot be unloaded: CONFIG_MODULE_UNLOAD is off");
		if (uses > 0)
			return refuse(name, "is in use");
		if (is_permanent(name))
			return refuse(name, "cannot be unloaded: it has no exit function");
	}
	return SWAP_DONE;
}

/* In the order of their going. */
static size_t gone[MODULES], gone_count;

static int unload_all(void)
{
	while (gone_count < affected_count) {
		size_t before = gone_count;
		for (size_t i = 0; i < affected_count; i++) {
			struct module *module = &affected[i];
			if (module->gone || holders_of(module->name) > 0)
				continue;
			if (syscall(SYS_delete_module, module->name, O_NONBLOCK) != 0) {
				/* Something began to use it after look(): those that are gone already come back with the next boot. */
				return refuse(module->name, errno == EWOULDBLOCK || errno == EBUSY ? "is in use" : "cannot be unloaded");
			}
			module->gone = true;
			gone[gone_count++] = i;
		}
		if (gone_count == before)
			return SWAP_LEFT;
	}
	return SWAP_DONE;
}

/*
 * Unloading waits several times for all that read by RCU to have done so, 10 ms and
 * more each time: expedited, that is soon over. (kernel/ksysfs.c; a kernel for one
 * processor alone has no such file.)
 */
static int unload_quickly(void)
{
	static const char expedited[] = "/sys/kernel/rcu_expedited";
	struct bytes before;
	bool usual = read_file(expedited, &before);
	if (usual) {
		usual = before.at[0] == '0' && write_file(expedited, "1", 0600);
		free(before.at);
	}
	int status = unload_all();
	if (usual)
		write_file(expedited, "0", 0600);
	return status;
}

static int not_loaded(int log, const char *name, int error)
{
	const char *why = why_unfit(log, name);
	bool rejected = error == EKEYREJECTED || error == ENOKEY;
	if (!why && !rejected) {
		printf("%s could not be loaded: %s\n", name, strerror(error));
		return SWAP_LEFT;
	}
	printf("module %s does not fit into this kernel: %s\n", name, why ? why : "it is not signed with a key that the kernel has");
	return SWAP_REFUSED;
}

static void print_parameter(const char *name, const char *parameter)
{
	(void)name;
	printf(" %s", parameter);
}

int swap_modules(int count, char **names)
{
	struct utsname kernel;
	char path[320];
	uname(&kernel);
	snprintf(modules_dir, sizeof(modules_dir), "/lib/modules/%s", kernel.release);
	snprintf(path, sizeof(path), "%s/modules.dep", modules_dir);
	if (!read_file(path, &listed)) {
		printf("%s cannot be read\n", path);
		return SWAP_REFUSED;
	}
	for (int i = 0; i < count; i++)
		if (is_loaded(names[i]))
			add(names[i]);
	if (affected_count == MODULES)
		return refuse(names[0], "is used by too many modules");
	if (affected_count > 0 && has_crashed()) {
		printf("the kernel has crashed before\n");
		return SWAP_REFUSED;
	}
	int status = look();
	if (status != SWAP_DONE)
		return status;
	for (size_t i = 0; i < affected_count; i++)
		each_in(affected[i].name, "parameters", add_parameter);
	status = unload_quickly();
	if (status != SWAP_DONE)
		return status;
	int log = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	lseek(log, 0, SEEK_END);
	while (gone_count > 0) {
		struct module *module = &affected[gone[--gone_count]];
		if (!load(module->name, module->parameters ? module->parameters : ""))
			return not_loaded(log, module->name, errno);
	}
	for (size_t i = 0; i < affected_count; i++) {
		printf("%s", affected[i].name);
		each_in(affected[i].name, "parameters", print_parameter);
		printf("\n");
	}
	return SWAP_DONE;
}
