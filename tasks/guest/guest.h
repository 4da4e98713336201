/*
 * kloop's init: PID 1 of the guest. It makes the host's file system the
 * guest's root (copy on write), and runs commands for the host, which it talks
 * to over one virtio-serial port. It is alone in the initramfs, statically
 * linked: the guest needs no shell, no busybox and no library to get here.
 *
 * The numbers below are the protocol. tasks/machine/protocol.ts has the same
 * ones, and a test compares the two.
 */
#ifndef KLOOP_GUEST_H
#define KLOOP_GUEST_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* A frame: type (1 byte), stream (1), session (2), length of the payload (4), payload. Little-endian. */
enum frame {
	FRAME_HELLO = 1,    /* to host: version (4), µs since power-on when init began (8) and now (8), processors (4), flags (4) */
	FRAME_DATA = 2,     /* both ways */
	FRAME_CREDIT = 3,   /* both ways: so many more bytes (4) may be sent on this stream */
	FRAME_EXIT = 4,     /* to host: exit status (4), signal or 0 (4) */
	FRAME_STARTED = 5,  /* to host: µs since power-on (8) */
	FRAME_TROUBLE = 6,  /* to host: a code (4), text. The guest cannot go on */
	FRAME_READING = 7,  /* to host: what is typed for this shell is waited for */
	FRAME_START = 16,   /* to guest: fields that describe a command */
	FRAME_EOF = 17,     /* both ways: this stream has ended; the others go on */
	FRAME_CLOSE = 18,   /* both ways: nobody reads this stream any more */
	FRAME_SIGNAL = 19,  /* to guest: a signal's number (4) for the session's foreground */
	FRAME_WINSIZE = 20, /* to guest: rows (2), columns (2) */
};

enum stream { STREAM_IN = 0, STREAM_OUT = 1, STREAM_ERR = 2 };

/* Flags of FRAME_HELLO. READ_ONLY: this kernel has no overlayfs. NO_FUSE: the files port was to be used, and the root comes by 9p. */
enum hello_flag { HELLO_READ_ONLY = 1, HELLO_NO_FUSE = 2 };

/* What each side may send on a stream before the other grants more. */
#define WINDOW (256 * 1024)
#define PROTOCOL_VERSION 1

/* Fields: tag (1 byte), length (4), value. The initramfs holds them in /config, FRAME_START carries those of a command. */
enum field {
	FIELD_HOSTNAME = 1,
	FIELD_STANDALONE = 2,  /* no host at the port: the command has the console, then power off */
	FIELD_MODULE = 3,      /* a module's path in the initramfs, to load in this order */
	FIELD_ROOT_OPTIONS = 4,/* 9p mount options */
	FIELD_RW_DIR = 5,      /* 9p tag, NUL, path */
	FIELD_CLEAR_DIR = 6,
	FIELD_CLEAR_FILE = 7,
	FIELD_VISIBLE = 8,     /* a path of the host that stays visible below /tmp, /run or /dev/shm */
	FIELD_ALLOW_SUDO = 9,
	FIELD_NIC = 10,        /* text: MAC, address/prefix, gateway, metric */
	FIELD_RESOLV = 11,     /* the text of /etc/resolv.conf */
	FIELD_WATCHDOG = 12,   /* feed /dev/watchdog; text: its time-out in seconds */
	FIELD_DISK = 13,       /* variable's name, NUL, the disk's serial */
	FIELD_DHCP = 14,       /* a NIC that gets a lease; text: MAC, its place among the NICs */
	FIELD_DHCP_CLIENT = 15,/* udhcpc, busybox, dhclient or dhcpcd, NUL, its path */
	FIELD_MULTIPATH = 16,  /* none, subflow or signal */
	FIELD_LEASE_MS = 17,   /* how long leases may take (4) */
	FIELD_MODULE_LAYER = 18, /* a directory of the host that is a layer of /lib/modules/RELEASE, the topmost first */
	FIELD_OPEN_FILES = 19, /* how many files a process may open at most (4) */
	FIELD_FILES = 20,      /* the root comes by the files port, where the kernel has FUSE */
	FIELD_SYSTEMD = 21,    /* systemd's path: it becomes PID 1 */
	FIELD_PATH = 22,       /* a path to a peer; text: MAC, name; in the VM also address/prefix, gateway, place, endpoint's flags, and the first two of IPv6 */
	FIELD_MPTCP = 23,      /* how paths are used: none; silent, where no address is announced; userspace, where our program joins them; userspace:own, where another one does; or any other word */
	FIELD_SCHEDULER = 24,  /* of Multipath TCP */
	FIELD_HOSTS = 25,      /* lines for /etc/hosts */
	FIELD_RW_BY_FUSE = 26, /* all FIELD_RW_DIR come by ports, from the third on */
	FIELD_COMMAND = 32,    /* begins a command; flags (4) */
	FIELD_SIZE = 33,       /* rows (2), columns (2) */
	FIELD_CWD = 34,
	FIELD_ARG = 35,
	FIELD_ENV = 36,        /* NAME=value */
	FIELD_USER = 37,       /* as whom it runs: uid (4), gid (4), further groups (4 each) */
	FIELD_PROGRAM = 38,    /* where the host has the program of the first FIELD_ARG */
};

/* SHELL: a person types into it, and the host is told when it reads. */
enum command_flag { COMMAND_TTY = 1, COMMAND_ERR_APART = 2, COMMAND_SHELL = 4 };

/* Why the guest cannot go on. */
enum trouble {
	TROUBLE_NO_9P = 1,
	TROUBLE_ROOT_MOUNT = 2,
	TROUBLE_OVERLAY_MOUNT = 4,
	TROUBLE_RW_DIR = 5,
	TROUBLE_CONFIG = 6,
	TROUBLE_NIC = 7,
	TROUBLE_WATCHDOG = 8,
	TROUBLE_DISK = 9,
	TROUBLE_OTHER = 10,
	TROUBLE_LEASE = 11,
	TROUBLE_MODULE = 12,
	TROUBLE_SYSTEMD = 13,
};

struct bytes {
	char *at;
	size_t size;
};

/* A growing queue of bytes. */
struct queue {
	char *at;
	size_t start, end, room;
};

struct list {
	char **items;
	size_t count;
};

/* Not given: root. */
struct user {
	bool given;
	uid_t uid;
	gid_t gid, *groups;
	size_t group_count;
};

struct command {
	uint32_t flags;
	uint16_t rows, columns;
	char *cwd, *program;
	struct list argv, env;
	struct user user;
};

struct config {
	char *hostname, *root_options, *resolv, *watchdog, *dhcp_client, *multipath, *systemd, *mptcp, *scheduler, *hosts;
	uint32_t lease_ms, open_files;
	bool standalone, allow_sudo, files, rw_by_fuse;
	struct list modules, module_layers, rw_dirs, clear_dirs, clear_files, visible, nics, disks, dhcp, paths;
	bool has_command;
	struct command command;
};

/* util.c */
uint64_t now_us(void);
void *grow(void *old, size_t size);
void list_add(struct list *list, char *item);
void queue_add(struct queue *queue, const void *data, size_t size);
void queue_drop(struct queue *queue, size_t size);
size_t queue_size(const struct queue *queue);
/* As far as the descriptor takes it. 0, or the errno that it ended with. */
int queue_write(struct queue *queue, int fd);
bool read_file(const char *path, struct bytes *into);
/* False: not all of it can be written; the other end is gone. */
bool write_all(int fd, const char *at, size_t size);
bool write_file(const char *path, const char *text, mode_t mode);
void make_dirs(const char *path);
bool exists(const char *path);

/* config.c */
bool parse_fields(const char *at, size_t size, struct config *into);
void free_command(struct command *command);

/* port.c: does not block; -1: there is none after 10 s. */
int port_open(unsigned number);

/* wire.c */
void wire_wait_for_port(void);
void wire_connect(void);
bool wire_is_open(void);
int wire_fd(void);
bool wire_wants_write(void);
bool wire_has_room(void);
void wire_flush(void);
/* Reads what there is and hands whole frames on; false when the host has hung up. */
bool wire_read(void (*take)(int type, int stream, int session, char *payload, uint32_t size));
void wire_send(int type, int stream, int session, const void *payload, size_t size);
void wire_send_u32(int type, int stream, int session, uint32_t value);

/* root.c */
/* Where the root is made. */
#define NEW_ROOT "/new"
#define UPPER_LAYER "/cow/upper"
void mount_early(void);
/* No overlayfs: nothing of the root can be written but what lies in memory. */
extern bool root_is_read_only;
/* FIELD_FILES was given in vain. */
extern bool root_lacks_fuse;
void load_modules(const struct list *modules);
/* Whether what is written here reaches the host. */
bool is_shared(const char *path);
bool put_file(const char *path, const char *text, mode_t mode);
void enter_root(const struct config *config);
void settle_root(const struct config *config);
void find_disks(struct config *config);
/* Of this configuration. */
void will_sync_shares(const struct config *config);
void sync_shares(void);

/* forget.c */
/* Makes the file system that has this directory as its root forget the names that nothing uses at this moment. */
void forget_unused(int dir);
/* The same of the root. */
void forget_names(void);

/* fresh.c */
bool kernel_is_before(int major, int minor);
/* One of a stable branch, with what that has had since. */
bool kernel_is_stable(int wanted_major, int wanted_minor, int least);
extern bool root_by_fuse;
/* Mount options of 9p: what is kept of the host's files. */
const char *fresh_options(bool read_only);
/* What is looked up from now on is asked of the host, unless that was done less than so long ago. Returns when to come again, in microseconds; 0: a command begins. */
uint64_t stay_fresh(uint64_t since_us);

/* files/answer.c: the host's files by FUSE. False: this kernel has none. */
bool mount_files(const char *target);
/* What is looked up from now on is as the host has it, at once where a command begins. */
void files_refresh(bool command);

/* spool.c: the file for long reads, by its path on the host; -1: it cannot be opened. */
int spool_open(const char *host_path, size_t size);
bool spool_read(int spool, uint32_t slot, char *to, size_t size);
dev_t device_of(int fd);
/* How much of this file system's files the kernel reads ahead; -1: it does not say. */
int read_ahead_of(dev_t files);
/* More from now on, of what is opened. Closes it. */
void read_ahead_more(int fd);

/* shares/share.c: a directory of the host's, to write to, by FUSE and the port of this number. False: this kernel has no FUSE. */
bool mount_written(const char *source, const char *target, unsigned port);

/* laid.c */
/* Where something else is to be above it, or its directory is more than can be copied, nothing is laid. */
void lay_file(const struct config *config, const char *path, const char *text, mode_t mode);
bool is_laid(const char *path);

/* user.c */
bool parse_user(const char *at, size_t size, struct user *into);
void give_streams(const struct user *user, const int *fds, size_t count);
void make_places_of(const struct user *user, const struct list *env);
void let_ping(const struct user *user);
bool become_user(const struct user *user);

/* network/network.c */
void bring_up_network(const struct config *config);
bool nic_name_of(const char *mac, char *name);
void nic_set_up(const char *name);

/* network/paths.c */
void bring_up_paths(const struct config *config);

/* network/path-ask.c: kloop-path, and the session of the host's that it asks. Each gives its exit status. */
int path_ask(int count, char **words);
int path_serve(void);
void path_ask_install(void);

/* network/leases.c */
void start_leases(const struct config *config);
/* Returns when each NIC has an address; when one gets none, the guest ends. */
void await_leases(const struct config *config);

/* network/dhcp-hook.c: this program as the hook of a DHCP client. */
int nic_hook(int argc, char **argv);

/* systemd.c */
#define SERVICE_DIR "/run/kloop"
/* `file`: the configuration as it came; `began`: when init did. */
_Noreturn void become_systemd(const struct config *config, const struct bytes *file, uint64_t began);
/* Whether this is the service that systemd runs. */
bool is_service(int argc, char **argv);
void continue_as_service(char **argv, struct config *config, uint64_t *began);
/* A path by which others can run this program. */
extern const char *own_program;

/* unfit.c */
bool has_crashed(void);
/* What /dev/kmsg, from where this descriptor is on, has of a module that does not fit into this kernel, in the kernel's words; NULL where it has nothing of the kind. */
const char *why_unfit(int log, const char *name);

/* swap.c: this program as a command of the host's. Gives its exit status. */
int swap_modules(int count, char **names);

/* connect.c: this program as a command of the host's. Gives its exit status. */
int connect_to(int count, char **words);

/* tsc.c: on the host. */
int print_tsc_khz(void);

/* session.c */
void session_start(int id, const struct command *command);
void session_frame(int type, int stream, int id, char *payload, uint32_t size);
struct pollfd;
size_t sessions_poll(struct pollfd *into, size_t room);
void sessions_ready(const struct pollfd *polled, size_t count);
void sessions_reap(void);
/* Whether it is to be called again soon: a shell has just started. */
bool sessions_look(void);
/* Whether a command runs. */
bool sessions_run(void);
int exec_on_console(const struct command *command);

/* reader.c: by the terminal's master. */
bool terminal_is_read(int master);

/* end.c */
_Noreturn void trouble(enum trouble code, const char *format, ...) __attribute__((format(printf, 2, 3)));
_Noreturn void power_off(void);
/* What is to be done before the power goes off. */
extern void (*before_power_off)(void);

#endif
