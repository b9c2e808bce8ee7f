/* The SMP server: header, groups, errors, and the answer that is kept in case it got lost. */
#include <stddef.h>

#include "server.h"

enum { HEADER = 8, READ = 0, WRITE = 2, LATEST = 1, OPEN_MAP = 0xBF };

/* The eight bytes before a body. */
struct header {
    uint8_t operation, version, flags, sequence, command;
    uint16_t length, group;
};

static struct header read_header(const uint8_t *message) {
    return (struct header){
        .operation = message[0] & 7,
        .version = message[0] >> 3 & 3,
        .flags = message[1],
        .length = (uint16_t)(message[2] << 8 | message[3]),
        .group = (uint16_t)(message[4] << 8 | message[5]),
        .sequence = message[6],
        .command = message[7],
    };
}

static void write_header(uint8_t *message, const struct header *request, uint32_t length) {
    uint8_t version = request->version > LATEST ? LATEST : request->version;
    message[0] = (uint8_t)(version << 3 | (request->operation + 1));
    message[1] = 0;
    message[2] = (uint8_t)(length >> 8);
    message[3] = (uint8_t)length;
    message[4] = (uint8_t)(request->group >> 8);
    message[5] = (uint8_t)request->group;
    message[6] = request->sequence;
    message[7] = request->command;
}

/* FNV-1a over a whole message. */
static uint32_t fingerprint(const uint8_t *message, uint32_t bytes) {
    uint32_t hash = 2166136261u;
    for (uint32_t i = 0; i < bytes; i++) hash = (hash ^ message[i]) * 16777619u;
    return hash;
}

static const struct edge_smp_group *find_group(const struct edge_smp_server *server, uint16_t id) {
    for (uint32_t i = 0; i < server->group_count; i++) {
        if (server->groups[i].id == id) return &server->groups[i];
    }
    return NULL;
}

static struct edge_cbor_writer begin_answer(struct edge_smp_server *server) {
    return (struct edge_cbor_writer){server->answer + HEADER, EDGE_SMP_BUFFER - HEADER, 0, false};
}

static uint32_t call_group(const struct edge_smp_group *group, const struct header *header,
                           struct edge_cbor_map body, struct edge_cbor_writer *answer) {
    static const uint8_t empty[] = {0xA0};
    if (body.bytes == 0) body = (struct edge_cbor_map){empty, sizeof empty};
    if (!edge_cbor_check(body)) return EDGE_SMP_INVALID;
    struct edge_smp_request request = {
        .group = header->group,
        .command = header->command,
        .write = header->operation == WRITE,
        .version = header->version,
        .sequence = header->sequence,
        .body = body,
        .context = group->context,
    };
    edge_cbor_open_map(answer, NULL);
    uint32_t error = group->handle(&request, answer);
    edge_cbor_close(answer);
    return error != EDGE_SMP_OK ? error : answer->full ? EDGE_SMP_TOO_LONG : EDGE_SMP_OK;
}

/* v2 tells an error of a group as such; v1 has only SMP's own, and room for a word. */
static void write_error(struct edge_cbor_writer *answer, const struct header *header,
                        const struct edge_smp_group *group, uint32_t error) {
    bool own = error < EDGE_SMP_GENERIC;
    edge_cbor_open_map(answer, NULL);
    if (own && header->version > 0) {
        edge_cbor_open_map(answer, "err");
        edge_cbor_put_u32(answer, "group", header->group);
        edge_cbor_put_u32(answer, "rc", error);
        edge_cbor_close(answer);
    } else {
        edge_cbor_put_u32(answer, "rc", (own ? EDGE_SMP_FAILED : error) - EDGE_SMP_GENERIC);
        if (own && group->reason != NULL) {
            edge_cbor_put_text(answer, "rsn", group->reason(group->context));
        }
    }
    edge_cbor_close(answer);
}

static uint32_t carry_out(const struct edge_smp_group *group, const struct header *header,
                          const uint8_t *message, struct edge_cbor_writer *answer) {
    if (header->version > LATEST) return EDGE_SMP_TOO_NEW;
    if (group == NULL) return EDGE_SMP_NOT_SUPPORTED;
    struct edge_cbor_map body = {message + HEADER, header->length};
    return call_group(group, header, body, answer);
}

static void answer_request(struct edge_smp_server *server, const struct header *header) {
    const struct edge_smp_group *group = find_group(server, header->group);
    struct edge_cbor_writer answer = begin_answer(server);
    uint32_t error = carry_out(group, header, server->message, &answer);
    if (error != EDGE_SMP_OK) {
        answer = begin_answer(server);
        write_error(&answer, header, group, error);
    }
    write_header(server->answer, header, answer.bytes);
    server->answer_bytes = HEADER + answer.bytes;
    server->requests++;
}

/* A CRC that begins with zero does not see zeros put before a message; its length does. */
static bool is_request(const struct edge_smp_server *server) {
    uint32_t bytes = server->reader.bytes;
    if (bytes < HEADER) return false;
    struct header header = read_header(server->message);
    return header.length == bytes - HEADER && header.flags == 0
           && (header.operation == READ || header.operation == WRITE);
}

static void take_message(struct edge_smp_server *server) {
    const struct edge_frame_reader *reader = &server->reader;
    if (!is_request(server)) return;
    struct header header = read_header(server->message);
    uint32_t print = fingerprint(server->message, reader->bytes);
    bool again = header.operation == WRITE && server->answer_bytes > 0
                 && server->last_request == print;
    if (again) {
        server->repeats++;
    } else {
        answer_request(server, &header);
        server->last_request = print;
    }
    edge_frame_send(reader->framing, server->answer, server->answer_bytes, server->send);
}

void edge_smp_start(struct edge_smp_server *server, const struct edge_smp_group *groups,
                    uint32_t count, bool (*send)(const uint8_t *data, uint32_t bytes)) {
    server->groups = groups;
    server->group_count = count;
    server->send = send;
    server->requests = 0;
    server->repeats = 0;
    server->answer_bytes = 0;
    edge_frame_start(&server->reader, server->message, sizeof server->message);
}

void edge_smp_receive(struct edge_smp_server *server, const uint8_t *data, uint32_t bytes,
                      uint32_t now) {
    for (uint32_t i = 0; i < bytes; i++) {
        if (edge_frame_take(&server->reader, data[i])) take_message(server);
    }
    if (bytes == 0) edge_frame_idle(&server->reader, now);
}
