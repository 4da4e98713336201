#define _GNU_SOURCE
#include "mounts.h"

#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct mounted {
	char *what; /* its number, parent, device and root */
	char *path;
	bool still;
};

static const char *const list = "/proc/self/mountinfo";
/* Each says once that there was a change. */
static int wakes = -1, changed = -1;
static struct mounted *known;
static size_t known_count;

int mounts_fd(void)
{
	return wakes;
}

/* In place: a space is \040 there. */
static void unescape(char *text)
{
	char *to = text;
	for (const char *from = text; *from; to++) {
		unsigned octal;
		if (*from == '\\' && sscanf(from + 1, "%3o", &octal) == 1)
			*to = (char)octal, from += 4;
		else
			*to = *from++;
	}
	*to = '\0';
}

static size_t read_all(struct mounted **into)
{
	char *line = NULL;
	size_t room = 0, count = 0;
	FILE *file = fopen(list, "re");
	*into = NULL;
	while (file && getline(&line, &room, file) > 0) {
		int path = 0, end = 0;
		if (sscanf(line, "%*d %*d %*s %*s %n%*s%n", &path, &end) == EOF || end == 0)
			continue;
		*into = realloc(*into, (count + 1) * sizeof(**into));
		if (!*into)
			abort();
		line[end] = line[path - 1] = '\0';
		unescape(line + path);
		(*into)[count++] = (struct mounted){ .what = strdup(line), .path = strdup(line + path) };
	}
	free(line);
	if (file)
		fclose(file);
	return count;
}

bool mounts_open(void)
{
	wakes = open(list, O_RDONLY | O_CLOEXEC);
	changed = open(list, O_RDONLY | O_CLOEXEC);
	if (wakes >= 0 && changed >= 0)
		known_count = read_all(&known);
	return known_count > 0;
}

void mounts_look(void (*take)(const char *path))
{
	struct pollfd polled = { .fd = changed, .events = POLLPRI };
	struct mounted *now;
	if (poll(&polled, 1, 0) <= 0)
		return;
	size_t count = read_all(&now);
	for (size_t i = 0; i < count; i++) {
		for (size_t k = 0; k < known_count && !now[i].still; k++)
			if (!known[k].still && strcmp(known[k].what, now[i].what) == 0 && strcmp(known[k].path, now[i].path) == 0)
				known[k].still = now[i].still = true;
		if (!now[i].still)
			take(now[i].path);
		now[i].still = false;
	}
	for (size_t k = 0; k < known_count; k++) {
		if (!known[k].still)
			take(known[k].path);
		free(known[k].what);
		free(known[k].path);
	}
	free(known);
	known = now;
	known_count = count;
}
