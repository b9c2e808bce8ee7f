/* What survives a reset in retained memory: which slot was loaded, and the last errors. */
#ifndef EDGESDK_SECURE_HANDOVER_H
#define EDGESDK_SECURE_HANDOVER_H

#include <stdbool.h>
#include <stdint.h>

#include "../lib/smp/cbor.h"

enum { EDGE_ERRORS = 6, EDGE_WHERE = 16 };
/* So many starts that fail before the application is up for this long, and the boot stage serves. */
enum { EDGE_FAILURES = 4, EDGE_UP_MILLISECONDS = 5000 };

struct edge_error {
    uint32_t reason; /* an edge_reason; 0x100 + enum port_reset; 0x200 + a fault's number */
    uint32_t count;
    char where[EDGE_WHERE]; /* ended by a zero */
};

struct edge_handover {
    uint32_t magic;
    uint8_t running;        /* the firmware slot that the boot stage loaded */
    uint8_t stay_in_boot;   /* 1: serve SMP in the boot stage, once */
    uint8_t used;           /* errors that are kept, the newest first */
    uint8_t failures;       /* starts of the application in a row that came to nothing */
    struct edge_error errors[EDGE_ERRORS];
    uint32_t check;
};

/* What is there, or a fresh one where a cut of power left noise. */
struct edge_handover *edge_handover_open(void *retained);
/* After a change of any field. */
void edge_handover_seal(struct edge_handover *handover);
/* Remembers an error in front of the others. */
void edge_handover_note(struct edge_handover *handover, uint32_t reason, const char *where);
/* Starts the device again; `to_boot`: the boot stage is to stay and serve. */
void edge_handover_reset(struct edge_handover *handover, bool to_boot) __attribute__((noreturn));
/* Puts the errors into an answer, as the array "log". */
uint32_t edge_handover_log(const struct edge_handover *handover, struct edge_cbor_writer *answer);

#endif
