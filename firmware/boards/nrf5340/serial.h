/* UARTE0 at 1,000,000 baud 8N1, on the pins of the development kit's USB port. */
#ifndef EDGESDK_NRF5340_SERIAL_H
#define EDGESDK_NRF5340_SERIAL_H

void serial_start(void);
void serial_stop(void);

#endif
