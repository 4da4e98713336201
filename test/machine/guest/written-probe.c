/* What programs do to files: each line is a call and how it ended. Run in a directory of its own. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <sys/xattr.h>
#include <unistd.h>

static void say(const char *what, int bad)
{
	printf("%s: %s\n", what, bad ? strerror(errno) : "ok");
	fflush(stdout);
}

/* It was to be so. */
static void tell(const char *what, int is)
{
	printf("%s: %s\n", what, is ? "ok" : "wrong");
	fflush(stdout);
}

static int make(const char *name, const char *text)
{
	int fd = open(name, O_CREAT | O_TRUNC | O_RDWR, 0644);
	if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		exit(1);
	return fd;
}

static int has(const char *name, const char *text)
{
	char got[64] = "";
	int fd = open(name, O_RDONLY);
	ssize_t size = fd < 0 ? -1 : read(fd, got, sizeof(got) - 1);
	close(fd);
	return size == (ssize_t)strlen(text) && memcmp(got, text, size) == 0;
}

static void unlinked(void)
{
	struct stat st;
	const struct timespec times[] = { { 1000000000, 5 }, { 1000000000, 123456789 } };
	int fd = make("gone", "content");
	if (unlink("gone") != 0)
		exit(1);
	close(make("gone", "another"));
	say("unlinked ftruncate", ftruncate(fd, 100));
	say("unlinked fchmod", fchmod(fd, 0600));
	say("unlinked fchown", fchown(fd, 1, 1));
	say("unlinked fallocate", fallocate(fd, 0, 0, 8192));
	say("unlinked futimens", futimens(fd, times));
	tell("unlinked fstat", fstat(fd, &st) == 0 && st.st_size == 8192 && (st.st_mode & 07777) == 0600 && st.st_nlink == 0 && st.st_mtim.tv_nsec == 123456789);
	tell("unlinked, another by its name", has("gone", "another"));
	close(fd);
}

/* No other has got its name. */
static void unlinked_alone(void)
{
	int fd = make("alone", "content");
	if (unlink("alone") != 0)
		exit(1);
	say("alone ftruncate", ftruncate(fd, 100));
	say("alone fchmod", fchmod(fd, 0600));
	close(fd);
}

static void renames(void)
{
	close(make("one", "1"));
	close(make("two", "2"));
	tell("rename, no replacing", syscall(SYS_renameat2, AT_FDCWD, "one", AT_FDCWD, "two", 1) == -1 && errno == EEXIST && has("one", "1"));
	say("rename to a new name", syscall(SYS_renameat2, AT_FDCWD, "one", AT_FDCWD, "three", 1));
	int fd = open("two", O_RDONLY);
	say("rename, exchange", syscall(SYS_renameat2, AT_FDCWD, "two", AT_FDCWD, "three", 2));
	tell("exchanged", has("two", "1") && has("three", "2"));
	char got = 0;
	tell("exchanged, the open one", pread(fd, &got, 1, 0) == 1 && got == '2');
	close(fd);
}

static void attributes(void)
{
	/* struct posix_acl_xattr: version 2, then (tag, rights, id) of owner, user 1, group, mask, others. */
	static const uint16_t acl[] = { 2, 0, 1, 6, 0xffff, 0xffff, 2, 4, 1, 0, 4, 4, 0xffff, 0xffff, 16, 4, 0xffff, 0xffff, 32, 0, 0xffff, 0xffff };
	/* struct vfs_cap_data: revision 2 and effective; CAP_NET_RAW. */
	static const uint32_t caps[] = { 0x02000001, 1 << 13, 0, 0, 0 };
	char got[64];
	close(make("attributes", ""));
	say("security.capability", setxattr("attributes", "security.capability", caps, sizeof(caps), 0));
	tell("security.capability, read", getxattr("attributes", "security.capability", got, sizeof(got)) == sizeof(caps));
	say("ACL", setxattr("attributes", "system.posix_acl_access", acl, sizeof(acl), 0));
	tell("ACL, read", getxattr("attributes", "system.posix_acl_access", got, sizeof(got)) == sizeof(acl));
	say("user.*", setxattr("attributes", "user.kloop", "yes", 3, 0));
	say("user.*, removed", removexattr("attributes", "user.kloop"));
	const struct timespec times[] = { { 1000000000, 987654321 }, { 1000000000, 123456789 } };
	struct stat st;
	say("a time in nanoseconds", utimensat(AT_FDCWD, "attributes", times, 0));
	tell("a time in nanoseconds, read", stat("attributes", &st) == 0 && st.st_mtim.tv_nsec == 123456789 && st.st_atim.tv_nsec == 987654321);
}

static void special(void)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX, .sun_path = "socket" };
	int one = socket(AF_UNIX, SOCK_STREAM, 0), two = socket(AF_UNIX, SOCK_STREAM, 0);
	say("mkfifo", mkfifo("fifo", 0600));
	say("mknod", mknod("null", S_IFCHR | 0600, makedev(1, 3)));
	int null = open("null", O_WRONLY);
	tell("mknod, written to", null >= 0 && write(null, "x", 1) == 1);
	say("bind", bind(one, (struct sockaddr *)&to, sizeof(to)));
	listen(one, 1);
	say("connect", connect(two, (struct sockaddr *)&to, sizeof(to)));
}

static void mapped(void)
{
	char got[8] = "";
	struct stat st;
	int fd = make("mapped", "aaaaaaa");
	char *at = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	say("a mapping to write to", at == MAP_FAILED);
	if (at == MAP_FAILED)
		return;
	at[0] = 'b';
	tell("what is mapped is read", pread(fd, got, 7, 0) == 7 && memcmp(got, "baaaaaa", 7) == 0);
	tell("what is written is mapped", pwrite(fd, "c", 1, 1) == 1 && at[1] == 'c');
	say("msync", msync(at, 4096, MS_SYNC));
	munmap(at, 4096);
	close(fd);
	int log = open("log", O_CREAT | O_WRONLY | O_APPEND, 0644);
	tell("appended", write(log, "one\n", 4) == 4 && truncate("log", 0) == 0 && write(log, "two\n", 4) == 4 && has("log", "two\n"));
	int holes = open("holes", O_CREAT | O_RDWR, 0644);
	tell("a hole", ftruncate(holes, 1 << 20) == 0 && pwrite(holes, "x", 1, 1 << 19) == 1 && lseek(holes, 0, SEEK_DATA) == 1 << 19);
	close(make("linked", "before"));
	tell("a link", link("linked", "link") == 0 && truncate("link", 3) == 0 && has("linked", "bef") && stat("link", &st) == 0 && st.st_nlink == 2);
	tell("a symbolic link", symlink("linked", "symbolic") == 0 && has("symbolic", "bef"));
}

static void nameless(void)
{
	char path[64];
	int fd = open(".", O_TMPFILE | O_RDWR, 0640);
	say("O_TMPFILE", fd < 0);
	if (fd < 0)
		return;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	tell("O_TMPFILE, named", write(fd, "named", 5) == 5 && linkat(AT_FDCWD, path, AT_FDCWD, "named", AT_SYMLINK_FOLLOW) == 0 && has("named", "named"));
}

int main(void)
{
	special();
	unlinked();
	unlinked_alone();
	renames();
	attributes();
	mapped();
	nameless();
	return 0;
}
