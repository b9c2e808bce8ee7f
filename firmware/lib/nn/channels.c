#include "channels.h"

bool edge_channels_fit(uint32_t offset, uint32_t channels, const struct edge_limits *limits) {
    return edge_inside(offset, (uint64_t)channels * 4u, 4, limits->constants);
}
