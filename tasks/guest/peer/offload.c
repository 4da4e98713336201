/*
 * Frames as they are on the wire: a queue that counts packets, loses them and
 * takes so long for each must not get 40 of them as one. Where nothing is shaped,
 * many as one are what makes a path fast: each costs its way through the bridge once.
 */
#include "guest.h"
#include "peer/peer.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

/* Segmentation that the stack puts off: of what leaves the servers, and of what goes to them. */
static const uint32_t pair_sets[] = { ETHTOOL_STSO, ETHTOOL_SGSO, ETHTOOL_SUFO, 0 };
/* Receiving many as one. */
static const uint32_t nic_sets[] = { ETHTOOL_SGRO, 0 };

/* fd: a socket of the device's namespace. */
static int set_all(int fd, const char *device, const uint32_t *sets, bool on)
{
	for (; *sets; sets++) {
		struct ethtool_value value = { .cmd = *sets, .data = on };
		struct ifreq request = { .ifr_data = (char *)&value };
		snprintf(request.ifr_name, IFNAMSIZ, "%.15s", device);
		/* UFO is gone from newer kernels. */
		if (ioctl(fd, SIOCETHTOOL, &request) != 0 && errno != EOPNOTSUPP)
			return -errno;
	}
	return 0;
}

static int set_in_namespace(const char *device, bool on)
{
	int before = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	int namespace = open(PEER_NAMESPACE, O_RDONLY | O_CLOEXEC);
	int result = -errno;
	if (namespace >= 0 && setns(namespace, CLONE_NEWNET) == 0) {
		int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
		result = set_all(fd, device, pair_sets, on);
		close(fd);
		setns(before, CLONE_NEWNET);
	}
	close(namespace);
	close(before);
	return result;
}

int peer_offload(const char *nic, const char *up, bool on)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int result = set_all(fd, nic, nic_sets, on);
	if (result == 0)
		result = set_all(fd, up, pair_sets, on);
	if (result == 0)
		result = set_in_namespace(nic, on);
	close(fd);
	return result;
}
