/*
 * Whether a kernel can take a module at all: what it tells of that on its way.
 */
#include "guest.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The kernel has crashed, and gone on: an oops (TAINT_DIE in its documentation's tainted-kernels.rst). */
#define CRASHED (1 << 7)

bool has_crashed(void)
{
	struct bytes text;
	if (!read_file("/proc/sys/kernel/tainted", &text))
		return false;
	bool crashed = atoi(text.at) & CRASHED;
	free(text.at);
	return crashed;
}

/* What the kernel writes of a module that it does not even begin with: it is for another kernel, or has something that this one does not know. */
static const char *const unfit[] = {
	"version magic", "disagrees about version of symbol", "no symbol version for", "Unknown symbol", "exports duplicate symbol", "invalid for parameter",
};

const char *why_unfit(int log, const char *name)
{
	static char record[1024 * 8];
	const char *why = NULL;
	ssize_t size;
	/* EPIPE: what was next has been overwritten. */
	while (!why && ((size = read(log, record, sizeof(record) - 1)) > 0 || (size < 0 && errno == EPIPE))) {
		record[size > 0 ? size : 0] = '\0';
		char *text = strchr(record, ';');
		char *named = text ? strstr(text, name) : NULL;
		if (!named || strncmp(named + strlen(name), ": ", 2) != 0)
			continue;
		named[strcspn(named, "\n")] = '\0';
		for (size_t i = 0; i < sizeof(unfit) / sizeof(*unfit) && !why; i++)
			if (strstr(named, unfit[i]))
				why = named + strlen(name) + 2;
	}
	return why;
}
