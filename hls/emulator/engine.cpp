// The emulated accelerator: its registers and memory become the arguments of the top function.
#include "engine.h"

#include "arrays.hpp"
#include "decoder.hpp"
#include "flush_subnormals.hpp"
#include "substitute.hpp"

using namespace edge;

namespace {

using C = Default;

const char *misaligned = "";

Call call_of(const DeviceMemory &m) {
  Call call = {};
  call.operation = m.value(EDGE_DECODER_OPERATION);
  call.layers = m.value(EDGE_DECODER_LAYERS);
  call.hidden = m.value(EDGE_DECODER_HIDDEN);
  call.intermediate = m.value(EDGE_DECODER_INTERMEDIATE);
  call.heads = m.value(EDGE_DECODER_HEADS);
  call.kv_heads = m.value(EDGE_DECODER_KV_HEADS);
  call.head_size = m.value(EDGE_DECODER_HEAD_SIZE);
  call.vocabulary = m.value(EDGE_DECODER_VOCABULARY);
  call.context = m.value(EDGE_DECODER_CONTEXT);
  call.flags = m.value(EDGE_DECODER_FLAGS);
  call.epsilon = float_of(m.value(EDGE_DECODER_EPSILON));
  call.inverse_hidden = float_of(m.value(EDGE_DECODER_INVERSE_HIDDEN));
  call.inverse_width = float_of(m.value(EDGE_DECODER_INVERSE_WIDTH));
  call.inverse_intermediate = float_of(m.value(EDGE_DECODER_INVERSE_INTERMEDIATE));
  call.attention_scale = float_of(m.value(EDGE_DECODER_ATTENTION_SCALE));
  call.start = m.value(EDGE_DECODER_START);
  call.tokens = m.value(EDGE_DECODER_TOKENS);
  call.logits_from = m.value(EDGE_DECODER_LOGITS_FROM);
  return call;
}

// The array of a register; where the call has no use for it, anything that is memory.
word128 *array(const DeviceMemory &m, std::uint32_t offset, bool used) {
  return used ? m.words(offset) : reinterpret_cast<word128 *>(m.content);
}

// Not inlined: its arithmetic happens while subnormals are flushed.
[[gnu::noinline]] std::uint32_t run(const Call &c, const DeviceMemory &m,
                                    std::uint32_t *registers) {
  const bool forward = c.operation == EDGE_OPERATION_FORWARD;
  const bool head = forward && c.wants_logits();
  const auto output = [registers](std::uint32_t offset) { return &registers[offset / 4]; };
  edge_decoder(
      c.operation, c.layers, c.hidden, c.intermediate, c.heads, c.kv_heads, c.head_size,
      c.vocabulary, c.context, c.flags, c.epsilon, c.inverse_hidden, c.inverse_width,
      c.inverse_intermediate, c.attention_scale, c.start, c.tokens, c.logits_from,
      array(m, EDGE_DECODER_WEIGHTS_0, forward), array(m, EDGE_DECODER_WEIGHTS_1, forward),
      array(m, EDGE_DECODER_WEIGHTS_2, forward), array(m, EDGE_DECODER_WEIGHTS_3, forward),
      array(m, EDGE_DECODER_PARAMETERS, forward), array(m, EDGE_DECODER_ROTATIONS, forward),
      array(m, EDGE_DECODER_KEYS_0, forward), array(m, EDGE_DECODER_KEYS_1, forward),
      array(m, EDGE_DECODER_VALUES_0, forward), array(m, EDGE_DECODER_VALUES_1, forward),
      array(m, EDGE_DECODER_HEAD_0, head), array(m, EDGE_DECODER_HEAD_1, head),
      array(m, EDGE_DECODER_HEAD_2, head), array(m, EDGE_DECODER_HEAD_3, head),
      array(m, EDGE_DECODER_HEAD_SCALES, head), array(m, EDGE_DECODER_STATES, forward),
      array(m, EDGE_DECODER_LOGITS, head), output(EDGE_DECODER_IDENTITY),
      output(EDGE_DECODER_MAP_VERSION), output(EDGE_DECODER_NUMERIC_VERSION),
      output(EDGE_DECODER_WEIGHT_VERSION), output(EDGE_DECODER_TABLES), output(EDGE_DECODER_LANES),
      output(EDGE_DECODER_CHUNK), output(EDGE_DECODER_MAX_HIDDEN), output(EDGE_DECODER_MAX_WIDTH),
      output(EDGE_DECODER_MAX_INTERMEDIATE), output(EDGE_DECODER_MAX_HEAD_SIZE),
      output(EDGE_DECODER_STATUS));
  return registers[EDGE_DECODER_STATUS / 4];
}

// The status of a call that does not begin; else done.
std::uint32_t refusal(const Call &call, const DeviceMemory &memory) {
  if (call.operation == EDGE_OPERATION_IDENTIFY) return EDGE_STATUS_DONE;
  const std::uint32_t status = refused<C>(call);
  if (status != EDGE_STATUS_DONE) return status;
  if (reinterpret_cast<std::uintptr_t>(memory.content) % alignof(std::max_align_t) != 0) {
    misaligned = "the emulated memory does not begin at a multiple of 16 bytes";
    return EDGE_STATUS_BUS_ERROR;
  }
  return holds_everything<C>(memory, call) ? EDGE_STATUS_DONE : EDGE_STATUS_BUS_ERROR;
}

}  // namespace

extern "C" {

uint32_t edge_fpga_start(uint32_t *registers, uint8_t *memory, uint64_t base, uint64_t size) {
  const DeviceMemory device = {registers, memory, base, size};
  const Call call = call_of(device);
  misaligned = "";
  clear_fault();
  uint32_t status = refusal(call, device);
  if (status == EDGE_STATUS_DONE) {
    const FlushSubnormals mode;
    status = run(call, device, registers);
  }
  if (status == EDGE_STATUS_DONE && faulted()) status = EDGE_STATUS_OUT_OF_RANGE;
  registers[EDGE_DECODER_STATUS / 4] = status;
  return status;
}

const char *edge_fpga_build(void) {
#if defined(EDGE_AP)
  return "ap_int";
#elif defined(EDGE_CHECK)
  return "checked";
#else
  return "native";
#endif
}

const char *edge_fpga_fault(void) { return faulted() ? fault_text() : misaligned; }

void edge_fpga_set_matmul(edge_matmul_function function, void *context) {
  substitute.function = function;
  substitute.context = context;
}

}  // extern "C"
