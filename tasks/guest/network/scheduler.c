/* Multipath TCP's scheduler. */
#include "nics.h"

#include <stdio.h>
#include <string.h>

/* Out of tree there is one for all; upstream each namespace has its own (6.6), and lists them (6.10). */
#define OF_ALL "/proc/sys/net/mptcp/mptcp_scheduler"
#define OF_NAMESPACE "/proc/sys/net/mptcp/scheduler"
#define ALL_LISTED "/proc/sys/net/mptcp/mptcp_available_schedulers"
#define LISTED "/proc/sys/net/mptcp/available_schedulers"

bool scheduler_is_of_all(void)
{
	return exists(OF_ALL);
}

bool scheduler_choose(const char *wanted, char *why, size_t size)
{
	bool of_all = scheduler_is_of_all();
	const char *setting = of_all ? OF_ALL : OF_NAMESPACE;
	struct bytes known;
	if (write_file(setting, wanted, 0644))
		return true;
	bool told = read_file(of_all ? ALL_LISTED : LISTED, &known);
	if (told)
		known.at[strcspn(known.at, "\n")] = '\0';
	snprintf(why, size, "this kernel has no scheduler of Multipath TCP called %s%s%s%s", wanted,
		told ? ": it has " : exists(setting) ? "" : ", nor any choice of them: upstream has that from Linux 6.6 on", told ? known.at : "",
		of_all ? "" : ". One that is a BPF program is loaded by the command (bpftool struct_ops register), in a kernel of mptcp-next's tree with type information: KERNEL_SOURCES=mptcp-next KERNEL_FRAGMENTS=btf");
	return false;
}
