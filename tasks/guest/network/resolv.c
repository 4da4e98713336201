/* The guest's resolv.conf, from what each NIC's DHCP server told. */
#include "nics.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* One file of all NICs' name servers, in the order of the NICs; the C library reads the first three. */
void write_resolv(void)
{
	char *search = strdup(""), *text = NULL;
	size_t size;
	int servers = 0;
	struct bytes old;
	FILE *out = open_memstream(&text, &size);
	char *seen = strdup("");
	for (int place = 0; place <= NICS_MOST; place++) {
		char path[64], *rest;
		struct bytes file;
		snprintf(path, sizeof(path), NICS_DIR "/dns-%d", place);
		if (!read_file(path, &file))
			continue;
		for (char *line = strtok_r(file.at, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
			if (strncmp(line, "search ", 7) == 0 && !strstr(search, line + 7)) {
				char *more = grow(NULL, strlen(search) + strlen(line) + 2);
				sprintf(more, "%s%s", search, line + 6);
				free(search);
				search = more;
			} else if (strncmp(line, "nameserver ", 11) == 0 && servers < 3) {
				char *key = grow(NULL, strlen(seen) + strlen(line) + 3);
				sprintf(key, "%s\n", line);
				if (!strstr(seen, key)) {
					fputs(key, out);
					servers++;
					char *more = grow(NULL, strlen(seen) + strlen(key) + 1);
					sprintf(more, "%s%s", seen, key);
					free(seen);
					seen = more;
				}
				free(key);
			}
		}
		free(file.at);
	}
	if (*search)
		fprintf(out, "search%s\n", search);
	fclose(out);
	/* Without a server the host's own file is as good as any. */
	if (servers > 0 && !(read_file("/etc/resolv.conf", &old) && strcmp(old.at, text) == 0))
		put_file("/etc/resolv.conf", text, 0644);
	free(search);
	free(seen);
	free(text);
}
