#ifndef EDGE_NAND_VERSION_H
#define EDGE_NAND_VERSION_H

#include <stdint.h>

/* cffi:begin */
/* Of this library's interface; Python refuses another. */
uint32_t edge_nand_interface(void);
/* cffi:end */

#endif
