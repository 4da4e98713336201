/* Not of the guest: run on the host, it tells how fast the host's time stamp counter runs, which an emulated guest reads as its own. */
#include "guest.h"

#include <stdio.h>
#include <time.h>
#include <x86intrin.h>

struct reading {
	uint64_t ticks;
	uint64_t ns;
};

/* Of some readings the one that was disturbed least: a process may be put aside between the two clocks. */
static struct reading read_both(void)
{
	struct reading best = { 0 };
	uint64_t narrowest = UINT64_MAX;
	for (int i = 0; i < 20; i++) {
		struct timespec now;
		uint64_t before = __rdtsc();
		clock_gettime(CLOCK_MONOTONIC_RAW, &now);
		uint64_t after = __rdtsc();
		if (after - before < narrowest) {
			narrowest = after - before;
			best.ticks = before + narrowest / 2;
			best.ns = (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
		}
	}
	return best;
}

int print_tsc_khz(void)
{
	const struct timespec span = { .tv_nsec = 20 * 1000 * 1000 };
	struct reading from = read_both();
	nanosleep(&span, NULL);
	struct reading to = read_both();
	printf("%llu\n", (unsigned long long)((to.ticks - from.ticks) * 1000000 / (to.ns - from.ns)));
	return 0;
}
