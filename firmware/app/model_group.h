/* SMP group 64 of the application: what the boot stage serves too, and the model. */
#ifndef EDGESDK_APP_MODEL_GROUP_H
#define EDGESDK_APP_MODEL_GROUP_H

#include "../secure/device_group.h"

/* Opens the model that the device comes back to, if there is one. */
void edge_model_group_start(struct edge_device_group *device);

/* Between requests: ends the trial of a model whose host has fallen silent. One that began with a
 * reset is left to the next reset (secure/slots.h). */
void edge_model_group_watch(void);

/* Its context is a struct edge_device_group. */
edge_smp_handler edge_model_group;

#endif
