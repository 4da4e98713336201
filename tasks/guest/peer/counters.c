/* What went through the peer's queues, as a sample has it (sample.c); and its servers' network as its kernel has counted it. */
#include "guest.h"
#include "peer/peer.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void print_file(const char *path)
{
	struct bytes text;
	if (!read_file(path, &text))
		return;
	fwrite(text.at, 1, text.size, stdout);
	free(text.at);
}

int peer_counters(void)
{
	sample_queues();
	printf("t 0\n");
	int namespace = open(PEER_NAMESPACE, O_RDONLY | O_CLOEXEC);
	if (namespace < 0 || setns(namespace, CLONE_NEWNET) != 0) {
		fprintf(stderr, "entering %s: %s\n", PEER_NAMESPACE, strerror(errno));
		return 1;
	}
	print_file("/proc/net/netstat");
	print_file("/proc/net/snmp");
	/* Multipath TCP's, out of tree. */
	print_file("/proc/net/mptcp_net/snmp");
	return 0;
}
