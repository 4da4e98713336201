/* A file for long reads, which the guest reads by QEMU's own server. */
#ifndef KLOOP_SPOOL_H
#define KLOOP_SPOOL_H

#include <stddef.h>
#include <stdint.h>

/* So many reads can be under way by it, each of so many bytes at most. */
#define SPOOL_SLOTS 8
#define SPOOL_SLOT_SIZE (1024 * 1024)
/* From how many bytes on a read is worth it. */
#define SPOOL_LEAST (64 * 1024)

/* Its path; NULL: there cannot be one, or there is one already. */
const char *make_spool(void);
/* It loses its name: the guest has it open, or cannot open it. */
void hide_spool(void);
/* A slot, from 1 on; NULL: there is no such one. */
void *spool_at(uint32_t slot);

#endif
