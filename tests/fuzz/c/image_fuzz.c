/* Any bytes in a slot: taken where a trusted key signed them, and nowhere else.
 *
 * A second reader of the format judges the same bytes, and signs them itself to compare: signatures
 * of Ed25519 have one form. The device must say the same when it reads the slot, boots from it, and
 * takes the bytes as an upload. The first byte of an input says what is made right in it before (hash,
 * name of the key, signature), the second which read of a slot fails, the third the upload's chunks.
 */
#include <stdlib.h>
#include <string.h>

#include "image_judge.h"
#include "secure/slots_state.h"

enum { PAGE = 512, FLASH = 2 * PAGE + 4 * SLOT, LOAD_SIZE = SLOT - 256, LOWEST = 5, OPTIONS = 3 };
/* The bits of the first byte. SIGNER: by nobody, or by which one of the signers. */
enum { IS_MODEL = 1, HASH_RIGHT = 2, KEY_NAMED = 4, SIGNER = 24, NO_KEYS = 32, ANNOUNCED = 64 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* How often an image was accepted, for a test of the seeds. */
extern uint32_t image_fuzz_booted, image_fuzz_uploaded;
uint32_t image_fuzz_booted, image_fuzz_uploaded;

static void must(bool held) {
    if (!held) abort();
}

static bool is_named(const struct reading *of, const char *name) {
    return of->length[MADE_FOR] == strlen(name) && memcmp(of->tlv[MADE_FOR], name, strlen(name)) == 0;
}

static bool belongs(const struct reading *of, uint8_t image) {
    const uint32_t flags = number(of->slot + 16, 4);
    if (number(of->tlv[COUNTER], 4) < LOWEST) return false;
    if (image == EDGE_MODEL) return flags == 0x10 && is_named(of, "mcu:simulated");
    return flags == 0x20 && is_named(of, "simulated") && of->bytes <= LOAD_SIZE &&
           number(of->slot + 4, 4) == 0x20000000u;
}

/* --- the device --- */

static uint8_t *cells;
static struct edge_slots slots;
static uint32_t reads, fails_at; /* reads of slots; 0: none fails */

static const struct edge_layout layout = {
    .record = {0, PAGE},
    .slot = {{2 * PAGE, 2 * PAGE + SLOT}, {2 * PAGE + 2 * SLOT, 2 * PAGE + 3 * SLOT}},
    .slot_size = {SLOT, SLOT},
    .load_address = 0x20000000u,
    .load_size = LOAD_SIZE,
    .board = "simulated",
    .target = "mcu:simulated",
};

/* Nothing may reach out of the page of the record or the slot where it begins. */
static void inside(uint32_t address, uint32_t bytes) {
    const uint32_t begin = 2 * PAGE, unit = address < begin ? (uint32_t)PAGE : (uint32_t)SLOT;
    const uint32_t in_unit = (address < begin ? address : address - begin) % unit;
    must(address <= FLASH && bytes <= FLASH - address && (bytes == 0 || bytes <= unit - in_unit));
}

static bool flash_read(void *context, uint32_t address, void *out, uint32_t bytes) {
    (void)context;
    inside(address, bytes);
    memset(out, 0xA5, bytes);
    if (address >= 2 * PAGE && ++reads == fails_at) return false;
    memcpy(out, cells + address, bytes);
    return true;
}

static bool flash_program(void *context, uint32_t address, const void *data, uint32_t bytes) {
    (void)context;
    inside(address, bytes);
    must((address | bytes) % 4 == 0);
    for (uint32_t i = 0; i < bytes; i++) cells[address + i] &= ((const uint8_t *)data)[i];
    return true;
}

static bool flash_erase(void *context, uint32_t address) {
    (void)context;
    inside(address, PAGE);
    must(address % PAGE == 0);
    memset(cells + address, 0xFF, PAGE);
    return true;
}

static const struct edge_flash flash = {
    .size = FLASH, .page_size = PAGE, .read = flash_read, .program = flash_program, .erase = flash_erase};

/* A device of its own: slot 0 confirmed and empty, slot 1 perhaps to be tried. */
static void provision(uint8_t key_count, bool pending, uint32_t fault) {
    memset(cells, 0xFF, FLASH);
    must(edge_slots_open(&slots, &flash, &layout, EDGE_NO_SLOT) == EDGE_OK);
    struct edge_record next = slots.store.record;
    for (int i = 0; i < EDGE_IMAGES; i++) {
        next.image[i].lowest_counter = LOWEST;
        next.image[i].confirmed = 0;
        next.image[i].pending = pending ? 1 : (uint8_t)EDGE_NO_SLOT;
    }
    next.key_count = key_count;
    for (int i = 0; i < key_count; i++) memcpy(next.keys[i], signers[i].key, EDGE_KEY);
    must(edge_slots_write_record(&slots, &next));
    reads = 0;
    fails_at = fault;
}

/* Makes right what the options say; the image is well-formed. */
static void make_right(struct reading *of, uint8_t options) {
    const int by = (options & SIGNER) >> 3;
    if (options & HASH_RIGHT) digest_of(of->slot, of->hashed, of->tlv[HASH]);
    if (options & KEY_NAMED) memcpy(of->tlv[KEY_NAME], signers[by == 0 ? 0 : by - 1].name, 32);
    if (by != 0) sign(&signers[by - 1], of->tlv[HASH], of->tlv[SIGNED]);
}

/* What is in the slot, read alone: the same verdict, and the same fields. */
static void read_alone(const struct reading *of, enum edge_reason verdict, uint32_t at) {
    static struct edge_image image;
    enum edge_reason reason = edge_image_read(&flash, at, SLOT, &image);
    if (reason == EDGE_OK) {
        reason = edge_image_verify(&flash, at, &image, slots.store.record.keys,
                                   slots.store.record.key_count);
    }
    if (fails_at != 0 && reads >= fails_at) {
        must(reason == EDGE_FLASH_FAULT); /* said as it is: it may read better next time */
        return;
    }
    must(reason == verdict);
    if (verdict == EDGE_BAD_FORMAT) return;
    must(image.header_bytes == of->header && image.payload_bytes == of->payload);
    must(image.hashed_bytes == of->hashed && image.bytes == of->bytes);
    must(image.security_counter == number(of->tlv[COUNTER], 4));
    must(memcmp(image.made_for, of->tlv[MADE_FOR], of->length[MADE_FOR]) == 0);
    must(image.made_for[of->length[MADE_FOR]] == '\0');
}

/* Slot 1 is to be tried: it runs if it may, and then it can be confirmed. */
static bool boot(uint8_t image) {
    const bool firmware = image == EDGE_FIRMWARE;
    const uint8_t slot =
        firmware ? edge_slots_choose_firmware(&slots) : edge_slots_choose_model(&slots);
    must(slot == 1 || slot == EDGE_NO_SLOT);
    return slot == 1;
}

static void boot_it(const struct reading *of, uint8_t image, bool acceptable) {
    const bool booted = boot(image);
    must(booted == acceptable || (!booted && fails_at != 0));
    if (!booted) return;
    uint32_t bytes;
    image_fuzz_booted++;
    must(edge_slots_payload(&slots, image, 1, &bytes) == layout.slot[image][1] + of->header);
    must(bytes == of->payload);
    if (image == EDGE_FIRMWARE) must(edge_slots_open(&slots, &flash, &layout, 1) == EDGE_OK);
    fails_at = 0;
    must(edge_slots_confirm(&slots, image) == EDGE_OK);
    must(edge_slots_lowest_counter(&slots, image) == number(of->tlv[COUNTER], 4));
}

static enum edge_reason upload(const struct reading *of, uint8_t image, uint32_t bytes,
                               uint32_t chunk, bool announced) {
    struct edge_announcement said = {.bytes = bytes, .security_counter = LOWEST};
    if (announced) {
        memcpy(said.hash, of->tlv[HASH], sizeof said.hash);
        memcpy(said.key_hash, of->tlv[KEY_NAME], sizeof said.key_hash);
        memcpy(said.signature, of->tlv[SIGNED], sizeof said.signature);
    }
    enum edge_reason reason = edge_slots_begin(&slots, image, bytes, announced ? &said : NULL);
    for (uint32_t at = 0; reason == EDGE_OK && at < bytes; at += chunk) {
        const uint32_t now = bytes - at < chunk ? bytes - at : chunk;
        reason = edge_slots_write(&slots, image, at, of->slot + at, now);
    }
    return reason == EDGE_OK ? edge_slots_finish(&slots, image) : reason;
}

static void fuzz(uint8_t *slot, uint32_t bytes, const uint8_t options[OPTIONS]) {
    const uint8_t image = options[0] & IS_MODEL ? EDGE_MODEL : EDGE_FIRMWARE;
    const uint8_t key_count = options[0] & NO_KEYS ? 0 : TRUSTED;
    struct reading of;
    const bool whole = read_image(&of, slot);
    if (whole) make_right(&of, options[0]);
    const enum edge_reason verdict = whole ? judge(&of, key_count) : EDGE_BAD_FORMAT;
    const bool acceptable = verdict == EDGE_OK && belongs(&of, image);

    provision(key_count, true, options[1]);
    memcpy(cells + layout.slot[image][1], slot, SLOT);
    read_alone(&of, verdict, layout.slot[image][1]);
    reads = 0;
    boot_it(&of, image, acceptable);

    provision(key_count, false, options[1]);
    const bool announced = whole && (options[0] & ANNOUNCED) != 0;
    const enum edge_reason reason = upload(&of, image, bytes, options[2] + 1u, announced);
    const bool taken = acceptable && of.bytes == bytes;
    must((reason == EDGE_OK) == taken || (reason != EDGE_OK && fails_at != 0));
    if (reason != EDGE_OK) return;
    image_fuzz_uploaded++;
    fails_at = 0;
    must(edge_slots_test(&slots, image, of.tlv[HASH], false) == EDGE_OK);
    must(boot(image));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size <= OPTIONS || size > OPTIONS + SLOT) return 0;
    static bool ready;
    if (!ready) make_signers();
    ready = true;
    uint8_t *slot = malloc(SLOT); /* both of exactly the right size */
    cells = malloc(FLASH);
    if (slot == NULL || cells == NULL) abort();
    memset(slot, 0xFF, SLOT);
    memcpy(slot, data + OPTIONS, size - OPTIONS);
    fuzz(slot, (uint32_t)(size - OPTIONS), data);
    free(slot);
    free(cells);
    return 0;
}
