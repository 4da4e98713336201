/* Which reads go by the spool. */
#include "requests.h"
#include "../beside/spool.h"

#include <string.h>

/*
 * A file of this size, or so many bytes of others, is worth the spool, and reading
 * more ahead; bytes. The start of a small program, which needs a part of its C library,
 * takes a fifth longer with both.
 */
#define WORTH (4 * 1024 * 1024)

static enum { UNKNOWN, ASKED, OPENING, THERE, NONE } state;
static int spool = -1, ahead = -1;
static uint64_t asked;
static unsigned used; /* a bit for each slot */
static char buffer[SPOOL_SLOT_SIZE] __attribute__((aligned(4096)));

void long_start(dev_t files)
{
	ahead = read_ahead_of(files);
}

void long_file(uint64_t size)
{
	if (size < WORTH || state != UNKNOWN)
		return;
	state = ASKED;
	read_ahead_more(ahead);
	link_ask(ASK_SPOOL, TAG_SPOOL, 0, 0, 0, "", 0);
}

uint32_t long_slot(size_t size)
{
	if (size < SPOOL_LEAST)
		return 0;
	asked += size;
	long_file(asked);
	for (uint32_t slot = 0; state == THERE && slot < SPOOL_SLOTS; slot++)
		if (!(used & 1u << slot)) {
			used |= 1u << slot;
			return slot + 1;
		}
	return 0;
}

void long_free(uint32_t slot)
{
	if (slot)
		used &= ~(1u << (slot - 1));
}

static struct { char path[512]; size_t size; } found;

/* Not by the thread that answers the kernel: to mount 9p may take a module, which modprobe reads of what we serve. */
static void *open_found(void *unused)
{
	int opened = spool_open(found.path, found.size);
	(void)unused;
	pthread_mutex_lock(&files_lock);
	spool = opened;
	state = opened < 0 ? NONE : THERE;
	/* It needs no name any more. */
	link_ask(ASK_SPOOL, TAG_SPOOL, 1, 0, 0, "", 0);
	link_flush();
	pthread_mutex_unlock(&files_lock);
	return NULL;
}

void long_comes(int error, const char *host_path, size_t size)
{
	if (state != ASKED)
		return;
	if (error || size >= sizeof(found.path)) {
		state = NONE;
		return;
	}
	state = OPENING;
	found.size = size;
	memcpy(found.path, host_path, size);
	start_thread(open_found);
}

const char *long_read(uint32_t slot, size_t size)
{
	return spool_read(spool, slot, buffer, size) ? buffer : NULL;
}
