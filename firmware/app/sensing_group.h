/* The part of group 64 that streams go through. See docs/smp-extensions.md. */
#ifndef EDGESDK_APP_SENSING_GROUP_H
#define EDGESDK_APP_SENSING_GROUP_H

#include "../secure/device_group.h"

/* The five commands from EDGE_COMMAND_START on; EDGE_SMP_NOT_SUPPORTED for others. */
uint32_t edge_sensing_group(const struct edge_smp_request *request,
                            struct edge_cbor_writer *answer);

#endif
