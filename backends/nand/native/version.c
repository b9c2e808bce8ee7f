#include "version.h"

uint32_t edge_nand_interface(void) { return 1; }
