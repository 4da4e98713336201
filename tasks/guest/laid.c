/*
 * Files of ours in the upper layer of the copy-on-write root, before that is
 * mounted: into the root itself the first of them costs a copy of /etc, and
 * each a whiteout and two renames, 10 ms of an emulated guest's boot.
 */
#include "guest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

static struct list laid;

static bool is_below(const char *path, const char *dir)
{
	size_t length = strlen(dir);
	return strncmp(path, dir, length) == 0 && (path[length] == '/' || dir[length - 1] == '/');
}

/* Something else is mounted above it later. */
static bool is_covered(const struct config *config, const char *path)
{
	for (size_t i = 0; i < config->rw_dirs.count; i++) {
		const char *tag = config->rw_dirs.items[i];
		if (is_below(path, tag + strlen(tag) + 1))
			return true;
	}
	for (size_t i = 0; i < config->clear_dirs.count; i++)
		if (is_below(path, config->clear_dirs.items[i]))
			return true;
	return false;
}

/* The directory as it is on the host: overlayfs shows this one's attributes. One that has more than these is left to overlayfs. */
static bool lay_directory(const char *name)
{
	char host[300], upper[300];
	struct stat st;
	snprintf(host, sizeof(host), "/host/%s", name);
	snprintf(upper, sizeof(upper), UPPER_LAYER "/%s", name);
	if (lstat(host, &st) != 0 || !S_ISDIR(st.st_mode) || llistxattr(host, NULL, 0) > 0)
		return false;
	return mkdir(upper, 0700) == 0 && chown(upper, st.st_uid, st.st_gid) == 0 && chmod(upper, st.st_mode & 07777) == 0;
}

void lay_file(const struct config *config, const char *path, const char *text, mode_t mode)
{
	char dir[256], upper[300];
	const char *slash = strrchr(path, '/');
	size_t length = (size_t)(slash - path);
	if (length < 2 || strchr(path + 1, '/') != slash || strlen(path) >= sizeof(dir) || is_covered(config, path))
		return;
	memcpy(dir, path + 1, length - 1);
	dir[length - 1] = '\0';
	snprintf(upper, sizeof(upper), UPPER_LAYER "/%s", dir);
	if (!exists(upper) && !lay_directory(dir))
		return;
	snprintf(upper, sizeof(upper), UPPER_LAYER "%s", path);
	if (write_file(upper, text, mode))
		list_add(&laid, strdup(path));
}

bool is_laid(const char *path)
{
	for (size_t i = 0; i < laid.count; i++)
		if (strcmp(laid.items[i], path) == 0)
			return true;
	return false;
}
