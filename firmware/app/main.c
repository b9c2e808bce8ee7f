/* The application: serves SMP, and runs the model that the device comes back to. */
#include "../boards/board.h"
#include "../lib/port.h"
#include "../secure/service.h"
#include "model_group.h"
#include "sensing.h"

static struct edge_service service;

static bool work(void) {
    edge_model_group_watch();
    return edge_app_sensing_step();
}

int main(void) {
    port_init();
    struct edge_handover *handover = edge_handover_open(port_retained());
    edge_service_open(&service, handover, handover->running);
    edge_service_start(&service, "app", "edgesdk " EDGE_FIRMWARE_VERSION, edge_model_group);
    edge_model_group_start(&service.device);
    service.work = work;
    edge_service_run(&service);
}
