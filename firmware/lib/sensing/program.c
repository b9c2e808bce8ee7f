#include "program.h"

enum {
    MAGIC = 0x50534445, /* "EDSP" */
    ALIGNMENT = 16,
    INTERFACE_MOST = 65536, /* bytes */
};

enum section {
    STREAMS,
    STAGES,
    FACTS,
    FEATURES,
    LABELS,
    POSTS,
    PARTS,
    INTERFACE,
    CONTENT,
    SECTIONS
};

struct header {
    uint32_t magic;
    uint32_t version;
    uint32_t bytes; /* of the whole program */
    uint32_t arena;
    uint32_t sections[SECTIONS]; /* bytes of each, without the padding behind it */
    uint32_t zeros[3];
};

_Static_assert(sizeof(struct header) == 64, "the header has no gaps");
_Static_assert(sizeof(struct edge_stage_record) == 92, "a record has no gaps");
_Static_assert(sizeof(struct edge_feature) == 12, "a record has no gaps");

static const uint32_t entry_bytes[SECTIONS] = {
    sizeof(struct edge_stream_record), sizeof(struct edge_stage_record),
    sizeof(struct edge_fact_record),   sizeof(struct edge_feature),
    sizeof(int32_t),                   sizeof(struct edge_post_record),
    sizeof(struct edge_part_record),   1,
    ALIGNMENT,
};

static uint64_t align(uint64_t bytes) {
    return (bytes + (ALIGNMENT - 1u)) & ~(uint64_t)(ALIGNMENT - 1u);
}

/* Sections lie behind each other with zeros between: nothing overlaps, nothing is left over. */
static bool find_sections(const uint8_t *content, uint32_t bytes, const struct header *header,
                          const uint8_t *sections[SECTIONS]) {
    uint64_t at = sizeof(struct header);
    for (uint32_t i = 0; i < SECTIONS; i++) {
        uint64_t end = at + header->sections[i];
        const uint64_t next = align(end);
        if (next > bytes || header->sections[i] % entry_bytes[i] != 0) return false;
        sections[i] = content + at;
        for (; end < next; end++)
            if (content[end] != 0) return false;
        at = next;
    }
    return at == bytes;
}

/* Parts lie in the content as the sections do in the program. */
static bool check_parts(const struct edge_program *program, uint32_t bytes) {
    uint64_t at = 0;
    for (uint32_t i = 0; i < program->part_count; i++) {
        uint64_t end = at + program->parts[i].bytes;
        at = align(end);
        if (at > bytes) return false;
        for (; end < at; end++)
            if (program->content[end] != 0) return false;
    }
    return at == bytes;
}

static void describe(const struct header *header, const uint8_t *const sections[SECTIONS],
                     struct edge_program *out) {
    const uint32_t *bytes = header->sections;
    *out = (struct edge_program){
        .streams = (const struct edge_stream_record *)(const void *)sections[STREAMS],
        .stages = (const struct edge_stage_record *)(const void *)sections[STAGES],
        .facts = (const struct edge_fact_record *)(const void *)sections[FACTS],
        .features = (const struct edge_feature *)(const void *)sections[FEATURES],
        .labels = (const int32_t *)(const void *)sections[LABELS],
        .posts = (const struct edge_post_record *)(const void *)sections[POSTS],
        .parts = (const struct edge_part_record *)(const void *)sections[PARTS],
        .interface = sections[INTERFACE],
        .content = sections[CONTENT],
        .stream_count = bytes[STREAMS] / entry_bytes[STREAMS],
        .stage_count = bytes[STAGES] / entry_bytes[STAGES],
        .fact_count = bytes[FACTS] / entry_bytes[FACTS],
        .feature_count = bytes[FEATURES] / entry_bytes[FEATURES],
        .label_count = bytes[LABELS] / entry_bytes[LABELS],
        .post_count = bytes[POSTS] / entry_bytes[POSTS],
        .part_count = bytes[PARTS] / entry_bytes[PARTS],
        .interface_bytes = bytes[INTERFACE],
        .arena = header->arena,
    };
}

static bool counts_fit(const struct edge_program *program) {
    return program->stream_count >= 1 && program->stream_count <= EDGE_STREAMS_MOST &&
           program->stage_count >= 1 && program->stage_count <= EDGE_STAGES_MOST &&
           program->fact_count <= EDGE_FACTS_MOST && program->post_count <= EDGE_POSTS_MOST &&
           program->part_count <= EDGE_PARTS_MOST && program->interface_bytes <= INTERFACE_MOST;
}

enum edge_sensing_status edge_program_read(const uint8_t *content, uint32_t bytes,
                                           struct edge_program *out) {
    const struct header *header = (const struct header *)(const void *)content;
    const uint8_t *sections[SECTIONS];
    if (bytes < sizeof *header || (uintptr_t)content % ALIGNMENT != 0 || header->magic != MAGIC)
        return EDGE_SENSING_MALFORMED;
    if (header->version != EDGE_PROGRAM_FORMAT) return EDGE_SENSING_VERSION;
    if (header->bytes != bytes || (header->zeros[0] | header->zeros[1] | header->zeros[2]) != 0)
        return EDGE_SENSING_MALFORMED;
    if (!find_sections(content, bytes, header, sections)) return EDGE_SENSING_MALFORMED;
    describe(header, sections, out);
    if (!counts_fit(out) || !check_parts(out, header->sections[CONTENT]))
        return EDGE_SENSING_MALFORMED;
    return EDGE_SENSING_OK;
}

const uint8_t *edge_program_part(const struct edge_program *program, uint32_t part,
                                 uint32_t *bytes) {
    const uint8_t *at = program->content;
    for (uint32_t i = 0; i < part; i++) at += align(program->parts[i].bytes);
    *bytes = program->parts[part].bytes;
    return at;
}
