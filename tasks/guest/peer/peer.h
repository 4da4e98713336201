/* What the peer at the far end of a VM's paths runs; each is a program of its own, by this one's first argument. */
#ifndef KLOOP_PEER_H
#define KLOOP_PEER_H

/* serve.c: echo, discard and files, until it is killed. */
int peer_serve(void);
/* offload.c: argv names NICs; they carry frames as they are on the wire. */
int peer_offload(int argc, char **argv);
/* sample.c: what goes over the paths, until nobody reads it. */
int peer_sample(int argc, char **argv);

#endif
