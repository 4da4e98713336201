/*
 * Frames as they are on the wire: a queue that counts packets, loses them and
 * takes so long for each must not get 40 of them as one.
 */
#include "guest.h"
#include "peer/peer.h"

#include <errno.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

int peer_offload(const char *nic)
{
	/* Segmentation that the NIC or the stack puts off, and receiving many as one. */
	static const uint32_t off[] = { ETHTOOL_STSO, ETHTOOL_SGSO, ETHTOOL_SGRO, ETHTOOL_SUFO };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int result = 0;
	for (size_t i = 0; i < sizeof(off) / sizeof(off[0]) && result == 0; i++) {
		struct ethtool_value value = { .cmd = off[i], .data = 0 };
		struct ifreq request = { .ifr_data = (char *)&value };
		snprintf(request.ifr_name, IFNAMSIZ, "%.15s", nic);
		/* UFO is gone from newer kernels. */
		if (ioctl(fd, SIOCETHTOOL, &request) != 0 && errno != EOPNOTSUPP)
			result = -errno;
	}
	close(fd);
	return result;
}
