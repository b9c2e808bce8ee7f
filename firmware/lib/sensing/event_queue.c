#include "event_queue.h"

#include <stdint.h>

void edge_event_put(struct edge_event_queue *queue, struct edge_event event) {
    if (queue->count == EDGE_EVENTS_MOST) {
        if (queue->lost != UINT32_MAX) queue->lost++;
        return;
    }
    event.start += queue->first_tick;
    event.peak += queue->first_tick;
    event.end += queue->first_tick;
    queue->events[(queue->oldest + queue->count++) % EDGE_EVENTS_MOST] = event;
}

bool edge_event_get(struct edge_event_queue *queue, struct edge_event *out) {
    if (queue->count == 0) return false;
    *out = queue->events[queue->oldest];
    queue->oldest = (queue->oldest + 1u) % EDGE_EVENTS_MOST;
    queue->count--;
    return true;
}
