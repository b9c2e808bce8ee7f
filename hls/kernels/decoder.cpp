// The top function: what Vitis makes the IP of, and what the emulator calls.
#include "decoder.hpp"

#include "config.hpp"
#include "forward.hpp"
#include "registers.h"

using namespace edge;

using C = Default;
static_assert(agrees<C>(), "an array is too short, or an integer too narrow: see config.hpp");

void edge_decoder(
    std::uint32_t operation, std::uint32_t layers, std::uint32_t hidden, std::uint32_t intermediate,
    std::uint32_t heads, std::uint32_t kv_heads, std::uint32_t head_size, std::uint32_t vocabulary,
    std::uint32_t context, std::uint32_t flags, float epsilon, float inverse_hidden,
    float inverse_width, float inverse_intermediate, float attention_scale, std::uint32_t start,
    std::uint32_t tokens, std::uint32_t logits_from, const word128 *weights_0,
    const word128 *weights_1, const word128 *weights_2, const word128 *weights_3,
    const word128 *parameters, const word128 *rotations, word128 *keys_0, word128 *keys_1,
    word128 *values_0, word128 *values_1, const word128 *head_0, const word128 *head_1,
    const word128 *head_2, const word128 *head_3, const word128 *head_scales, word128 *states,
    word128 *logits, std::uint32_t *identity, std::uint32_t *map_version,
    std::uint32_t *numeric_version, std::uint32_t *weight_version, std::uint32_t *tables,
    std::uint32_t *lanes, std::uint32_t *chunk, std::uint32_t *max_hidden, std::uint32_t *max_width,
    std::uint32_t *max_intermediate, std::uint32_t *max_head_size, std::uint32_t *status) {
// The four ports of the memory: weights, then cache, then head, never two of them at a time. A read
// of 64 words is 1 KiB; eight of them under way cover the memory's latency.
#pragma HLS INTERFACE mode=m_axi port=weights_0 bundle=gmem0 offset=slave max_read_burst_length=64 num_read_outstanding=8 depth=65536
#pragma HLS INTERFACE mode=m_axi port=weights_1 bundle=gmem1 offset=slave max_read_burst_length=64 num_read_outstanding=8 depth=65536
#pragma HLS INTERFACE mode=m_axi port=weights_2 bundle=gmem2 offset=slave max_read_burst_length=64 num_read_outstanding=8 depth=65536
#pragma HLS INTERFACE mode=m_axi port=weights_3 bundle=gmem3 offset=slave max_read_burst_length=64 num_read_outstanding=8 depth=65536
#pragma HLS INTERFACE mode=m_axi port=keys_0 bundle=gmem0 offset=slave max_read_burst_length=64 num_read_outstanding=8 depth=65536
#pragma HLS INTERFACE mode=m_axi port=keys_1 bundle=gmem1 offset=slave max_read_burst_length=64 num_read_outstanding=8 depth=65536
#pragma HLS INTERFACE mode=m_axi port=values_0 bundle=gmem2 offset=slave max_read_burst_length=64 num_read_outstanding=8 depth=65536
#pragma HLS INTERFACE mode=m_axi port=values_1 bundle=gmem3 offset=slave max_read_burst_length=64 num_read_outstanding=8 depth=65536
#pragma HLS INTERFACE mode=m_axi port=head_0 bundle=gmem0 offset=slave max_read_burst_length=64 num_read_outstanding=8 depth=65536
#pragma HLS INTERFACE mode=m_axi port=head_1 bundle=gmem1 offset=slave max_read_burst_length=64 num_read_outstanding=8 depth=65536
#pragma HLS INTERFACE mode=m_axi port=head_2 bundle=gmem2 offset=slave max_read_burst_length=64 num_read_outstanding=8 depth=65536
#pragma HLS INTERFACE mode=m_axi port=head_3 bundle=gmem3 offset=slave max_read_burst_length=64 num_read_outstanding=8 depth=65536
#pragma HLS INTERFACE mode=m_axi port=parameters bundle=gmem4 offset=slave max_read_burst_length=64 num_read_outstanding=8 depth=65536
#pragma HLS INTERFACE mode=m_axi port=rotations bundle=gmem4 offset=slave max_read_burst_length=64 num_read_outstanding=8 depth=65536
#pragma HLS INTERFACE mode=m_axi port=head_scales bundle=gmem4 offset=slave max_read_burst_length=64 num_read_outstanding=8 depth=65536
#pragma HLS INTERFACE mode=m_axi port=states bundle=gmem4 offset=slave max_read_burst_length=64 num_read_outstanding=8 depth=65536
#pragma HLS INTERFACE mode=m_axi port=logits bundle=gmem4 offset=slave max_read_burst_length=64 num_read_outstanding=8 depth=65536
#pragma HLS INTERFACE mode=s_axilite port=operation bundle=control
#pragma HLS INTERFACE mode=s_axilite port=layers bundle=control
#pragma HLS INTERFACE mode=s_axilite port=hidden bundle=control
#pragma HLS INTERFACE mode=s_axilite port=intermediate bundle=control
#pragma HLS INTERFACE mode=s_axilite port=heads bundle=control
#pragma HLS INTERFACE mode=s_axilite port=kv_heads bundle=control
#pragma HLS INTERFACE mode=s_axilite port=head_size bundle=control
#pragma HLS INTERFACE mode=s_axilite port=vocabulary bundle=control
#pragma HLS INTERFACE mode=s_axilite port=context bundle=control
#pragma HLS INTERFACE mode=s_axilite port=flags bundle=control
#pragma HLS INTERFACE mode=s_axilite port=epsilon bundle=control
#pragma HLS INTERFACE mode=s_axilite port=inverse_hidden bundle=control
#pragma HLS INTERFACE mode=s_axilite port=inverse_width bundle=control
#pragma HLS INTERFACE mode=s_axilite port=inverse_intermediate bundle=control
#pragma HLS INTERFACE mode=s_axilite port=attention_scale bundle=control
#pragma HLS INTERFACE mode=s_axilite port=start bundle=control
#pragma HLS INTERFACE mode=s_axilite port=tokens bundle=control
#pragma HLS INTERFACE mode=s_axilite port=logits_from bundle=control
#pragma HLS INTERFACE mode=s_axilite port=weights_0 bundle=control
#pragma HLS INTERFACE mode=s_axilite port=weights_1 bundle=control
#pragma HLS INTERFACE mode=s_axilite port=weights_2 bundle=control
#pragma HLS INTERFACE mode=s_axilite port=weights_3 bundle=control
#pragma HLS INTERFACE mode=s_axilite port=parameters bundle=control
#pragma HLS INTERFACE mode=s_axilite port=rotations bundle=control
#pragma HLS INTERFACE mode=s_axilite port=keys_0 bundle=control
#pragma HLS INTERFACE mode=s_axilite port=keys_1 bundle=control
#pragma HLS INTERFACE mode=s_axilite port=values_0 bundle=control
#pragma HLS INTERFACE mode=s_axilite port=values_1 bundle=control
#pragma HLS INTERFACE mode=s_axilite port=head_0 bundle=control
#pragma HLS INTERFACE mode=s_axilite port=head_1 bundle=control
#pragma HLS INTERFACE mode=s_axilite port=head_2 bundle=control
#pragma HLS INTERFACE mode=s_axilite port=head_3 bundle=control
#pragma HLS INTERFACE mode=s_axilite port=head_scales bundle=control
#pragma HLS INTERFACE mode=s_axilite port=states bundle=control
#pragma HLS INTERFACE mode=s_axilite port=logits bundle=control
#pragma HLS INTERFACE mode=s_axilite port=identity bundle=control
#pragma HLS INTERFACE mode=s_axilite port=map_version bundle=control
#pragma HLS INTERFACE mode=s_axilite port=numeric_version bundle=control
#pragma HLS INTERFACE mode=s_axilite port=weight_version bundle=control
#pragma HLS INTERFACE mode=s_axilite port=tables bundle=control
#pragma HLS INTERFACE mode=s_axilite port=lanes bundle=control
#pragma HLS INTERFACE mode=s_axilite port=chunk bundle=control
#pragma HLS INTERFACE mode=s_axilite port=max_hidden bundle=control
#pragma HLS INTERFACE mode=s_axilite port=max_width bundle=control
#pragma HLS INTERFACE mode=s_axilite port=max_intermediate bundle=control
#pragma HLS INTERFACE mode=s_axilite port=max_head_size bundle=control
#pragma HLS INTERFACE mode=s_axilite port=status bundle=control
#pragma HLS INTERFACE mode=s_axilite port=return bundle=control

#ifdef __SYNTHESIS__
  Work<C> work;  // a static one would have to be zero at first, which URAM cannot be told
#else
  static Work<C> work;
#endif
// The vector units take four neighbours in a cycle, always aligned: words of four where an array is
// large. The tables' builders fetch 16 codes, the head 64; the lookups add to four rows of all tokens.
#pragma HLS ARRAY_RESHAPE variable=work.hidden cyclic factor=4 dim=2
#pragma HLS ARRAY_RESHAPE variable=work.query cyclic factor=4 dim=2
#pragma HLS ARRAY_RESHAPE variable=work.key cyclic factor=4 dim=2
#pragma HLS ARRAY_RESHAPE variable=work.value cyclic factor=4 dim=2
#pragma HLS ARRAY_RESHAPE variable=work.gated cyclic factor=4 dim=2
#pragma HLS ARRAY_RESHAPE variable=work.rotations cyclic factor=4 dim=2
#pragma HLS ARRAY_RESHAPE variable=work.row cyclic factor=4 dim=1
#pragma HLS ARRAY_RESHAPE variable=work.weights cyclic factor=4 dim=1
#pragma HLS ARRAY_PARTITION variable=work.wide complete dim=2
#pragma HLS ARRAY_PARTITION variable=work.wide complete dim=3
#pragma HLS ARRAY_RESHAPE variable=work.codes cyclic factor=16 dim=2
#pragma HLS ARRAY_RESHAPE variable=work.sums complete dim=2
#pragma HLS ARRAY_PARTITION variable=work.sums cyclic factor=4 dim=1
#pragma HLS BIND_STORAGE variable=work.gated type=ram_2p impl=uram
#pragma HLS BIND_STORAGE variable=work.hidden type=ram_2p impl=uram
#pragma HLS BIND_STORAGE variable=work.query type=ram_2p impl=uram
#pragma HLS BIND_STORAGE variable=work.key type=ram_2p impl=uram
#pragma HLS BIND_STORAGE variable=work.value type=ram_2p impl=uram
#pragma HLS BIND_STORAGE variable=work.sums type=ram_s2p impl=uram latency=3

  if (operation == EDGE_OPERATION_IDENTIFY) {
    *identity = EDGE_DECODER_IDENTITY_VALUE;
    *map_version = EDGE_MAP_VERSION;
    *numeric_version = EDGE_NUMERIC_VERSION;
    *weight_version = EDGE_WEIGHT_VERSION;
    *tables = C::TABLES;
    *lanes = C::LANES;
    *chunk = C::CHUNK;
    *max_hidden = C::MAX_HIDDEN;
    *max_width = C::MAX_WIDTH;
    *max_intermediate = C::MAX_INTERMEDIATE;
    *max_head_size = C::MAX_HEAD_SIZE;
    *status = EDGE_STATUS_DONE;
    return;
  }

  const Call call = {operation, layers, hidden, intermediate, heads, kv_heads, head_size,
                     vocabulary, context, flags, epsilon, inverse_hidden, inverse_width,
                     inverse_intermediate, attention_scale, start, tokens, logits_from};
  std::uint32_t result = refused<C>(call);
  for (std::uint32_t first = 0; result == EDGE_STATUS_DONE && first < tokens; first += C::CHUNK) {
#pragma HLS LOOP_TRIPCOUNT min=1 max=128
    const std::uint32_t left = tokens - first;
    const int part = left < C::CHUNK ? static_cast<int>(left) : C::CHUNK;
    load_chunk<C>(call, first, part, states, rotations, work);
    std::uint64_t place = 0;
    for (std::uint32_t layer = 0; result == EDGE_STATUS_DONE && layer <= layers; layer++) {
#pragma HLS LOOP_TRIPCOUNT min=2 max=33
      result = run_layer<C>(call, layer, first, part, place, weights_0, weights_1, weights_2,
                            weights_3, parameters, keys_0, keys_1, values_0, values_1, head_0,
                            head_1, head_2, head_3, head_scales, states, logits, work);
    }
  }
  *status = result;
}
