/* The Verilated matmul behind C: a bus with memory around it, driven through its registers. */
#ifndef EDGE_RTL_HARNESS_H
#define EDGE_RTL_HARNESS_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* cffi:begin */
typedef struct edge_rtl edge_rtl;

/* How the memory behaves. Rates are out of 256. */
typedef struct {
    uint32_t latency;       /* cycles from an accepted read address to its first word, at least 1 */
    uint32_t bandwidth;     /* words that all channels may move in 256 cycles; 0: no limit */
    uint32_t refusal;       /* how often a channel is not ready, out of 256 */
    uint32_t channels;      /* which of them refuse: bits 0-3 weights, 4 codes, 5 sums */
    uint32_t seed;
    uint32_t offset;        /* words of 16 bytes from a boundary of 4096 to each region */
    uint32_t broken;        /* region that is no memory: bit as in `channels`; 0: none */
    uint32_t order;         /* what may come first of a write's address and data: see below */
    uint32_t probe;         /* 1: look for outputs that follow an input within a cycle; slow */
    uint64_t limit;         /* cycles after which a run counts as hung */
} edge_rtl_memory;

/* All four are allowed: a slave may wait for the one before it takes the other. */
enum {
    EDGE_RTL_ANY_ORDER = 0,
    EDGE_RTL_ADDRESS_FIRST = 1, /* takes a burst's data only after its address */
    EDGE_RTL_TOGETHER = 2,      /* takes its address only while data is offered, then the data */
    EDGE_RTL_DATA_FIRST = 3     /* takes its address only after all of its data */
};

/* `seed`: what every register and memory holds before the reset; 0: zeros. */
edge_rtl *edge_rtl_open(uint32_t seed);
void edge_rtl_close(edge_rtl *rtl);
void edge_rtl_configure(edge_rtl *rtl, const edge_rtl_memory *memory);

/* One matmul: the signature of edge_matmul_function, `context` being an edge_rtl. Returns the
 * block's status; bus_error as well when it does not finish within the limit, or breaks a rule. */
uint32_t edge_rtl_matmul(void *context, const uint8_t *const *ports, uint32_t rows, uint32_t tiles,
                         uint32_t tokens, const int8_t *codes, int32_t *sums);

/* A register, by AXI4-Lite transactions. */
uint32_t edge_rtl_read(edge_rtl *rtl, uint32_t offset);
void edge_rtl_write(edge_rtl *rtl, uint32_t offset, uint32_t value, uint32_t strobes);
uint32_t edge_rtl_interrupt(edge_rtl *rtl);

/* What its registers told of the last run, and sums over all runs since it was opened. */
typedef struct {
    uint64_t cycles, stalls;
    uint64_t runs, all_cycles, all_stalls;
    uint64_t words;     /* that the last run read */
    uint64_t simulated; /* clock cycles, those between the runs too */
} edge_rtl_counts;

edge_rtl_counts edge_rtl_counted(const edge_rtl *rtl);
/* What broke the rules of the bus, or why there is no answer, in words; "" where nothing did. */
const char *edge_rtl_fault(const edge_rtl *rtl);
/* cffi:end */

#ifdef __cplusplus
}
#endif
#endif
