/* The model that is open: a plan, or a sensing program (sensing.h), in the memory-mapped flash, and
 * an arena in RAM. */
#ifndef EDGESDK_APP_MODEL_H
#define EDGESDK_APP_MODEL_H

#include <stdbool.h>
#include <stdint.h>

#include "../secure/slots.h"

/* Checks every offset of the plan, then opens it with its variables at their first values, in place
 * of the one that was open; that one stays open where a plan is refused, and is closed where a
 * sensing program is, which takes the arena to be looked at. */
enum edge_reason edge_model_open(const uint8_t *payload, uint32_t bytes);
void edge_model_close(void);
bool edge_model_is_open(void);

/* All inputs lie behind each other in the order of the plan, and so do all outputs. Bytes. */
uint32_t edge_model_input_bytes(void);
uint32_t edge_model_output_bytes(void);

/* Writes a piece of the inputs; pieces may come in any order and more than once. */
enum edge_reason edge_model_feed(uint32_t offset, const uint8_t *data, uint32_t bytes);
/* Runs once on what was fed; `count` gets port_count's difference. */
enum edge_reason edge_model_infer(uint32_t *count);
/* A piece of the outputs of the last run. */
enum edge_reason edge_model_fetch(uint32_t offset, uint8_t *out, uint32_t bytes);

/* The golden vectors that came with the plan: feeds one, runs, compares to the bit. Vector 0 starts
 * from the variables' first values, each other one where the one before it ended. */
uint32_t edge_model_golden_vectors(void);
enum edge_reason edge_model_golden(uint32_t vector, uint32_t *wrong_bytes, uint32_t *count);

/* Whether the runtime has a kernel of that number. */
bool edge_model_has_kernel(uint32_t kind);

uint32_t edge_model_arena(void);      /* bytes that a plan may use */
uint32_t edge_model_arena_used(void); /* bytes that the open one does use */

/* Where the interface text of a plan lies, open or not. */
enum edge_reason edge_model_inspect(const uint8_t *payload, uint32_t bytes, const uint8_t **text,
                                    uint32_t *text_bytes);

#endif
