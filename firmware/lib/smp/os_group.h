/* SMP group 0: echo, reset, the server's buffers, and who is there. */
#ifndef EDGESDK_SMP_OS_GROUP_H
#define EDGESDK_SMP_OS_GROUP_H

#include "server.h"

enum { EDGE_SMP_OS = 0 };

/* What a client asked for; the caller's loop does it, after the answer has gone out. */
enum edge_smp_reset {
    EDGE_SMP_STAY = 0,
    EDGE_SMP_RESET = 1,
    EDGE_SMP_RESET_TO_RECOVERY = 2, /* boot_mode 1: the boot stage is to stay and serve */
};

struct edge_os_group {
    const char *description; /* one line: "edgesdk nrf5340 1.2.0" */
    enum edge_smp_reset reset;
};

/* Its context is a struct edge_os_group. */
edge_smp_handler edge_os_group;

#endif
