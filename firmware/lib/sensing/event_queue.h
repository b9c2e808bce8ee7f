/* Events that wait to be fetched. When it is full, new ones are lost and counted. */
#ifndef EDGESDK_SENSING_EVENT_QUEUE_H
#define EDGESDK_SENSING_EVENT_QUEUE_H

#include <stdbool.h>

#include "event.h"

enum { EDGE_EVENTS_MOST = 64 };

struct edge_event_queue {
    struct edge_event events[EDGE_EVENTS_MOST];
    uint64_t first_tick; /* is added to every event's times */
    uint32_t oldest, count;
    uint32_t lost;
};

void edge_event_put(struct edge_event_queue *queue, struct edge_event event);
bool edge_event_get(struct edge_event_queue *queue, struct edge_event *out);

#endif
