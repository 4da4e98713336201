/*
 * What is not FUSE's own on a share's port: long reads go by the spool. The
 * guest gives a read the number of a slot (fuse_read_in.padding), or 0; where it
 * has one, the answer is how many bytes are in it (4), or an error.
 */
#ifndef KLOOP_SHARE_PROTOCOL_H
#define KLOOP_SHARE_PROTOCOL_H

/* An opcode. nodeid 0: the path of the spool is asked for; 1: it is open, or cannot be opened; not answered. */
#define OP_SPOOL 0x10000
/* The kernel counts its requests from 1 on. */
#define UNIQUE_SPOOL (1ull << 63)

/*
 * The host's time of day: struct timespec. A guest has the one of its hardware's
 * clock, up to a second behind: files would be from the future, and make says so.
 */
#define OP_CLOCK 0x10001
#define UNIQUE_CLOCK (UNIQUE_SPOOL + 1)
/*
 * The same, unasked, before each answer to a guest that may have no other clock
 * than its timer's ticks, of which a busy host loses some: 4.19 and older, which
 * know no tsc_early_khz.
 */
#define UNIQUE_TIME (UNIQUE_SPOOL + 2)

#endif
