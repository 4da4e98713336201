/*
 * What a guest's programs see of files that the host changes, for tests.
 *
 *   coherence-probe SECONDS FILE...
 *
 * Looks at all files in every way, twice, so that whatever is kept is kept;
 * says "ready", and goes on looking for so many seconds. Whatever changes in
 * between is a line: FILE, way, what was seen, milliseconds since "ready".
 * Content is shown by its runs: "a27" is 27 times the letter a, "a27,0x50" has
 * 50 NULs after it (cut off after six runs), "-" is no such file.
 *
 * Files whose name has "held" are open and mapped all the time. Those with
 * "exec" are programs: they are run, at the beginning and at the end, and what
 * they print is what was seen.
 *
 * Of those with "partial" the first page has been read at the beginning, and
 * all of it is read for the first time as soon as the one with "marker" has
 * changed, which is to be the last: pages that are kept would be mixed with new ones.
 *
 * Compiled with a LETTER this is such a program: it prints that letter, or
 * "mixed" if not all of its pages have it.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>


#ifdef LETTER
static const volatile char table[1 << 16] = { [0 ... (1 << 16) - 1] = LETTER };

int main(void)
{
	for (size_t i = 0; i < sizeof(table); i++)
		if (table[i] != LETTER) {
			puts("mixed");
			return 0;
		}
	printf("%c\n", LETTER);
	return 0;
}
#else

#define SEEN 128

static double now_ms(void)
{
	struct timespec at;
	clock_gettime(CLOCK_MONOTONIC, &at);
	return (double)at.tv_sec * 1e3 + (double)at.tv_nsec / 1e6;
}

static void runs_of(const char *at, size_t size, char *seen)
{
	size_t used = 0, runs = 0;
	*seen = '\0';
	for (size_t i = 0; i < size && runs < 6; runs++) {
		size_t from = i;
		while (i < size && at[i] == at[from])
			i++;
		used += (size_t)snprintf(seen + used, SEEN - used, "%s%c%s%zu", from ? "," : "", at[from] ? at[from] : '0', at[from] ? "" : "x", i - from);
	}
	if (size == 0)
		strcpy(seen, "empty");
}

static void see_fd(int fd, char *seen)
{
	static char all[1 << 20];
	/* At one go: two would see two files, if it changes between them. */
	ssize_t got = pread(fd, all, sizeof(all), 0);
	if (got < 0)
		snprintf(seen, SEEN, "%s", strerror(errno));
	else
		runs_of(all, (size_t)got, seen);
}

static bool see_error(char *seen)
{
	snprintf(seen, SEEN, "%s", errno == ENOENT ? "-" : strerror(errno));
	return false;
}

static void see_read(const char *path, int held, char *seen)
{
	(void)held;
	int fd = open(path, O_RDONLY);
	if (fd < 0) {
		see_error(seen);
		return;
	}
	see_fd(fd, seen);
	close(fd);
}

static void see_map(const char *path, int held, char *seen)
{
	struct stat st;
	(void)held;
	int fd = open(path, O_RDONLY);
	if (fd < 0 || fstat(fd, &st) != 0) {
		see_error(seen);
	} else {
		char *at = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
		if (at == MAP_FAILED) {
			see_error(seen);
		} else {
			runs_of(at, (size_t)st.st_size, seen);
			munmap(at, (size_t)st.st_size);
		}
	}
	if (fd >= 0)
		close(fd);
}

static void see_stat(const char *path, int held, char *seen)
{
	struct stat st;
	(void)held;
	if (stat(path, &st) != 0)
		see_error(seen);
	else if (st.st_nlink == 0)
		strcpy(seen, "unlinked");
	else /* a change of the same size shows in the time */
		snprintf(seen, SEEN, "%lld at %lld.%09ld", (long long)st.st_size, (long long)st.st_mtim.tv_sec, st.st_mtim.tv_nsec);
}

static void see_held(const char *path, int held, char *seen)
{
	(void)path;
	see_fd(held, seen);
}

static void see_list(const char *path, int held, char *seen)
{
	char dir[4096];
	(void)held;
	snprintf(dir, sizeof(dir), "%s", path);
	*strrchr(dir, '/') = '\0';
	DIR *all = opendir(dir);
	struct dirent *one;
	strcpy(seen, "-");
	while (all && (one = readdir(all)))
		if (strcmp(one->d_name, strrchr(path, '/') + 1) == 0)
			strcpy(seen, "listed");
	if (all)
		closedir(all);
}

static void see_exec(const char *path, int held, char *seen)
{
	int out[2];
	(void)held;
	if (pipe(out) != 0)
		exit(3);
	pid_t pid = fork();
	if (pid == 0) {
		dup2(out[1], 1);
		close(out[0]);
		close(out[1]);
		execl(path, path, NULL);
		printf("%s\n", errno == ENOENT ? "-" : strerror(errno));
		fflush(stdout);
		_exit(0);
	}
	close(out[1]);
	ssize_t got = read(out[0], seen, SEEN - 1);
	seen[got > 0 ? got - 1 : 0] = '\0';
	close(out[0]);
	int status;
	waitpid(pid, &status, 0);
	if (status != 0)
		snprintf(seen, SEEN, "status %x", status);
}

static const struct way {
	const char *name;
	void (*see)(const char *path, int held, char *seen);
} ways[] = { { "read", see_read }, { "map", see_map }, { "stat", see_stat }, { "list", see_list }, { "held", see_held }, { "exec", see_exec } };
enum { WAYS = sizeof(ways) / sizeof(*ways) };

struct file {
	const char *path;
	bool exec;
	int held; /* or -1 */
	char last[WAYS][SEEN];
};

static bool goes(const struct file *file, const struct way *way)
{
	if (strstr(file->path, "partial"))
		return way->see == see_stat;
	if (way->see == see_exec)
		return file->exec;
	if (way->see == see_held)
		return file->held >= 0;
	return !file->exec || way->see == see_stat;
}

static void hold(struct file *file)
{
	struct stat st;
	file->held = open(file->path, O_RDONLY | O_CLOEXEC);
	if (file->held < 0 || fstat(file->held, &st) != 0)
		exit(3);
	volatile char *at = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED, file->held, 0);
	for (off_t i = 0; i < st.st_size; i += 4096)
		(void)at[i];
}

static void read_first_page(const char *path)
{
	char page[4096];
	int fd = open(path, O_RDONLY);
	if (fd < 0 || posix_fadvise(fd, 0, 0, POSIX_FADV_RANDOM) != 0 || pread(fd, page, sizeof(page), 0) < 0)
		exit(3);
	close(fd);
}

static void look_at_partial(struct file *files, int count, double began)
{
	char seen[SEEN];
	for (int i = 0; i < count; i++)
		if (strstr(files[i].path, "partial")) {
			see_read(files[i].path, -1, seen);
			printf("%s read %s %.0f\n", files[i].path, seen, now_ms() - began);
		}
	fflush(stdout);
}

static void look(struct file *file, double began, bool programs)
{
	char seen[SEEN];
	for (int w = 0; w < WAYS; w++) {
		if (!goes(file, &ways[w]) || (ways[w].see == see_exec && !programs))
			continue;
		ways[w].see(file->path, file->held, seen);
		if (strcmp(seen, file->last[w]) == 0)
			continue;
		printf("%s %s %s %.0f\n", file->path, ways[w].name, seen, now_ms() - began);
		fflush(stdout);
		strcpy(file->last[w], seen);
	}
}

int main(int argc, char **argv)
{
	static struct file files[64];
	struct file *marker = NULL;
	int count = argc - 2;
	if (count < 1 || count > 64)
		return 2;
	for (int i = 0; i < count; i++) {
		files[i] = (struct file){ .path = argv[i + 2], .exec = strstr(argv[i + 2], "exec"), .held = -1 };
		if (strstr(files[i].path, "held"))
			hold(&files[i]);
		if (strstr(files[i].path, "partial"))
			read_first_page(files[i].path);
		if (strstr(files[i].path, "marker"))
			marker = &files[i];
		for (int w = 0; w < 2 * WAYS; w++)
			if (goes(&files[i], &ways[w % WAYS]))
				ways[w % WAYS].see(files[i].path, files[i].held, files[i].last[w % WAYS]);
	}
	char before[SEEN] = "";
	if (marker)
		strcpy(before, marker->last[0]);
	puts("ready");
	fflush(stdout);
	double began = now_ms(), ms = atof(argv[1]) * 1000;
	while (now_ms() - began < ms) {
		for (int i = 0; i < count; i++)
			look(&files[i], began, false);
		if (marker && strcmp(marker->last[0], before) != 0) {
			look_at_partial(files, count, began);
			marker = NULL;
		}
	}
	for (int i = 0; i < count; i++)
		look(&files[i], began, true);
	return 0;
}
#endif
