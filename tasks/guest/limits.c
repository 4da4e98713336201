/* How many files a command may open: as on the host; the kernel's own limit is 4096. */
#include "guest.h"

#include <sys/resource.h>

void limit_open_files(uint32_t most)
{
	/* What programs start with everywhere: some close all that they might have open. */
	const rlim_t usual = 1024;
	struct rlimit limit = { .rlim_cur = most < usual ? most : usual, .rlim_max = most };
	if (most > 0)
		setrlimit(RLIMIT_NOFILE, &limit);
}
