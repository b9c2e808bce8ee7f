/* The SMP server: finds requests in the bytes that arrive, hands each to its group, answers.
 *
 *     static const struct edge_smp_group groups[] = {
 *         {0, edge_os_group, &os}, {1, edge_image_group, &images}, {64, my_group, &mine},
 *     };
 *     edge_smp_start(&server, groups, 3, port_send);
 *     for (;;) {
 *         uint32_t got = port_receive(bytes, sizeof bytes);
 *         edge_smp_receive(&server, bytes, got, port_milliseconds());
 *         if (os.reset != EDGE_SMP_STAY) ...
 *     }
 *
 * A write request that comes again at once (the same bytes: its answer was lost) is not carried out
 * again; its answer is repeated.
 */
#ifndef EDGESDK_SMP_SERVER_H
#define EDGESDK_SMP_SERVER_H

#include <stdbool.h>
#include <stdint.h>

#include "cbor.h"
#include "frame.h"

/* The longest message, header included, in both directions. The boot stage is built with less. */
#ifndef EDGE_SMP_BUFFER
#define EDGE_SMP_BUFFER 4352 /* 4096 bytes of data, and room for the rest of a request */
#endif
/* Requests that may be under way: one is worked on, the others wait in the port's buffer. */
#ifndef EDGE_SMP_BUFFERS
#define EDGE_SMP_BUFFERS 2
#endif

struct edge_smp_request {
    uint16_t group;
    uint8_t command;
    bool write;              /* else read */
    uint8_t version;         /* 0 or 1, which SMP calls v1 and v2 */
    uint8_t sequence;
    struct edge_cbor_map body; /* checked */
    void *context;           /* the group's */
};

/* What a handler returns: 0, an error of its own group (1..255; for group 64 an edge_reason), or one
 * of SMP's own. With an error, what was written into the answer is dropped. */
enum edge_smp_error {
    EDGE_SMP_OK = 0,
    EDGE_SMP_GENERIC = 0x100, /* added to the numbers of SMP's own errors */
    EDGE_SMP_FAILED = EDGE_SMP_GENERIC + 1,
    EDGE_SMP_INVALID = EDGE_SMP_GENERIC + 3,        /* malformed, or a field is missing */
    EDGE_SMP_TOO_LONG = EDGE_SMP_GENERIC + 7,       /* the answer does not fit */
    EDGE_SMP_NOT_SUPPORTED = EDGE_SMP_GENERIC + 8,  /* no such group or command */
    EDGE_SMP_TOO_NEW = EDGE_SMP_GENERIC + 13,       /* the protocol's version */
};

/* `answer` is inside the answer's map: put keys and values. */
typedef uint32_t edge_smp_handler(const struct edge_smp_request *request,
                                  struct edge_cbor_writer *answer);

struct edge_smp_group {
    uint16_t id;
    edge_smp_handler *handle;
    void *context;
    /* A word for an error of this group, sent to clients of v1; NULL where there is none. */
    const char *(*reason)(const void *context);
};

struct edge_smp_server {
    const struct edge_smp_group *groups;
    uint32_t group_count;
    bool (*send)(const uint8_t *data, uint32_t bytes);
    struct edge_frame_reader reader;
    uint32_t requests; /* carried out since the start */
    uint32_t repeats;  /* answered from memory */

    /* The last write request, by its fingerprint, and the answer that it got. */
    uint32_t last_request;
    uint32_t answer_bytes; /* 0 where none is kept */
    uint8_t message[EDGE_SMP_BUFFER + EDGE_FRAME_CHECK];
    uint8_t answer[EDGE_SMP_BUFFER];
};

/* `groups` and what they point to must stay. */
void edge_smp_start(struct edge_smp_server *server, const struct edge_smp_group *groups,
                    uint32_t count, bool (*send)(const uint8_t *data, uint32_t bytes));

/* Takes what has arrived at `now` (ms), which may be nothing, and answers every request that is
 * whole. */
void edge_smp_receive(struct edge_smp_server *server, const uint8_t *data, uint32_t bytes,
                      uint32_t now);

#endif
