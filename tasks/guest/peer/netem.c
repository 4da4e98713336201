/*
 * The peer's queues, by lines as `tc -batch` has them, so far as kloop writes
 * them: `qdisc replace dev DEV root netem …` (tc-netem(8)), which is 1:, and, where
 * the rate changes by itself, `qdisc replace dev DEV parent 1: tbf …` after it. A
 * line of our own says whether many frames may go as one (offload.c). tc itself
 * takes a good part of a boot to start in an emulated guest.
 */
#include "guest.h"
#include "network/netlink.h"
#include "peer/peer.h"

#include <errno.h>
#include <linux/pkt_sched.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Where distributions keep iproute2's tables: tried one by one, for to list /usr/lib takes longer. */
static const char *const table_places[] = { "/usr/lib/x86_64-linux-gnu/tc", "/usr/lib/tc", "/usr/lib64/tc", "/usr/share/tc" };
/* The kernel takes as many (NETEM_DIST_MAX); iproute2's have 4096. */
#define TABLE_MOST 8000
/* Of linux/pkt_sched.h: older headers do not have it. */
enum { NETEM_PRNG_SEED = 14 };
/* A unit of psched, in nanoseconds: what kernels before 4.15 count in. */
#define TICK_NS 64

/* Times in nanoseconds, parts of 2^32. */
struct netem {
	struct tc_netem_qopt common;
	int64_t latency, jitter;
	uint64_t bytes_per_second;
	struct tc_netem_reorder reorder;
	struct tc_netem_gemodel bursts;
	const char *distribution;
	bool in_bursts;
	/* 0: none. */
	uint64_t seed;
};

static bool scaled(const char *text, const char *unit, double scale, double *value)
{
	char *end;
	if (!text)
		return false;
	*value = strtod(text, &end) * scale;
	return end != text && strcmp(end, unit) == 0 && *value >= 0;
}

static bool part(const char *text, uint32_t *value)
{
	double wanted;
	if (!scaled(text, "%", 0.01, &wanted) || wanted > 1)
		return false;
	*value = (uint32_t)(wanted * UINT32_MAX + 0.5);
	return true;
}

static bool nanoseconds(const char *text, int64_t *value)
{
	double wanted;
	if (!scaled(text, "us", 1000, &wanted))
		return false;
	*value = (int64_t)wanted;
	return true;
}

/* Takes a key's values, from `at` on; how many they are, or 0 where they are none. */
static int take(struct netem *netem, const char *key, char **at)
{
	double value;
	if (strcmp(key, "limit") == 0 && scaled(at[0], "", 1, &value)) {
		netem->common.limit = (uint32_t)value;
		return 1;
	}
	if (strcmp(key, "delay") == 0 && nanoseconds(at[0], &netem->latency))
		return nanoseconds(at[1], &netem->jitter) ? 2 : 1;
	if (strcmp(key, "distribution") == 0 && at[0]) {
		netem->distribution = at[0];
		return 1;
	}
	if (strcmp(key, "loss") == 0 && at[0] && strcmp(at[0], "gemodel") == 0) {
		netem->in_bursts = true;
		return part(at[1], &netem->bursts.p) && part(at[2], &netem->bursts.r) ? 3 : 0;
	}
	if (strcmp(key, "loss") == 0)
		return part(at[0], &netem->common.loss);
	if (strcmp(key, "duplicate") == 0)
		return part(at[0], &netem->common.duplicate);
	if (strcmp(key, "reorder") == 0) {
		netem->common.gap = 1;
		return part(at[0], &netem->reorder.probability);
	}
	if (strcmp(key, "seed") == 0 && scaled(at[0], "", 1, &value)) {
		netem->seed = (uint64_t)value;
		return 1;
	}
	if (strcmp(key, "rate") == 0 && scaled(at[0], "bit", 1.0 / 8, &value)) {
		netem->bytes_per_second = (uint64_t)value;
		return 1;
	}
	return 0;
}

/* How many values it has; or -errno. */
static int read_table(const char *name, int16_t *table)
{
	struct bytes text;
	bool there = false;
	int count = 0;
	for (size_t i = 0; i < sizeof(table_places) / sizeof(*table_places) && !there; i++) {
		char path[128];
		snprintf(path, sizeof(path), "%s/%s.dist", table_places[i], name);
		there = read_file(path, &text);
	}
	if (!there)
		return -ENOENT;
	for (char *at = text.at; *at && count < TABLE_MOST;) {
		char *end;
		long value = strtol(at, &end, 10);
		if (end == at) { /* a comment */
			at = strchr(at, '\n') ? strchr(at, '\n') + 1 : at + strlen(at);
			continue;
		}
		table[count++] = (int16_t)value;
		at = end;
	}
	free(text.at);
	return count;
}

static int replace_queue(const char *dev, struct netem *netem)
{
	static int16_t table[TABLE_MOST];
	/* Which one that is: paths often have the same, and reading it is slow in an emulated guest. */
	static char have[32];
	static int values;
	struct nl nl;
	struct tcmsg head = { .tcm_family = AF_UNSPEC, .tcm_ifindex = (int)if_nametoindex(dev), .tcm_parent = TC_H_ROOT, .tcm_handle = TC_H_MAKE(1 << 16, 0) };
	struct tc_netem_rate rate = { .rate = netem->bytes_per_second > UINT32_MAX ? UINT32_MAX : (uint32_t)netem->bytes_per_second };
	if (netem->distribution && strcmp(have, netem->distribution) != 0) {
		values = read_table(netem->distribution, table);
		snprintf(have, sizeof(have), "%s", values < 0 ? "" : netem->distribution);
	}
	int count = netem->distribution ? values : 0;
	if (head.tcm_ifindex == 0)
		return -ENODEV;
	/* All places were tried, or it is not a table. */
	if (count < 0) {
		printf("the distribution %s: iproute2's table of it is not on this host\n", netem->distribution);
		return -ESRCH;
	}
	netem->common.latency = (uint32_t)(netem->latency / TICK_NS);
	netem->common.jitter = (uint32_t)(netem->jitter / TICK_NS);
	nl_begin(&nl, RTM_NEWQDISC, NLM_F_CREATE | NLM_F_REPLACE, &head, sizeof(head));
	nl_attr(&nl, TCA_KIND, "netem", sizeof("netem"));
	size_t options = nl_nest(&nl, TCA_OPTIONS);
	nl_put(&nl, &netem->common, sizeof(netem->common));
	nl_attr(&nl, TCA_NETEM_LATENCY64, &netem->latency, sizeof(netem->latency));
	nl_attr(&nl, TCA_NETEM_JITTER64, &netem->jitter, sizeof(netem->jitter));
	if (netem->common.gap)
		nl_attr(&nl, TCA_NETEM_REORDER, &netem->reorder, sizeof(netem->reorder));
	if (netem->in_bursts) {
		size_t loss = nl_nest(&nl, TCA_NETEM_LOSS);
		nl_attr(&nl, NETEM_LOSS_GE, &netem->bursts, sizeof(netem->bursts));
		nl_unnest(&nl, loss);
	}
	/* A rate that is left out stays as it was. */
	if (netem->bytes_per_second > UINT32_MAX)
		nl_attr(&nl, TCA_NETEM_RATE64, &netem->bytes_per_second, sizeof(netem->bytes_per_second));
	nl_attr(&nl, TCA_NETEM_RATE, &rate, sizeof(rate));
	if (netem->seed)
		nl_attr(&nl, NETEM_PRNG_SEED, &netem->seed, sizeof(netem->seed));
	if (count > 0)
		nl_attr(&nl, TCA_NETEM_DELAY_DIST, table, (size_t)count * sizeof(*table));
	nl_unnest(&nl, options);
	return nl_talk(&nl, NETLINK_ROUTE);
}

/* A bucket, behind netem: what it holds waits for its rate, which is there at once when it changes. */
static int replace_bucket(const char *dev, char **words)
{
	double rate, burst, limit;
	struct nl nl;
	struct tcmsg head = { .tcm_family = AF_UNSPEC, .tcm_ifindex = (int)if_nametoindex(dev), .tcm_parent = TC_H_MAKE(1 << 16, 1) };
	if (!scaled(words[0], "bit", 1.0 / 8, &rate) || !words[1] || !scaled(words[2], "", 1, &burst) || !words[3] || !scaled(words[4], "", 1, &limit) || rate < 1)
		return -EINVAL;
	struct tc_tbf_qopt tbf = { .rate = { .rate = rate > UINT32_MAX ? UINT32_MAX : (uint32_t)rate, .linklayer = TC_LINKLAYER_ETHERNET }, .limit = (uint32_t)limit };
	uint32_t bytes = (uint32_t)burst;
	uint64_t wide = (uint64_t)rate;
	/* For kernels before 3.13, which do not take bytes. */
	double ticks = burst / rate * 1e9 / TICK_NS;
	tbf.buffer = ticks > UINT32_MAX ? UINT32_MAX : (uint32_t)ticks;
	if (head.tcm_ifindex == 0)
		return -ENODEV;
	nl_begin(&nl, RTM_NEWQDISC, NLM_F_CREATE | NLM_F_REPLACE, &head, sizeof(head));
	nl_attr(&nl, TCA_KIND, "tbf", sizeof("tbf"));
	size_t options = nl_nest(&nl, TCA_OPTIONS);
	nl_attr(&nl, TCA_TBF_PARMS, &tbf, sizeof(tbf));
	nl_attr(&nl, TCA_TBF_BURST, &bytes, sizeof(bytes));
	if (wide > UINT32_MAX)
		nl_attr(&nl, TCA_TBF_RATE64, &wide, sizeof(wide));
	nl_unnest(&nl, options);
	return nl_talk(&nl, NETLINK_ROUTE);
}

/* qdisc replace dev DEV parent 1: tbf rate R burst B limit L */
static bool is_bucket(char **words)
{
	static const char *const begin[] = { "qdisc", "replace", "dev", NULL, "parent", "1:", "tbf", "rate" };
	for (size_t i = 0; i < sizeof(begin) / sizeof(begin[0]); i++) {
		if (!words[i] || (begin[i] && strcmp(begin[i], words[i]) != 0))
			return false;
	}
	return true;
}

/* offload NIC UP on|off */
static bool offload_line(char **words)
{
	int result = words[1] && words[2] && words[3] ? peer_offload(words[1], words[2], strcmp(words[3], "on") == 0) : -EINVAL;
	if (result < 0)
		printf("the frames of %s: %s\n", words[1] ? words[1] : "a path", strerror(-result));
	return result >= 0;
}

/* A line, which it takes apart; says what is wrong with it. */
static bool shape_line(char *line)
{
	enum { WORDS = 48 };
	static const char *const begin[] = { "qdisc", "replace", "dev", NULL, "root", "netem" };
	enum { BEGIN = sizeof(begin) / sizeof(begin[0]) };
	char *words[WORDS + 3] = { 0 }, *save;
	struct netem netem = { 0 };
	int count = 0, at = 0;
	for (char *word = strtok_r(line, " ", &save); word && count < WORDS; word = strtok_r(NULL, " ", &save))
		words[count++] = word;
	if (words[0] && strcmp(words[0], "offload") == 0)
		return offload_line(words);
	if (is_bucket(words)) {
		int result = replace_bucket(words[3], words + 8);
		if (result < 0)
			printf("the rate of %s: %s%s\n", words[3], strerror(-result), result == -ENOENT ? " (CONFIG_NET_SCH_TBF)" : "");
		return result >= 0;
	}
	for (; at < BEGIN && words[at] && (!begin[at] || strcmp(begin[at], words[at]) == 0); at++)
		;
	while (at >= BEGIN && words[at]) {
		int taken = take(&netem, words[at], words + at + 1);
		if (taken == 0)
			break;
		at += 1 + taken;
	}
	if (at < BEGIN || words[at]) {
		printf("unexpected in a queue's line: %s\n", words[at] ? words[at] : "its end");
		return false;
	}
	int result = replace_queue(words[3], &netem);
	if (result < 0)
		printf("the queue of %s: %s%s\n", words[3], strerror(-result), result == -ENOENT ? " (CONFIG_NET_SCH_NETEM)" : "");
	return result >= 0;
}

bool shape(char *lines)
{
	char *save;
	bool all = true;
	for (char *line = strtok_r(lines, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
		all = shape_line(line) && all;
	return all;
}

/* The end of a batch. */
#define DONE "done"

int peer_shape(void)
{
	char *line = NULL;
	size_t room = 0;
	for (ssize_t size; (size = getline(&line, &room, stdin)) > 0;) {
		line[strcspn(line, "\n")] = '\0';
		if (strcmp(line, DONE) == 0)
			printf("%s\n", DONE);
		else
			shape_line(line);
		fflush(stdout);
	}
	return 0;
}
