// The top function of the accelerator: arguments in the order of backends/fpga/regs.toml.
#ifndef EDGE_HLS_DECODER_HPP
#define EDGE_HLS_DECODER_HPP

#include <cstdint>

#include "types.hpp"

extern "C" void edge_decoder(
    std::uint32_t operation, std::uint32_t layers, std::uint32_t hidden, std::uint32_t intermediate,
    std::uint32_t heads, std::uint32_t kv_heads, std::uint32_t head_size, std::uint32_t vocabulary,
    std::uint32_t context, std::uint32_t flags, float epsilon, float inverse_hidden,
    float inverse_width, float inverse_intermediate, float attention_scale, std::uint32_t start,
    std::uint32_t tokens, std::uint32_t logits_from, const edge::word128 *weights_0,
    const edge::word128 *weights_1, const edge::word128 *weights_2, const edge::word128 *weights_3,
    const edge::word128 *parameters, const edge::word128 *rotations, edge::word128 *keys_0,
    edge::word128 *keys_1, edge::word128 *values_0, edge::word128 *values_1,
    const edge::word128 *head_0, const edge::word128 *head_1, const edge::word128 *head_2,
    const edge::word128 *head_3, const edge::word128 *head_scales, edge::word128 *states,
    edge::word128 *logits, std::uint32_t *identity, std::uint32_t *map_version,
    std::uint32_t *numeric_version, std::uint32_t *weight_version, std::uint32_t *tables,
    std::uint32_t *lanes, std::uint32_t *chunk, std::uint32_t *max_hidden, std::uint32_t *max_width,
    std::uint32_t *max_intermediate, std::uint32_t *max_head_size, std::uint32_t *status);

#endif
