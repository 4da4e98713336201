/* Addresses that are known before the boot: lo's, and those of QEMU's user-mode networks. */
#include "nics.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <net/route.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>
#include <dirent.h>

static void set_flags_up(int fd, const char *name)
{
	struct ifreq request = { 0 };
	strncpy(request.ifr_name, name, IFNAMSIZ - 1);
	if (ioctl(fd, SIOCGIFFLAGS, &request) == 0) {
		request.ifr_flags |= IFF_UP;
		ioctl(fd, SIOCSIFFLAGS, &request);
	}
}

static bool set_address(int fd, const char *name, unsigned long which, const char *address)
{
	struct ifreq request = { 0 };
	struct sockaddr_in *in = (struct sockaddr_in *)&request.ifr_addr;
	strncpy(request.ifr_name, name, IFNAMSIZ - 1);
	in->sin_family = AF_INET;
	return inet_pton(AF_INET, address, &in->sin_addr) == 1 && ioctl(fd, which, &request) == 0;
}

/* The name by which the kernel calls the NIC with this MAC: probing order is not the order of the command line. */
bool nic_name_of(const char *mac, char *name)
{
	DIR *dir = opendir("/sys/class/net");
	bool found = false;
	struct dirent *entry;
	while (dir && !found && (entry = readdir(dir))) {
		char path[300];
		struct bytes address;
		snprintf(path, sizeof(path), "/sys/class/net/%s/address", entry->d_name);
		if (entry->d_name[0] == '.' || !read_file(path, &address))
			continue;
		if (strncasecmp(address.at, mac, strlen(mac)) == 0) {
			snprintf(name, IFNAMSIZ, "%.15s", entry->d_name);
			found = true;
		}
		free(address.at);
	}
	if (dir)
		closedir(dir);
	return found;
}

static bool add_default_route(int fd, char *name, const char *gateway, int metric)
{
	struct rtentry route = { .rt_flags = RTF_UP | RTF_GATEWAY, .rt_dev = name, .rt_metric = (short)(metric + 1) };
	struct sockaddr_in *to = (struct sockaddr_in *)&route.rt_dst;
	struct sockaddr_in *mask = (struct sockaddr_in *)&route.rt_genmask;
	struct sockaddr_in *via = (struct sockaddr_in *)&route.rt_gateway;
	to->sin_family = mask->sin_family = via->sin_family = AF_INET;
	return inet_pton(AF_INET, gateway, &via->sin_addr) == 1 && ioctl(fd, SIOCADDRT, &route) == 0;
}

/*
 * Beside NICs that are paths it is routed as they are. It is not an endpoint of
 * Multipath TCP: QEMU's user-mode network ends each TCP connection itself and
 * makes another on the host, so that no subflow gets through.
 */
static void route_apart(const char *name, const char *address, int prefix, const char *gateway, int metric)
{
	struct path path = { .family = AF_INET, .prefix = prefix, .has_gateway = true, .metric = metric, .table = metric + 1 };
	snprintf(path.name, sizeof(path.name), "%s", name);
	if (inet_pton(AF_INET, address, path.address) == 1 && inet_pton(AF_INET, gateway, path.gateway) == 1)
		path_route(&path);
}

static void bring_up_nic(int fd, const char *line, bool apart)
{
	char mac[32], address[32], gateway[32], name[IFNAMSIZ], mask_text[INET_ADDRSTRLEN];
	int prefix, metric;
	if (sscanf(line, "%31s %31[0-9.]/%d %31s %d", mac, address, &prefix, gateway, &metric) != 5)
		trouble(TROUBLE_CONFIG, "a NIC's description: %s", line);
	if (!nic_name_of(mac, name))
		trouble(TROUBLE_NIC, "no NIC has the MAC address %s: does this kernel have CONFIG_VIRTIO_NET?", mac);
	struct in_addr mask = { htonl(~0u << (32 - prefix)) };
	inet_ntop(AF_INET, &mask, mask_text, sizeof(mask_text));
	if (!set_address(fd, name, SIOCSIFADDR, address) || !set_address(fd, name, SIOCSIFNETMASK, mask_text))
		trouble(TROUBLE_NIC, "setting the address of %s: %s", name, strerror(errno));
	set_flags_up(fd, name);
	if (!add_default_route(fd, name, gateway, metric))
		trouble(TROUBLE_NIC, "the default route by %s: %s", name, strerror(errno));
	if (apart)
		route_apart(name, address, prefix, gateway, metric);
}

void nic_set_up(const char *name)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	set_flags_up(fd, name);
	close(fd);
}

void bring_up_network(const struct config *config)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0) {
		if (config->nics.count > 0)
			trouble(TROUBLE_NIC, "this kernel has no IPv4: %s", strerror(errno));
		return;
	}
	set_flags_up(fd, "lo");
	bool apart = config->multipath && strcmp(config->multipath, "none") != 0;
	for (size_t i = 0; i < config->nics.count; i++)
		bring_up_nic(fd, config->nics.items[i], apart);
	close(fd);
}
