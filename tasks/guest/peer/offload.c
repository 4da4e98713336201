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
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

int peer_offload(int argc, char **argv)
{
	/* Segmentation that the NIC or the stack puts off, and receiving many as one. */
	static const uint32_t off[] = { ETHTOOL_STSO, ETHTOOL_SGSO, ETHTOOL_SGRO, ETHTOOL_SUFO };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	for (int i = 0; i < argc; i++) {
		for (size_t j = 0; j < sizeof(off) / sizeof(off[0]); j++) {
			struct ethtool_value value = { .cmd = off[j], .data = 0 };
			struct ifreq request = { .ifr_data = (char *)&value };
			snprintf(request.ifr_name, IFNAMSIZ, "%.15s", argv[i]);
			/* UFO is gone from newer kernels. */
			if (ioctl(fd, SIOCETHTOOL, &request) != 0 && errno != EOPNOTSUPP) {
				fprintf(stderr, "%s: %s\n", argv[i], strerror(errno));
				return 1;
			}
		}
	}
	return 0;
}
