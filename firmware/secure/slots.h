/* The slots of a device: two for its firmware, two for its model, and who may fill them.
 *
 * Everything that must survive a cut of power is in the boot record (record.h): which slot is
 * active, which one is to be tried, the security counters, the trusted keys. Nothing in a slot
 * that is not active is ever needed for the device to run, so a slot may be torn at any moment.
 *
 *     upload --finish--> staged --test--> pending --boot or open--> on trial --confirm--> active
 *     any of them --reset without confirm--> the slot that was active before
 */
#ifndef EDGESDK_SLOTS_H
#define EDGESDK_SLOTS_H

#include <stdbool.h>
#include <stdint.h>

#include "../lib/flash.h"

enum { EDGE_FIRMWARE = 0, EDGE_MODEL = 1, EDGE_IMAGES = 2, EDGE_SLOTS = 2, EDGE_NO_SLOT = 0xFF };
enum { EDGE_HASH = 32, EDGE_KEY = 32, EDGE_SIGNATURE = 64, EDGE_KEYS = 4 };

/* Why something was refused. The numbers travel in SMP answers (docs/smp-extensions.md). */
enum edge_reason {
    EDGE_OK = 0,
    EDGE_FLASH_FAULT = 1,      /* the part reported a fault, or read back something else */
    EDGE_BAD_FORMAT = 2,       /* not a well-formed MCUboot image */
    EDGE_BAD_HASH = 3,         /* the bytes are not those of the hash */
    EDGE_BAD_SIGNATURE = 4,    /* the signature is not of a trusted key over this hash */
    EDGE_UNTRUSTED_KEY = 5,    /* no trusted key has that hash */
    EDGE_DOWNGRADE = 6,        /* the security counter is lower than the device's */
    EDGE_TOO_LARGE = 7,        /* larger than the slot */
    EDGE_WRONG_DEVICE = 8,     /* made for another target or load address */
    EDGE_NO_IMAGE = 9,         /* no image of that hash, or none in that slot */
    EDGE_BUSY = 10,            /* the slot is the running one, or on trial */
    EDGE_BAD_OFFSET = 11,      /* a chunk that does not continue where the last one ended */
    EDGE_BAD_PLAN = 12,        /* an execution plan that the runtime refuses */
    EDGE_NO_MEMORY = 13,       /* the plan needs more RAM than there is */
    EDGE_BAD_REQUEST = 14,     /* malformed or missing fields */
    EDGE_NOT_PROVISIONED = 15, /* no trusted key yet */
    EDGE_NO_ROOM = 16,         /* no room for another key */
    EDGE_NOT_OPEN = 17,        /* no model is open */
    EDGE_MISMATCH = 18,        /* a golden vector was answered wrongly */
};

/* Where things are in flash; generated from the board's data. All bytes, page-aligned. */
struct edge_layout {
    uint32_t record[2];                        /* one page each */
    uint32_t slot[EDGE_IMAGES][EDGE_SLOTS];    /* offsets from the start of the flash */
    uint32_t slot_size[EDGE_IMAGES];           /* bytes, both slots of an image alike */
    uint32_t load_address;                     /* where the firmware runs (RAM load) */
    uint32_t load_size;                        /* bytes it may take there */
    const char *board;                         /* firmware images name it */
    const char *target;                        /* model images name it: "mcu:cortex-m33" */
};

struct edge_version { uint8_t major, minor; uint16_t revision; uint32_t build; };

struct edge_slot_state {
    bool valid;     /* a whole, signed image of a trusted key is in the slot */
    bool active;    /* it runs (firmware) or is the open one (model) now, on trial or not */
    bool confirmed; /* it is what the device comes back to */
    bool pending;   /* it will be tried at the next boot */
    bool permanent; /* ... and is then confirmed without a trial */
    bool proven;    /* it has been confirmed once: rollback may go there */
    uint32_t bytes; /* header, payload and TLVs */
    uint32_t security_counter;
    struct edge_version version;
    uint8_t hash[EDGE_HASH];
    uint8_t label[EDGE_HASH]; /* what the host called it (SHA-256 of a manifest), or zeros */
};

/* What a host says before it sends an image; the device verifies it before it erases anything. */
struct edge_announcement {
    uint32_t bytes;
    uint32_t security_counter;
    uint8_t hash[EDGE_HASH];           /* as in the image's SHA-256 TLV */
    uint8_t key_hash[EDGE_HASH];       /* as in the image's key-hash TLV */
    uint8_t signature[EDGE_SIGNATURE]; /* Ed25519 over hash, as in the image's TLV */
    uint8_t label[EDGE_HASH];
};

struct edge_slots; /* one, owned by the caller: see slots_state.h */

/* Reads the record (a fresh device gets an empty one) and what is in the slots. `running` is the
 * firmware slot that was loaded, or EDGE_NO_SLOT in the boot stage. */
enum edge_reason edge_slots_open(struct edge_slots *slots, const struct edge_flash *flash,
                                 const struct edge_layout *layout, uint8_t running);

/* The boot stage's decision: which firmware slot to load now, verified whole, its trial noted in
 * the record first; EDGE_NO_SLOT where none is fit to run (then the boot stage serves SMP). */
uint8_t edge_slots_choose_firmware(struct edge_slots *slots);
/* The application's decision for the model, likewise; called once after boot. */
uint8_t edge_slots_choose_model(struct edge_slots *slots);

enum edge_reason edge_slots_state(struct edge_slots *slots, uint8_t image, uint8_t slot,
                                  struct edge_slot_state *state);

/* Whether what is in a slot may run: whole, signed, made for this device, and not older than the
 * device allows. */
enum edge_reason edge_slots_usable(struct edge_slots *slots, uint8_t image, uint8_t slot);

/* What the device comes back to: the confirmed slot, or where that cannot be used one that was
 * confirmed before; EDGE_NO_SLOT where neither can. */
uint8_t edge_slots_kept(struct edge_slots *slots, uint8_t image);

/* An upload goes to the slot that is neither active nor kept. Where the confirmed model cannot be
 * used and another is kept for it, that one is the confirmed one once an upload begins. begin without an announcement
 * (other SMP clients) checks what it can: size and room. write takes chunks in order and erases
 * page by page as it goes; bytes need not be a multiple of four. finish verifies the whole image
 * as read back. offset tells where to go on after a lost link. */
enum edge_reason edge_slots_begin(struct edge_slots *slots, uint8_t image, uint32_t bytes,
                                  const struct edge_announcement *announcement);
enum edge_reason edge_slots_write(struct edge_slots *slots, uint8_t image, uint32_t offset,
                                  const uint8_t *data, uint32_t bytes);
enum edge_reason edge_slots_finish(struct edge_slots *slots, uint8_t image);
uint32_t edge_slots_offset(const struct edge_slots *slots, uint8_t image);
/* The same image is sent again, under another name of the host's; what is there stays. */
void edge_slots_relabel(struct edge_slots *slots, uint8_t image, uint8_t slot,
                        const uint8_t label[EDGE_HASH]);
/* The slot that an upload to the image goes to. */
uint8_t edge_slots_target(struct edge_slots *slots, uint8_t image);

/* Marks the image of that hash for a trial (or, permanent, for good) at the next boot. */
enum edge_reason edge_slots_test(struct edge_slots *slots, uint8_t image,
                                 const uint8_t hash[EDGE_HASH], bool permanent);
/* A model can be tried without a reset: it becomes active in RAM only, nothing is written. */
enum edge_reason edge_slots_try_model(struct edge_slots *slots, uint8_t slot);
/* Confirms what is active now: it becomes what the device comes back to, and its security counter
 * the device's lowest. */
enum edge_reason edge_slots_confirm(struct edge_slots *slots, uint8_t image);
/* Makes the other slot's image the confirmed one, if it has been that before; for firmware from
 * the next boot on. */
enum edge_reason edge_slots_rollback(struct edge_slots *slots, uint8_t image);
/* Forgets a trial that is pending or under way, and what was uploaded for it. */
enum edge_reason edge_slots_revert(struct edge_slots *slots, uint8_t image);
enum edge_reason edge_slots_erase(struct edge_slots *slots, uint8_t image, uint8_t slot);

/* The lowest security counter that the device still takes. */
uint32_t edge_slots_lowest_counter(const struct edge_slots *slots, uint8_t image);

/* Where the payload of a slot's verified image lies in flash, and its bytes; 0 where none. */
uint32_t edge_slots_payload(struct edge_slots *slots, uint8_t image, uint8_t slot,
                            uint32_t *bytes);

/* Trusted keys. A fresh device trusts none and takes the first from anybody (its owner, with the
 * cable in hand); after that a change must be signed by a trusted key: Ed25519 over
 * "edgesdk key " + ("trust " or "drop  ") + device id[16] + the key + the number of changes so far
 * (4 bytes, little-endian), so that no message is good for a second time. The last key cannot be
 * dropped. */
uint8_t edge_slots_keys(const struct edge_slots *slots, uint8_t keys[EDGE_KEYS][EDGE_KEY]);
uint32_t edge_slots_key_changes(const struct edge_slots *slots);
enum edge_reason edge_slots_change_key(struct edge_slots *slots, bool trust,
                                       const uint8_t key[EDGE_KEY], const uint8_t device_id[16],
                                       const uint8_t signature[EDGE_SIGNATURE]);

#endif
