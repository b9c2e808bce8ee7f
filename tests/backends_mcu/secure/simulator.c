/* The slots over a flash whose power can be cut: at any operation, torn in four ways.
 *
 * One programmed word and one erased page are an operation each. After the cut every operation
 * fails, as nothing runs any more; what the program does then touches nothing.
 */
#include <string.h>

#include "secure/slots_state.h"

enum { PAGE = 512, SLOT = 40 * PAGE, FLASH = 2 * PAGE + 4 * SLOT };
enum tear { NOT_DONE = 0, HALF_DONE = 1, ALMOST_DONE = 2, NOISE = 3 };

struct simulation {
    uint8_t cells[FLASH];
    uint32_t operations; /* done since the last reset of this count */
    uint32_t cut_at;     /* 1 is the first; 0: never */
    uint32_t tear;
    uint32_t noise;
    uint32_t erases;
    bool off;
    bool lie;
};

static struct simulation sim;
static struct edge_slots slots;

static const struct edge_layout layout = {
    .record = {0, PAGE},
    .slot = {{2 * PAGE, 2 * PAGE + SLOT}, {2 * PAGE + 2 * SLOT, 2 * PAGE + 3 * SLOT}},
    .slot_size = {SLOT, SLOT},
    .load_address = 0x20000000u,
    .load_size = SLOT,
    .board = "simulated",
    .target = "mcu:simulated",
};

static uint8_t random_byte(void) {
    sim.noise = sim.noise * 1664525u + 1013904223u;
    return (uint8_t)(sim.noise >> 24);
}

/* Leaves `cells` somewhere between what they are and what they were to become. */
static void tear(uint8_t *cells, const uint8_t *wanted, uint32_t bytes) {
    for (uint32_t i = 0; i < bytes; i++) {
        const uint8_t mix = random_byte();
        if ((sim.tear == HALF_DONE && i < bytes / 2) || (sim.tear == ALMOST_DONE && i + 1 < bytes)) {
            cells[i] = wanted[i];
        } else if (sim.tear == NOISE) {
            cells[i] = (uint8_t)((cells[i] & mix) | (wanted[i] & ~mix));
        }
    }
}

/* One operation: true when it is done whole. */
static bool operate(uint32_t address, const uint8_t *wanted, uint32_t bytes) {
    if (sim.off) return false;
    sim.operations++;
    if (sim.operations == sim.cut_at) {
        tear(sim.cells + address, wanted, bytes);
        sim.off = true;
        return false;
    }
    memcpy(sim.cells + address, wanted, bytes);
    return true;
}

static bool flash_read(void *context, uint32_t address, void *out, uint32_t bytes) {
    (void)context;
    if (sim.off || address > FLASH || bytes > FLASH - address) return false;
    memcpy(out, sim.cells + address, bytes);
    return true;
}

static bool flash_program(void *context, uint32_t address, const void *data, uint32_t bytes) {
    (void)context;
    if (address > FLASH || bytes > FLASH - address || (address | bytes) % 4 != 0) return false;
    for (uint32_t at = 0; at < bytes; at += 4) {
        uint8_t word[4];
        for (uint32_t i = 0; i < 4; i++) {
            word[i] = (uint8_t)(sim.cells[address + at + i] & ((const uint8_t *)data)[at + i]);
        }
        if (!operate(address + at, word, 4)) return false;
    }
    const bool lie = sim.lie;
    sim.lie = false;
    return !lie;
}

static bool flash_erase(void *context, uint32_t address) {
    (void)context;
    uint8_t ones[PAGE];
    if (address >= FLASH || address % PAGE != 0) return false;
    memset(ones, 0xFF, sizeof ones);
    sim.erases++;
    return operate(address, ones, PAGE);
}

static const struct edge_flash flash = {
    .size = FLASH, .page_size = PAGE, .read = flash_read, .program = flash_program, .erase = flash_erase};

/* --- what Python calls --- */

void sim_fresh(void) {
    memset(&sim, 0, sizeof sim);
    memset(sim.cells, 0xFF, sizeof sim.cells);
}

void sim_save(uint8_t *to) { memcpy(to, sim.cells, FLASH); }
void sim_load(const uint8_t *from) { memcpy(sim.cells, from, FLASH); }
uint32_t sim_size(void) { return FLASH; }
uint32_t sim_operations(void) { return sim.operations; }
uint32_t sim_erases(void) { return sim.erases; }
void sim_flip(uint32_t bit) { sim.cells[bit / 8] ^= (uint8_t)(1u << bit % 8); }

void sim_arm(uint32_t cut_at, uint32_t how, uint32_t noise) {
    sim.operations = 0;
    sim.erases = 0;
    sim.cut_at = cut_at;
    sim.tear = how;
    sim.noise = noise * 2654435761u + 1u;
}

/* Power on: the boot stage chooses, then the application starts. Returns the running slot. */
uint8_t sim_boot(void) {
    sim.off = false;
    (void)edge_slots_open(&slots, &flash, &layout, EDGE_NO_SLOT);
    const uint8_t running = edge_slots_choose_firmware(&slots);
    (void)edge_slots_open(&slots, &flash, &layout, running);
    (void)edge_slots_choose_model(&slots);
    return running;
}

uint32_t sim_trust(const uint8_t *key, const uint8_t *id, const uint8_t *signature, bool trust) {
    return edge_slots_change_key(&slots, trust, key, id, signature);
}

uint32_t sim_upload(uint8_t image, const uint8_t *content, uint32_t bytes, uint32_t chunk,
                    const struct edge_announcement *said) {
    enum edge_reason reason = edge_slots_begin(&slots, image, bytes, said);
    for (uint32_t at = 0; reason == EDGE_OK && at < bytes; at += chunk) {
        const uint32_t now = bytes - at < chunk ? bytes - at : chunk;
        reason = edge_slots_write(&slots, image, at, content + at, now);
    }
    return reason == EDGE_OK ? edge_slots_finish(&slots, image) : reason;
}

uint32_t sim_begin(uint8_t image, uint32_t bytes, const struct edge_announcement *said) {
    return edge_slots_begin(&slots, image, bytes, said);
}
uint32_t sim_write(uint8_t image, uint32_t offset, const uint8_t *data, uint32_t bytes) {
    return edge_slots_write(&slots, image, offset, data, bytes);
}
uint32_t sim_finish(uint8_t image) { return edge_slots_finish(&slots, image); }
uint32_t sim_target(uint8_t image) { return edge_slots_target(&slots, image); }
bool sim_label(uint8_t image, uint8_t slot, uint8_t *label) {
    struct edge_slot_state state;
    (void)edge_slots_state(&slots, image, slot, &state);
    memcpy(label, state.label, EDGE_HASH);
    return state.valid;
}
uint32_t sim_key_changes(void) { return edge_slots_key_changes(&slots); }
/* The next programming says that it failed, and all of it is in flash. */
void sim_lie(void) { sim.lie = true; }

uint32_t sim_test(uint8_t image, const uint8_t *hash, bool permanent) {
    return edge_slots_test(&slots, image, hash, permanent);
}
uint32_t sim_try(uint8_t slot) { return edge_slots_try_model(&slots, slot); }
uint32_t sim_confirm(uint8_t image) { return edge_slots_confirm(&slots, image); }
uint32_t sim_rollback(uint8_t image) { return edge_slots_rollback(&slots, image); }
uint32_t sim_revert(uint8_t image) { return edge_slots_revert(&slots, image); }
uint32_t sim_erase(uint8_t image, uint8_t slot) { return edge_slots_erase(&slots, image, slot); }
uint32_t sim_lowest(uint8_t image) { return edge_slots_lowest_counter(&slots, image); }

/* The hash of the image that is active; false where none is. */
bool sim_active(uint8_t image, uint8_t *hash) {
    struct edge_slot_state state;
    const uint8_t slot = slots.active[image];
    if (slot >= EDGE_SLOTS || edge_slots_state(&slots, image, slot, &state) != EDGE_OK) return false;
    memcpy(hash, state.hash, EDGE_HASH);
    return state.valid;
}

/* A whole update of firmware or model, as a host drives it. */
static bool update(uint8_t image, const uint8_t *content, uint32_t bytes, const uint8_t *hash) {
    if (sim_upload(image, content, bytes, 700, NULL) != EDGE_OK) return false;
    if (image == EDGE_MODEL) {
        if (sim_try(edge_slots_target(&slots, image)) != EDGE_OK) return false;
    } else {
        if (sim_test(image, hash, false) != EDGE_OK) return false;
        const bool was_off = sim.off;
        (void)sim_boot();
        sim.off = sim.off || was_off;
    }
    return sim_confirm(image) == EDGE_OK;
}

struct picture { const uint8_t *content; uint32_t bytes; uint8_t hash[EDGE_HASH]; };

/* From `start`: an update to `next` is cut at operation `cut`; then power on, and what runs must be
 * the old or the new image; then an update to `after` must work. Returns 0 where old, 1 where new,
 * 2 where the update was over before the cut, negative where a promise is broken. */
int sim_cut_update(uint8_t image, const uint8_t *start, const struct picture *old,
                   const struct picture *next, const struct picture *after, uint32_t cut,
                   uint32_t how, uint32_t second_cut, uint32_t second_how) {
    uint8_t hash[EDGE_HASH];
    sim_load(start);
    sim_arm(0, 0, 0);
    (void)sim_boot();
    sim_arm(cut, how, cut * 4u + how);
    if (update(image, next->content, next->bytes, next->hash)) return 2;
    if (second_cut != 0) {
        sim_arm(second_cut, second_how, second_cut * 4u + second_how);
        (void)sim_boot(); /* cut again while it starts, or in the next attempt */
        if (!sim.off) (void)update(image, next->content, next->bytes, next->hash);
    }
    sim_arm(0, 0, 0);
    (void)sim_boot();
    if (!sim_active(image, hash)) return -1;
    const int outcome = memcmp(hash, next->hash, EDGE_HASH) == 0 ? 1 : 0;
    if (outcome == 0 && memcmp(hash, old->hash, EDGE_HASH) != 0) return -2;
    if (sim_lowest(image) > (outcome != 0 ? 7u : 6u)) return -3; /* rises with the image only */
    if (slots.store.record.key_count != 1) return -4;
    /* A trial that a reset interrupts is over at the next one. */
    (void)sim_boot();
    if (!update(image, after->content, after->bytes, after->hash)) return -5;
    (void)sim_boot();
    if (!sim_active(image, hash) || memcmp(hash, after->hash, EDGE_HASH) != 0) return -6;
    return outcome;
}
