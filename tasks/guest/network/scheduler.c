/* Multipath TCP's scheduler: one that the kernel has, by its name, or a BPF program, by its file. */
#include "nics.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* Out of tree there is one for all; upstream each namespace has its own (6.6), and lists them (6.10). */
#define OF_ALL "/proc/sys/net/mptcp/mptcp_scheduler"
#define OF_NAMESPACE "/proc/sys/net/mptcp/scheduler"
#define ALL_LISTED "/proc/sys/net/mptcp/mptcp_available_schedulers"
#define LISTED "/proc/sys/net/mptcp/available_schedulers"

bool scheduler_is_of_all(void)
{
	return exists(OF_ALL);
}

/* Whether this kernel takes BPF programs as schedulers: struct_ops, by its own description of its types. */
static bool takes_bpf(void)
{
	static const char type[] = "bpf_struct_ops_mptcp_sched_ops";
	struct bytes types;
	if (!read_file("/sys/kernel/btf/vmlinux", &types))
		return false;
	bool takes = memmem(types.at, types.size, type, sizeof(type));
	free(types.at);
	return takes;
}

static const char needs_bpf[] = "A scheduler that is a BPF program takes a kernel of mptcp-next's tree (struct_ops mptcp_sched_ops) with type information: KERNEL_SOURCES=mptcp-next KERNEL_FRAGMENTS=btf";

/* What it prints is kept, as far as there is room. */
static bool run_bpftool(const char *file, char *said, size_t size)
{
	int ends[2], status;
	if (pipe(ends) != 0)
		return false;
	pid_t pid = fork();
	if (pid == 0) {
		dup2(ends[1], STDOUT_FILENO);
		dup2(ends[1], STDERR_FILENO);
		setenv("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", 1);
		execlp("bpftool", "bpftool", "struct_ops", "register", file, NULL);
		dprintf(STDERR_FILENO, "%s (package bpftool, or bpf)\n", strerror(errno));
		_exit(127);
	}
	close(ends[1]);
	size_t length = 0;
	ssize_t got;
	char rest[256];
	while ((got = length + 1 < size ? read(ends[0], said + length, size - 1 - length) : read(ends[0], rest, sizeof(rest))) > 0 || (got < 0 && errno == EINTR))
		if (got > 0 && length + 1 < size)
			length += (size_t)got;
	said[length] = '\0';
	said[strcspn(said, "\n")] = '\0';
	close(ends[0]);
	return pid > 0 && waitpid(pid, &status, 0) == pid && status == 0;
}

static bool has_word(const char *list, const char *word)
{
	size_t length = strlen(word);
	for (const char *at = list; (at = strstr(at, word)); at += length)
		if ((at == list || at[-1] == ' ') && strchr(" \n", at[length]))
			return true;
	return false;
}

/* Its name is the one that the kernel lists besides those before. */
static bool load(const char *file, char *name, size_t name_size, char *why, size_t size)
{
	struct bytes before, after;
	char said[512];
	if (!takes_bpf() || !read_file(LISTED, &before)) {
		snprintf(why, size, "this kernel takes no BPF program as Multipath TCP's scheduler. %s", needs_bpf);
		return false;
	}
	if (!run_bpftool(file, said, sizeof(said))) {
		snprintf(why, size, "bpftool struct_ops register %s: %s", file, said);
		return false;
	}
	if (!read_file(LISTED, &after))
		return false;
	for (const char *word = strtok(after.at, " \n"); word; word = strtok(NULL, " \n"))
		if (!has_word(before.at, word)) {
			snprintf(name, name_size, "%s", word);
			return true;
		}
	snprintf(why, size, "%s has no scheduler of Multipath TCP: bpftool said %s", file, said);
	return false;
}

bool scheduler_choose(const char *wanted, char *why, size_t size)
{
	bool of_all = scheduler_is_of_all();
	const char *setting = of_all ? OF_ALL : OF_NAMESPACE;
	char name[64];
	struct bytes known;
	snprintf(name, sizeof(name), "%s", wanted);
	if (*wanted == '/' && !load(wanted, name, sizeof(name), why, size))
		return false;
	if (write_file(setting, name, 0644))
		return true;
	bool told = read_file(of_all ? ALL_LISTED : LISTED, &known);
	if (told)
		known.at[strcspn(known.at, "\n")] = '\0';
	snprintf(why, size, "this kernel has no scheduler of Multipath TCP called %s%s%s%s%s", name,
		told ? ": it has " : exists(setting) ? "" : ", nor any choice of them: upstream has that from Linux 6.6 on", told ? known.at : "",
		of_all ? "" : ". ", of_all ? "" : takes_bpf() ? "One that is a BPF program is given by its file: --scheduler FILE.bpf.o" : needs_bpf);
	return false;
}
