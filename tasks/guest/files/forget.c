/* What the kernel knows by us is forgotten. */
#include "files.h"

#include <stdlib.h>

static int mount_point = -1;

void files_forget_at(int dir)
{
	mount_point = dir;
}

/*
 * For a command that begins: what the host has changed up to now is seen at
 * once. What nothing uses is forgotten, with its pages, which only commands
 * that follow each other in less than KERNEL_FRESH_NS pay for; of the rest the
 * attributes are.
 */
void files_forget(void)
{
	uint64_t *ids;
	if (mount_point < 0)
		return;
	pthread_mutex_lock(&files_lock);
	size_t count = nodes_given(&ids);
	pthread_mutex_unlock(&files_lock);
	if (count > 0)
		forget_unused(mount_point);
	for (size_t i = 0; i < count; i++)
		notice_attr(ids[i]);
	free(ids);
}
