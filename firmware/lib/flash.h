/* The flash seam: four facts and three calls, with the rules of the part.
 *
 * Addresses count from the start of the flash. Erasing a page makes it all ones; programming only
 * clears bits, in whole words of four bytes. The emulated flash counts, tears and flips; the real
 * one is a board's.
 */
#ifndef EDGESDK_FLASH_H
#define EDGESDK_FLASH_H

#include <stdbool.h>
#include <stdint.h>

struct edge_flash {
    void *context;
    uint32_t size;      /* bytes, a multiple of page_size */
    uint32_t page_size; /* bytes, what one erase takes */

    /* Each returns false where the part refuses or reports a fault. */
    bool (*read)(void *context, uint32_t address, void *out, uint32_t bytes);
    /* address and bytes are multiples of four. */
    bool (*program)(void *context, uint32_t address, const void *data, uint32_t bytes);
    /* address is that of a page. */
    bool (*erase)(void *context, uint32_t address);
};

#endif
