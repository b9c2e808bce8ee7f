/* What a board is made of: its layout and the numbers of backends/mcu/boards/NAME.toml, as
 * tools/build_firmware.py writes them into board_data.h.
 */
#ifndef EDGESDK_BOARDS_BOARD_H
#define EDGESDK_BOARDS_BOARD_H

#include "../secure/slots.h"
#include "board_data.h"

extern const struct edge_layout edge_layout;

#endif
