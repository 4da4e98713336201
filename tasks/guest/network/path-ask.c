/*
 * Changes of the paths from inside the guest: `kloop-path cut wifi`. That is this
 * program under another name; it asks by a socket, at whose other end this
 * program is a session of the host's, which hands each line to the host on
 * stdout, and has the answer on stdin: a line `STATUS BYTES`, and so many bytes
 * of text.
 */
#include "guest.h"
#include "nics.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

/* In the file system, so that other network namespaces have it, too. */
#define SOCKET "/run/kloop-path.socket"
#define PROGRAM "/run/kloop-path"
#define COMMAND "/usr/local/sbin/kloop-path"
/* The host begins to listen when the guest has greeted it: a command may be sooner. */
#define PATIENCE_MS 5000
#define CLIENTS 32
#define LINE 512

static const struct sockaddr_un address = { .sun_family = AF_UNIX, .sun_path = SOCKET };

/* A copy: init's own file is in no directory that other users may look into. */
void path_ask_install(void)
{
	int from = open("/proc/self/exe", O_RDONLY | O_CLOEXEC), to = open(PROGRAM, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0755);
	while (sendfile(to, from, NULL, 1 << 24) > 0)
		;
	close(from);
	close(to);
	/* Where that cannot be made, the program has its whole name alone. */
	if (!is_shared(COMMAND)) {
		make_dirs("/usr/local/sbin");
		(void)!symlink(PROGRAM, COMMAND);
	}
}

/* An answer, as it comes; NULL: there is none any more. */
static char *read_answer(FILE *from, int *status, size_t *size)
{
	char head[64];
	if (!fgets(head, sizeof(head), from) || sscanf(head, "%d %zu", status, size) != 2 || *size > 1 << 20)
		return NULL;
	char *text = grow(NULL, *size + 1);
	if (fread(text, 1, *size, from) != *size) {
		free(text);
		return NULL;
	}
	text[*size] = '\0';
	return text;
}

struct client {
	int fd; /* -1: none */
	size_t size;
	char line[LINE];
};

/* Hands its whole lines on, one by one. False: it has gone, or does not keep to this. */
static bool serve_client(struct client *client)
{
	ssize_t got = read(client->fd, client->line + client->size, LINE - client->size);
	char *end;
	if (got <= 0)
		return false;
	client->size += (size_t)got;
	while ((end = memchr(client->line, '\n', client->size))) {
		size_t used = (size_t)(end + 1 - client->line), size;
		char head[64];
		int status;
		if (!write_all(STDOUT_FILENO, client->line, used))
			exit(1);
		char *text = read_answer(stdin, &status, &size);
		if (!text)
			exit(1);
		snprintf(head, sizeof(head), "%d %zu\n", status, size);
		bool whole = write_all(client->fd, head, strlen(head)) && write_all(client->fd, text, size);
		free(text);
		if (!whole)
			return false;
		client->size -= used;
		memmove(client->line, end + 1, client->size);
	}
	return client->size < LINE;
}

int path_serve(void)
{
	static struct client clients[CLIENTS];
	int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	signal(SIGPIPE, SIG_IGN);
	unlink(SOCKET);
	/* Whoever has a command in this guest may change its paths. */
	mode_t mask = umask(0);
	if (bind(listener, (const struct sockaddr *)&address, sizeof(address)) != 0 || listen(listener, CLIENTS) != 0) {
		fprintf(stderr, "listening at " SOCKET ": %s\n", strerror(errno));
		return 1;
	}
	umask(mask);
	for (size_t i = 0; i < CLIENTS; i++)
		clients[i].fd = -1;
	for (;;) {
		struct pollfd polled[1 + CLIENTS];
		polled[0] = (struct pollfd){ .fd = listener, .events = POLLIN };
		for (size_t i = 0; i < CLIENTS; i++)
			polled[1 + i] = (struct pollfd){ .fd = clients[i].fd, .events = POLLIN };
		if (poll(polled, 1 + CLIENTS, -1) < 0)
			continue;
		for (size_t i = 0; i < CLIENTS; i++) {
			if (clients[i].fd < 0 || polled[1 + i].revents == 0 || serve_client(&clients[i]))
				continue;
			close(clients[i].fd);
			clients[i].fd = -1;
		}
		int fd = polled[0].revents & POLLIN ? accept4(listener, NULL, NULL, SOCK_CLOEXEC) : -1;
		for (size_t i = 0; i < CLIENTS && fd >= 0; i++) {
			if (clients[i].fd >= 0)
				continue;
			clients[i] = (struct client){ .fd = fd };
			fd = -1;
		}
		if (fd >= 0)
			close(fd);
	}
}

static FILE *connect_to_host(void)
{
	const struct timespec tick = { .tv_nsec = 5 * 1000 * 1000 };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	for (int ms = 0; connect(fd, (const struct sockaddr *)&address, sizeof(address)) != 0; ms += 5) {
		if ((errno != ENOENT && errno != ECONNREFUSED) || ms >= PATIENCE_MS) {
			fprintf(stderr, "kloop-path: nobody takes changes of paths here: %s\n", strerror(errno));
			exit(125);
		}
		nanosleep(&tick, NULL);
	}
	return fdopen(fd, "r+");
}

/* Its answer's status; the text where it belongs. */
static int ask(FILE *host, const char *line, bool lines)
{
	size_t size;
	int status;
	char *text = write_all(fileno(host), line, strlen(line)) && write_all(fileno(host), "\n", 1) ? read_answer(host, &status, &size) : NULL;
	if (!text) {
		fprintf(stderr, "kloop-path: the host does not answer\n");
		exit(125);
	}
	if (lines && status == 0)
		printf("%s%s", text, *text ? "" : "ok\n");
	else if (lines)
		printf("error: %s", text);
	else
		fprintf(status == 0 ? stdout : stderr, "%s%s", status == 0 ? "" : "kloop-path: ", text);
	fflush(stdout);
	free(text);
	return status;
}

/* Words: a change, as `kloop path` has it; `-`: one on each line of stdin, each with an answer; none: list. */
int path_ask(int count, char **words)
{
	signal(SIGPIPE, SIG_IGN);
	if (count == 1 && strcmp(words[0], "-") == 0) {
		FILE *host = connect_to_host();
		char *line = NULL;
		size_t room = 0;
		int worst = 0;
		for (ssize_t size; (size = getline(&line, &room, stdin)) > 0;) {
			line[strcspn(line, "\n")] = '\0';
			int status = strlen(line) < LINE ? ask(host, line, true) : 1;
			worst = status > worst ? status : worst;
		}
		return worst;
	}
	char line[LINE] = "";
	for (int i = 0; i < count; i++) {
		if (strlen(line) + strlen(words[i]) + 2 > sizeof(line) || strchr(words[i], '\n')) {
			fprintf(stderr, "kloop-path: that is not a change of a path\n");
			return 1;
		}
		snprintf(line + strlen(line), sizeof(line) - strlen(line), "%s%s", i > 0 ? " " : "", words[i]);
	}
	return ask(connect_to_host(), count == 0 ? "list" : line, false);
}
