/* SMP group 0. */
#include "os_group.h"

enum { ECHO = 0, RESET = 5, PARAMETERS = 6, APPLICATION = 7, BOOTLOADER = 8 };
enum { BOOT_MODE_RECOVERY = 1, RAM_LOADER = 6 };

static uint32_t echo(const struct edge_smp_request *request, struct edge_cbor_writer *answer) {
    struct edge_cbor_span text;
    if (!edge_cbor_get_text(request->body, "d", &text)) return EDGE_SMP_INVALID;
    edge_cbor_put_span(answer, "r", text);
    return EDGE_SMP_OK;
}

static uint32_t reset(const struct edge_smp_request *request) {
    struct edge_os_group *os = request->context;
    uint32_t mode = 0;
    bool given = edge_cbor_has(request->body, "boot_mode");
    if (given && !edge_cbor_get_u32(request->body, "boot_mode", &mode)) return EDGE_SMP_INVALID;
    os->reset = mode == BOOT_MODE_RECOVERY ? EDGE_SMP_RESET_TO_RECOVERY : EDGE_SMP_RESET;
    return EDGE_SMP_OK;
}

static uint32_t parameters(struct edge_cbor_writer *answer) {
    edge_cbor_put_u32(answer, "buf_size", EDGE_SMP_BUFFER);
    edge_cbor_put_u32(answer, "buf_count", EDGE_SMP_BUFFERS);
    return EDGE_SMP_OK;
}

/* Tools ask for this to learn the format of images and how slots change: both are MCUboot's. */
static uint32_t bootloader(const struct edge_smp_request *request,
                           struct edge_cbor_writer *answer) {
    struct edge_cbor_span query;
    if (!edge_cbor_has(request->body, "query")) {
        edge_cbor_put_text(answer, "bootloader", "MCUboot");
        return EDGE_SMP_OK;
    }
    if (!edge_cbor_get_text(request->body, "query", &query)) return EDGE_SMP_INVALID;
    if (!edge_cbor_is(query, "mode")) return EDGE_SMP_NOT_SUPPORTED;
    edge_cbor_put_u32(answer, "mode", RAM_LOADER);
    return EDGE_SMP_OK;
}

uint32_t edge_os_group(const struct edge_smp_request *request, struct edge_cbor_writer *answer) {
    const struct edge_os_group *os = request->context;
    switch (request->command) {
    case ECHO: return echo(request, answer); /* some clients read it */
    case RESET: return request->write ? reset(request) : EDGE_SMP_NOT_SUPPORTED;
    case PARAMETERS: return parameters(answer);
    case APPLICATION: edge_cbor_put_text(answer, "output", os->description); return EDGE_SMP_OK;
    case BOOTLOADER: return bootloader(request, answer);
    default: return EDGE_SMP_NOT_SUPPORTED;
    }
}
