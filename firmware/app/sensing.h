/* The sensing program that is open, in place of a plan: it shares the models' arena.
 *
 * In a model's image it stands behind the interface text that hosts read (docs/sensing-program.md):
 * "EDSG", 1, bytes of the text, bytes of the program; then both, each at a multiple of 16.
 */
#ifndef EDGESDK_APP_SENSING_H
#define EDGESDK_APP_SENSING_H

#include "../lib/sensing/sensing.h"
#include "../secure/slots.h"

struct edge_app_sensing {
    const uint8_t *interface;
    const uint8_t *program;
    uint32_t interface_bytes, program_bytes;
};

/* Whether a payload holds a program; then where its parts are. */
bool edge_app_sensing_find(const uint8_t *payload, uint32_t bytes, struct edge_app_sensing *found);

/* Checks it whole, and begins at a tick with the facts as they are by default. */
enum edge_reason edge_app_sensing_open(const struct edge_app_sensing *found, uint8_t *arena,
                                       uint32_t arena_bytes, uint64_t first_tick);
void edge_app_sensing_close(void);
/* The open one, or NULL. */
struct edge_sensing *edge_app_sensing(void);

/* A piece of work; false when there is none. What it counts is added up in `work`. */
bool edge_app_sensing_step(void);
uint64_t edge_app_sensing_work(void);

/* Begins anew: facts[count]. */
enum edge_reason edge_app_sensing_restart(uint64_t first_tick, const int32_t *facts,
                                          uint32_t count);

#endif
