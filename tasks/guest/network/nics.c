/* What init, the hook and the watch of IPv6 tell each other of the guest's NICs: small files in its own /run. */
#include "nics.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool nic_find(const char *name, int *place, enum multipath *multipath)
{
	struct bytes file;
	bool found = false;
	if (!read_file(NICS_FILE, &file))
		return false;
	for (char *line = strtok(file.at, "\n"); line && !found; line = strtok(NULL, "\n")) {
		char candidate[IFNAMSIZ];
		int how;
		if (sscanf(line, "%15s %d %d", candidate, place, &how) == 3 && strcmp(candidate, name) == 0) {
			*multipath = (enum multipath)how;
			found = true;
		}
	}
	free(file.at);
	return found;
}

void nic_tell(const char *name, const char *what)
{
	char line[64];
	/* No reader: init has long gone on. */
	int fd = open(NEWS, O_WRONLY | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return;
	int size = snprintf(line, sizeof(line), "%s %s\n", name, what);
	(void)!write(fd, line, (size_t)size);
	close(fd);
}

struct path path_for(const char *name, int place, enum multipath multipath, int family)
{
	struct path path = { .family = family, .metric = 100 + place, .table = 101 + place, .multipath = multipath };
	snprintf(path.name, sizeof(path.name), "%.15s", name);
	return path;
}
