/*
 * What is not FUSE's own on a share's port: long reads go by the spool. The
 * guest gives a read the number of a slot (fuse_read_in.padding), or 0; where it
 * has one, the answer is how many bytes are in it (4), or an error.
 */
#ifndef KLOOP_SHARE_PROTOCOL_H
#define KLOOP_SHARE_PROTOCOL_H

/* An opcode. nodeid 0: the path of the spool is asked for; 1: it is open, or cannot be opened; not answered. */
#define OP_SPOOL 0x10000
/* No request of the kernel's has this number, and no notice. */
#define UNIQUE_SPOOL 1

#endif
