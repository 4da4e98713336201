/* The user as whom a command runs. */
#include "guest.h"

#include <grp.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool parse_user(const char *at, size_t size, struct user *into)
{
	if (size < 8 || size % 4 != 0)
		return false;
	into->given = true;
	memcpy(&into->uid, at, 4);
	memcpy(&into->gid, at + 4, 4);
	into->group_count = (size - 8) / 4;
	into->groups = grow(into->groups, size - 8);
	memcpy(into->groups, at + 8, size - 8);
	return true;
}

/* What only its owner may open again by name: a terminal, and the pipes as /dev/stdout. */
void give_streams(const struct user *user, const int *fds, size_t count)
{
	for (size_t i = 0; user->given && i < count; i++)
		(void)!fchown(fds[i], user->uid, (gid_t)-1);
}

/* Its place for sockets and the like; and a home of ours, where that lies in memory. */
void make_places_of(const struct user *user, const struct list *env)
{
	char path[64];
	if (!user->given)
		return;
	snprintf(path, sizeof(path), "/run/user/%u", (unsigned)user->uid);
	mkdir(path, 0700);
	(void)!chown(path, user->uid, user->gid);
	for (size_t i = 0; root_is_read_only && i < env->count; i++)
		if (strncmp(env->items[i], "HOME=/", 6) == 0)
			(void)!chown(env->items[i] + 5, user->uid, user->gid);
}

/*
 * ping has the capability for raw sockets in an attribute of its file, which
 * does not come through 9p. Without, it takes sockets that an ordinary user may
 * have where this is set, as systemd does (its sysctl.d/50-default.conf).
 */
void let_ping(const struct user *user)
{
	if (user->given)
		write_file("/proc/sys/net/ipv4/ping_group_range", "0 2147483647", 0644);
}

/* False: errno says why. */
bool become_user(const struct user *user)
{
	return !user->given
		|| (setgroups(user->group_count, user->groups) == 0 && setgid(user->gid) == 0 && setuid(user->uid) == 0);
}
