/* The serial port of the MPS2+. */
#ifndef EDGESDK_MPS2_AN505_SERIAL_H
#define EDGESDK_MPS2_AN505_SERIAL_H

#include <stdbool.h>

void serial_start(void);
void serial_stop(void);
bool serial_waits(void); /* a byte waits to be taken */

#endif
