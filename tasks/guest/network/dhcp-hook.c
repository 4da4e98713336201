/*
 * The hook of the DHCP clients: what a client tells, in its environment,
 * becomes an address, routes, rules and endpoints. No shell is started.
 */
#include "nics.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* udhcpc's name of a value, or that of dhclient and dhcpcd. */
static const char *told(const char *udhcpc, const char *isc)
{
	const char *value = getenv(udhcpc);
	if (!value || !*value)
		value = getenv(isc);
	return value && *value ? value : NULL;
}

static int prefix_told(void)
{
	struct in_addr mask;
	const char *bits = told("mask", "new_subnet_cidr"), *dotted = told("subnet", "new_subnet_mask");
	if (dotted && inet_pton(AF_INET, dotted, &mask) == 1)
		return __builtin_popcount(mask.s_addr);
	return bits ? atoi(bits) : 24;
}

static void write_dns(int place)
{
	char path[64], *text = NULL;
	size_t size;
	const char *servers = told("dns", "new_domain_name_servers");
	const char *search = told("search", "new_domain_search");
	FILE *out = open_memstream(&text, &size);
	if (!search)
		search = told("domain", "new_domain_name");
	if (search)
		fprintf(out, "search %s\n", search);
	char *copy = servers ? strdup(servers) : NULL;
	for (char *one = copy ? strtok(copy, " ,") : NULL; one; one = strtok(NULL, " ,"))
		fprintf(out, "nameserver %s\n", one);
	fclose(out);
	free(copy);
	snprintf(path, sizeof(path), NICS_DIR "/dns-%d", place);
	write_file(path, text, 0644);
	free(text);
}

/* An address that the NIC had before and has no more. */
static void forget_old(const struct path *path, int place)
{
	char at[64];
	struct bytes old;
	snprintf(at, sizeof(at), NICS_DIR "/path-%d", place);
	if (read_file(at, &old) && old.size == sizeof(*path) && memcmp(((struct path *)old.at)->address, path->address, 16) != 0)
		path_remove((struct path *)old.at);
	free(old.at);
	int fd = open(at, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd >= 0) {
		(void)!write(fd, path, sizeof(*path));
		close(fd);
	}
}

int nic_hook(int argc, char **argv)
{
	const char *reason = argc > 1 ? argv[1] : getenv("reason");
	const char *name = getenv("interface"), *address = told("ip", "new_ip_address"), *router = told("router", "new_routers");
	static const char *const good[] = { "bound", "renew", "BOUND", "RENEW", "REBIND", "REBOOT", NULL };
	bool lease = false;
	int place;
	enum multipath multipath;
	for (size_t i = 0; reason && good[i]; i++)
		lease = lease || strcmp(reason, good[i]) == 0;
	if (!lease || !name || !address || !nic_find(name, &place, &multipath))
		return 0;
	struct path path = path_for(name, place, multipath, AF_INET);
	char gateway[64] = "";
	if (router)
		sscanf(router, "%63[^ ,]", gateway);
	path.prefix = prefix_told();
	path.has_gateway = inet_pton(AF_INET, gateway, path.gateway) == 1;
	if (inet_pton(AF_INET, address, path.address) != 1)
		return 1;
	forget_old(&path, place);
	int result = path_add(&path);
	if (result < 0) {
		fprintf(stderr, "setting %s on %s: %s\n", address, name, strerror(-result));
		return 1;
	}
	write_dns(place);
	if (exists(SETTLED))
		write_resolv();
	nic_tell(name, "4");
	return 0;
}
