/* Sessions: commands that run for the host, each with three streams or a terminal. */
#include "guest.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#define SESSIONS 256
#define CHUNK 16384
/* How much of a terminal's output is still passed on after its command has ended, when others go on writing. */
#define TERMINAL_REST (1024 * 1024)
/* Whoever sends input may have done something on the host before. A stream of it need not be looked at piece by piece. */
#define INPUT_US (50 * 1000)
/*
 * A shell that does not look as if it read by then counts as reading all the
 * same: it may wait in a way that is not known here. Long: what takes half a
 * second on the host (pyenv in .bashrc) takes 48 s in an emulated guest on a
 * busy one, measured.
 */
#define READER_US (120 * 1000000)

struct output {
	int fd;
	size_t credit;
	/* After the command's end: what was in the pipe then, and is still to be passed on. */
	size_t rest;
};

struct session {
	bool used, tty, ended;
	int id;
	pid_t pid;
	int in;          /* the command's stdin, or the terminal */
	bool in_ends;    /* close it when `pending` is empty */
	struct queue pending;
	struct output out[2]; /* stdout (or the terminal), stderr */
	int status;
	uint64_t reads_by; /* 0: nobody asks whether it reads, or it is known */
};

static struct session sessions[SESSIONS];
/* The host has been sent output since it sent input: what it sends now may be its answer. */
static bool said;

static struct session *find(int id)
{
	for (size_t i = 0; i < SESSIONS; i++)
		if (sessions[i].used && sessions[i].id == id)
			return &sessions[i];
	return NULL;
}

static void shut(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

/* Says on stderr why a command cannot be run, as a shell would, and ends. */
static _Noreturn void cannot_run(const char *program, int error)
{
	const char *why = strerror(error);
	struct stat st;
	if (error == ENOENT && !strchr(program, '/'))
		why = "not found on PATH in the guest";
	else if (error == ENOENT && stat(program, &st) == 0)
		why = "its interpreter or loader does not exist in the guest";
	else if (error == EACCES && stat(program, &st) == 0 && S_ISDIR(st.st_mode))
		why = "it is a directory";
	dprintf(2, "kloop: cannot run %s: %s\n", program, why);
	_exit(error == ENOENT ? 127 : 126);
}

static _Noreturn void become(const struct command *command)
{
	sigset_t none;
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	for (int number = 1; number < NSIG; number++)
		signal(number, SIG_DFL);
	if (!become_user(&command->user)) {
		dprintf(2, "kloop: the guest cannot become user %u: %s\n", (unsigned)command->user.uid, strerror(errno));
		_exit(126);
	}
	if (command->cwd && chdir(command->cwd) != 0) {
		dprintf(2, "kloop: the guest cannot enter %s (%s); starting in /\n", command->cwd, strerror(errno));
		(void)!chdir("/");
		setenv("PWD", "/", 1);
	}
	if (command->program)
		execv(command->program, command->argv.items);
	execvp(command->argv.items[0], command->argv.items);
	cannot_run(command->argv.items[0], errno);
}

static void own_terminal(int fd)
{
	setsid();
	ioctl(fd, TIOCSCTTY, 0);
}

static void set_size(int fd, uint16_t rows, uint16_t columns)
{
	struct winsize size = { .ws_row = rows, .ws_col = columns };
	if (rows > 0 && columns > 0)
		ioctl(fd, TIOCSWINSZ, &size);
}

static void set_environment(const struct command *command)
{
	extern char **environ;
	static char *empty[] = { NULL };
	environ = command->env.count > 0 ? command->env.items : empty;
}

/* Runs the command on the console, without a host: what a pasted QEMU line does. Gives its exit status. */
int exec_on_console(const struct command *command)
{
	make_places_of(&command->user, &command->env);
	let_ping(&command->user);
	pid_t pid = fork();
	if (pid == 0) {
		int fd = open("/dev/ttyS0", O_RDWR | O_NOCTTY);
		if (fd < 0)
			fd = open("/dev/console", O_RDWR | O_NOCTTY);
		own_terminal(fd);
		set_size(fd, command->rows, command->columns);
		dup2(fd, 0);
		dup2(fd, 1);
		dup2(fd, 2);
		give_streams(&command->user, &fd, 1);
		set_environment(command);
		become(command);
	}
	for (;;) {
		int status;
		pid_t ended = waitpid(-1, &status, 0);
		if (ended == pid)
			return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
	}
}

static bool open_terminal(int *master, int *slave)
{
	int unlock = 0, number;
	char name[32];
	*master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (*master < 0 || ioctl(*master, TIOCSPTLCK, &unlock) != 0 || ioctl(*master, TIOCGPTN, &number) != 0)
		return false;
	snprintf(name, sizeof(name), "/dev/pts/%d", number);
	*slave = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
	return *slave >= 0;
}

static void refuse(int id, const char *why)
{
	char text[200];
	uint64_t now = now_us();
	/* To the host an end has a start. */
	wire_send(FRAME_STARTED, 0, id, &now, sizeof(now));
	int size = snprintf(text, sizeof(text), "kloop: the guest cannot start a command: %s\n", why);
	wire_send(FRAME_DATA, STREAM_ERR, id, text, (size_t)size);
	uint32_t ending[2] = { 126, 0 };
	wire_send(FRAME_EXIT, 0, id, ending, sizeof(ending));
}

static void unblock(int fd)
{
	fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
}

void session_start(int id, const struct command *command)
{
	struct session *session = NULL;
	for (size_t i = 0; i < SESSIONS && !session; i++)
		if (!sessions[i].used)
			session = &sessions[i];
	if (!session || find(id))
		return refuse(id, "too many sessions");
	if (command->argv.count == 0)
		return refuse(id, "no command");
	bool tty = command->flags & COMMAND_TTY;
	bool err_apart = !tty || (command->flags & COMMAND_ERR_APART);
	/* Ours and the command's end of each stream. */
	int ours[3] = { -1, -1, -1 }, theirs[3] = { -1, -1, -1 }, pair[2];
	if (tty) {
		if (!open_terminal(&ours[0], &theirs[0]))
			return refuse(id, "no pseudo-terminal: does this kernel have CONFIG_UNIX98_PTYS?");
		ours[1] = fcntl(ours[0], F_DUPFD_CLOEXEC, 0);
		theirs[1] = fcntl(theirs[0], F_DUPFD_CLOEXEC, 0);
		set_size(ours[0], command->rows, command->columns);
	} else {
		if (pipe2(pair, O_CLOEXEC) != 0)
			return refuse(id, strerror(errno));
		theirs[0] = pair[0], ours[0] = pair[1];
		if (pipe2(pair, O_CLOEXEC) != 0)
			return refuse(id, strerror(errno));
		ours[1] = pair[0], theirs[1] = pair[1];
	}
	if (err_apart) {
		if (pipe2(pair, O_CLOEXEC) != 0)
			return refuse(id, strerror(errno));
		ours[2] = pair[0], theirs[2] = pair[1];
	} else {
		theirs[2] = fcntl(theirs[0], F_DUPFD_CLOEXEC, 0);
	}
	for (int i = 0; i < 3; i++)
		if (ours[i] >= 0)
			unblock(ours[i]);
	give_streams(&command->user, theirs, 3);
	make_places_of(&command->user, &command->env);
	let_ping(&command->user);

	pid_t pid = fork();
	if (pid == 0) {
		if (tty)
			own_terminal(theirs[0]);
		else
			setsid();
		for (int i = 0; i < 3; i++)
			dup2(theirs[i], i);
		set_environment(command);
		become(command);
	}
	for (int i = 0; i < 3; i++)
		shut(&theirs[i]);
	uint64_t now = now_us();
	wire_send(FRAME_STARTED, 0, id, &now, sizeof(now));
	*session = (struct session){
		.used = true, .tty = tty, .id = id, .pid = pid, .in = ours[0],
		.out = { { ours[1], WINDOW, 0 }, { ours[2], WINDOW, 0 } },
		.reads_by = tty && (command->flags & COMMAND_SHELL) ? now + READER_US : 0,
	};
	if (pid < 0) {
		session->ended = true;
		session->status = 126 << 8;
	}
}

/* Passes stdin on, as far as the command takes it. */
static void feed(struct session *session)
{
	const size_t given = queue_size(&session->pending);
	int error = session->in >= 0 ? queue_write(&session->pending, session->in) : 0;
	size_t taken = given - queue_size(&session->pending);
	if (error != 0 && error != EAGAIN) {
		/* It reads no more: the host can stop, too. */
		queue_drop(&session->pending, queue_size(&session->pending));
		wire_send(FRAME_CLOSE, STREAM_IN, session->id, NULL, 0);
		shut(&session->in);
		return;
	}
	if (taken > 0)
		wire_send_u32(FRAME_CREDIT, STREAM_IN, session->id, (uint32_t)taken);
	if (session->in_ends && queue_size(&session->pending) == 0)
		shut(&session->in);
}

/* Sends one chunk of output. False when there is nothing to send now. */
static bool pass_on(struct session *session, int which)
{
	static char chunk[CHUNK];
	struct output *output = &session->out[which];
	size_t most = output->credit < CHUNK ? output->credit : CHUNK;
	if (session->ended && output->rest < most)
		most = output->rest;
	if (output->fd < 0)
		return false;
	if (session->ended && output->rest == 0) {
		shut(&output->fd);
		return false;
	}
	if (most == 0 || !wire_has_room())
		return false;
	ssize_t got = read(output->fd, chunk, most);
	if (got < 0 && errno == EINTR)
		return true;
	if (got < 0 && errno == EAGAIN) {
		if (session->ended)
			shut(&output->fd);
		return false;
	}
	if (got <= 0) { /* EIO: the terminal's last user is gone */
		shut(&output->fd);
		/* Of a command that has ended that is told by its end. */
		if (!session->ended)
			wire_send(FRAME_EOF, which + STREAM_OUT, session->id, NULL, 0);
		return false;
	}
	output->credit -= (size_t)got;
	if (session->ended)
		output->rest -= (size_t)got;
	wire_send(FRAME_DATA, which + STREAM_OUT, session->id, chunk, (size_t)got);
	said = true;
	return true;
}

/* A session is over when its command has ended and all that it had printed by then is on its way. */
static void finish(struct session *session)
{
	if (!session->ended || session->out[0].fd >= 0 || session->out[1].fd >= 0)
		return;
	shut(&session->in);
	sync_shares();
	bool killed = WIFSIGNALED(session->status);
	uint32_t ending[2] = {
		killed ? 128u + (uint32_t)WTERMSIG(session->status) : (uint32_t)WEXITSTATUS(session->status),
		killed ? (uint32_t)WTERMSIG(session->status) : 0,
	};
	wire_send(FRAME_EXIT, 0, session->id, ending, sizeof(ending));
	free(session->pending.at);
	memset(session, 0, sizeof(*session));
}

static void drain(struct session *session)
{
	for (int i = 0; i < 2; i++)
		while (pass_on(session, i))
			;
	finish(session);
}

void sessions_reap(void)
{
	int status;
	pid_t pid;
	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		for (size_t i = 0; i < SESSIONS; i++) {
			struct session *session = &sessions[i];
			if (!session->used || session->pid != pid)
				continue;
			session->ended = true;
			session->status = status;
			for (int o = 0; o < 2; o++) {
				int held = 0;
				/* A daemon may hold the pipe and go on writing: what was there at the end is the command's. */
				if (session->tty && o == 0)
					session->out[o].rest = TERMINAL_REST;
				else if (session->out[o].fd >= 0 && ioctl(session->out[o].fd, FIONREAD, &held) == 0)
					session->out[o].rest = (size_t)held;
			}
			drain(session);
		}
	}
}

bool sessions_look(void)
{
	bool again = false;
	for (size_t i = 0; i < SESSIONS; i++) {
		struct session *session = &sessions[i];
		if (!session->used || session->ended || session->reads_by == 0)
			continue;
		if (now_us() < session->reads_by && !terminal_is_read(session->in)) {
			again = true;
			continue;
		}
		session->reads_by = 0;
		wire_send(FRAME_READING, 0, session->id, NULL, 0);
	}
	return again;
}

bool sessions_run(void)
{
	for (size_t i = 0; i < SESSIONS; i++)
		if (sessions[i].used && !sessions[i].ended)
			return true;
	return false;
}

static uint32_t number(const char *payload, uint32_t size)
{
	uint32_t value = 0;
	if (size >= 4)
		memcpy(&value, payload, 4);
	return value;
}

static void send_signal(const struct session *session, int signal_number)
{
	pid_t group = 0;
	/* With a terminal, as its keys would: to whatever is in its foreground. */
	if (session->tty && session->in >= 0 && ioctl(session->in, TIOCGPGRP, &group) == 0 && group > 1)
		kill(-group, signal_number);
	else
		kill(-session->pid, signal_number);
}

/*
 * Input after a pause is taken for a command, as somebody types it; what goes
 * on is not, but may have one in it. By FUSE, where that takes no more than a
 * question, so is what follows output: a program may have waited for that.
 */
static void expect_command(void)
{
	static uint64_t last;
	uint64_t now = now_us();
	stay_fresh(now - last > INPUT_US || (said && root_by_fuse) ? 0 : INPUT_US);
	last = now;
	said = false;
}

void session_frame(int type, int stream, int id, char *payload, uint32_t size)
{
	if (type == FRAME_DATA)
		expect_command();
	if (type == FRAME_START) {
		stay_fresh(0);
		struct config config = { 0 };
		if (parse_fields(payload, size, &config) && config.has_command)
			session_start(id, &config.command);
		else
			refuse(id, "its description cannot be read");
		free_command(&config.command);
		return;
	}
	struct session *session = find(id);
	if (!session)
		return; /* it has just ended */
	int output = stream - STREAM_OUT;
	switch (type) {
	case FRAME_DATA:
		if (session->in >= 0 && stream == STREAM_IN)
			queue_add(&session->pending, payload, size);
		feed(session);
		break;
	case FRAME_EOF:
		session->in_ends = true;
		feed(session);
		break;
	case FRAME_CREDIT:
		if (output == 0 || output == 1)
			session->out[output].credit += number(payload, size);
		drain(session);
		break;
	case FRAME_CLOSE:
		if (output == 0 || output == 1)
			shut(&session->out[output].fd);
		finish(session);
		break;
	case FRAME_SIGNAL:
		if (!session->ended)
			send_signal(session, (int)number(payload, size));
		break;
	case FRAME_WINSIZE:
		if (session->tty && session->in >= 0 && size == 4) {
			uint16_t dimensions[2];
			memcpy(dimensions, payload, 4);
			set_size(session->in, dimensions[0], dimensions[1]);
		}
		break;
	}
}

size_t sessions_poll(struct pollfd *into, size_t room)
{
	size_t count = 0;
	for (size_t i = 0; i < SESSIONS; i++) {
		struct session *session = &sessions[i];
		if (!session->used || count + 3 > room)
			continue;
		if (session->in >= 0 && queue_size(&session->pending) > 0)
			into[count++] = (struct pollfd){ .fd = session->in, .events = POLLOUT };
		for (int o = 0; o < 2; o++)
			if (session->out[o].fd >= 0 && session->out[o].credit > 0 && wire_has_room())
				into[count++] = (struct pollfd){ .fd = session->out[o].fd, .events = POLLIN };
	}
	return count;
}

void sessions_ready(const struct pollfd *polled, size_t count)
{
	for (size_t p = 0; p < count; p++) {
		if (polled[p].revents == 0)
			continue;
		for (size_t i = 0; i < SESSIONS; i++) {
			struct session *session = &sessions[i];
			if (!session->used)
				continue;
			if (session->in == polled[p].fd)
				feed(session);
			for (int o = 0; o < 2; o++)
				if (session->used && session->out[o].fd == polled[p].fd)
					pass_on(session, o);
			if (session->used)
				finish(session);
		}
	}
}
