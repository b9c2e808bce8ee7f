/* What a sensing program reports: that something happened, when, and how sure it is. */
#ifndef EDGESDK_SENSING_EVENT_H
#define EDGESDK_SENSING_EVENT_H

#include <stdint.h>

/* cffi:begin */
/* Times are ticks: samples of the fastest stream since the program began. start <= peak < end. */
struct edge_event {
    uint64_t start, peak;
    uint64_t end; /* the first tick after it */
    int32_t label;
    int32_t confidence; /* Q15: 32768 is certain */
};
/* cffi:end */

#endif
