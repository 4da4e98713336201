/* Uses what kernel.config has for programs, a line for each: "NAME: ok", or what it failed at. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/io_uring.h>
#include <linux/keyctl.h>
#include <linux/landlock.h>
#include <linux/userfaultfd.h>
#include <linux/vm_sockets.h>
#include <mqueue.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const char *step; /* what is being done */
#define must(condition) do { step = #condition; if (!(condition)) return 0; } while (0)

static int keys(void)
{
	char read[8] = "";
	long key;
	must((key = syscall(SYS_add_key, "user", "kloop", "data", 4, KEY_SPEC_PROCESS_KEYRING)) >= 0);
	must(syscall(SYS_keyctl, KEYCTL_READ, key, read, sizeof(read), 0) == 4 && strcmp(read, "data") == 0);
	return 1;
}

static int landlock(void)
{
	struct landlock_ruleset_attr rules = { .handled_access_fs = LANDLOCK_ACCESS_FS_WRITE_FILE };
	int set;
	must((set = (int)syscall(SYS_landlock_create_ruleset, &rules, sizeof(rules), 0)) >= 0);
	must(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && syscall(SYS_landlock_restrict_self, set, 0) == 0);
	must(open("/dev/null", O_WRONLY) < 0 && errno == EACCES && open("/dev/null", O_RDONLY) >= 0);
	return 1;
}

static int userfault(void)
{
	struct uffdio_api api = { .api = UFFD_API };
	int fd;
	must((fd = (int)syscall(SYS_userfaultfd, O_CLOEXEC)) >= 0);
	must(ioctl(fd, UFFDIO_API, &api) == 0);
	return 1;
}

static int uring(void)
{
	struct io_uring_params params = { 0 };
	int fd;
	must((fd = (int)syscall(SYS_io_uring_setup, 4, &params)) >= 0);
	must(syscall(SYS_io_uring_enter, fd, 0, 0, 0, NULL, 0) == 0);
	return 1;
}

static int queue(void)
{
	char got[8192];
	mqd_t fd;
	must((fd = mq_open("/kloop", O_CREAT | O_RDWR, 0600, NULL)) >= 0);
	must(mq_send(fd, "word", 4, 1) == 0 && access("/dev/mqueue/kloop", F_OK) == 0);
	must(mq_receive(fd, got, sizeof(got), NULL) == 4 && memcmp(got, "word", 4) == 0 && mq_unlink("/kloop") == 0);
	return 1;
}

static int vsock(void)
{
	struct sockaddr_vm at = { .svm_family = AF_VSOCK, .svm_cid = VMADDR_CID_ANY, .svm_port = 1234 };
	int listens = socket(AF_VSOCK, SOCK_STREAM, 0), calls = socket(AF_VSOCK, SOCK_STREAM, 0);
	must(listens >= 0 && bind(listens, (struct sockaddr *)&at, sizeof(at)) == 0 && listen(listens, 1) == 0);
	at.svm_cid = VMADDR_CID_LOCAL;
	must(connect(calls, (struct sockaddr *)&at, sizeof(at)) == 0 && accept(listens, NULL, NULL) >= 0);
	return 1;
}

static int fuse(void)
{
	char options[64];
	int fd;
	must((fd = open("/dev/fuse", O_RDWR)) >= 0);
	snprintf(options, sizeof(options), "fd=%d,rootmode=40000,user_id=0,group_id=0", fd);
	must(mount("probe", "/mnt", "fuse.probe", 0, options) == 0 && umount2("/mnt", MNT_DETACH) == 0);
	return 1;
}

/* The next child's clock since boot is a day ahead. */
static int time_namespace(void)
{
	struct timespec before, after;
	int fd, status = 1;
	must(clock_gettime(CLOCK_BOOTTIME, &before) == 0 && unshare(CLONE_NEWTIME) == 0);
	must((fd = open("/proc/self/timens_offsets", O_WRONLY)) >= 0 && write(fd, "boottime 86400 0", 16) == 16);
	if (fork() == 0)
		_exit(clock_gettime(CLOCK_BOOTTIME, &after) != 0 || after.tv_sec < before.tv_sec + 86400);
	must(wait(&status) > 0 && status == 0);
	return 1;
}

int main(void)
{
	static const struct { const char *name; int (*run)(void); } probes[] = {
		{ "keys", keys }, { "userfaultfd", userfault }, { "io_uring", uring }, { "message queue", queue },
		{ "vsock", vsock }, { "FUSE", fuse }, { "time namespace", time_namespace }, { "Landlock", landlock },
	};
	for (size_t i = 0; i < sizeof(probes) / sizeof(probes[0]); i++) {
		/* Each in a process of its own, for some of these cannot be undone. */
		fflush(stdout);
		if (fork() == 0) {
			if (probes[i].run())
				printf("%s: ok\n", probes[i].name);
			else
				printf("%s: %s: %s\n", probes[i].name, step, strerror(errno));
			fflush(stdout);
			_exit(0);
		}
		wait(NULL);
	}
	return 0;
}
