/* Directories by the number that the host's end watches them by. */
#include "files.h"

#define TABLE (1 << 13)

static struct node *table[TABLE];

void watch_drop(struct node *dir)
{
	if (dir->watch == 0)
		return;
	struct node **at = &table[dir->watch % TABLE];
	while (*at != dir)
		at = &(*at)->by_watch;
	*at = dir->by_watch;
	dir->watch = 0;
}

void watch_set(struct node *dir, uint32_t watch)
{
	if (dir->watch == watch)
		return;
	watch_drop(dir);
	dir->watch = watch;
	dir->by_watch = table[watch % TABLE];
	table[watch % TABLE] = dir;
}

struct node *watched_by(uint32_t watch, uint64_t taken)
{
	struct node *dir = table[watch % TABLE];
	while (dir && (dir->watch != watch || dir->taken == taken))
		dir = dir->by_watch;
	if (dir)
		dir->taken = taken;
	return dir;
}
