// The test bench of the decoder: plays files of vectors and compares every register and every byte
// of memory. The same source runs natively (tests), under the sanitizers, and as C simulation and
// co-simulation of Vitis HLS (hls/vitis/run_hls.tcl). Exit: 0 all equal, 1 a difference, 2 a file
// that cannot be read.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <vector>

#include "../emulator/engine.h"
#include "vectors.hpp"

namespace {

using edge_tb::Call;
using edge_tb::Patch;
using edge_tb::Register;
using edge_tb::Vectors;

void apply(const std::vector<Patch> &patches, std::vector<std::uint8_t> &memory) {
  for (const Patch &patch : patches) {
    std::copy(patch.bytes.begin(), patch.bytes.end(),
              memory.begin() + static_cast<std::ptrdiff_t>(patch.offset));
  }
}

// The first difference, in words; how many there are.
std::size_t compare(const std::vector<std::uint8_t> &memory, const std::vector<std::uint8_t> &wanted,
                    std::uint64_t base) {
  std::size_t different = 0;
  for (std::size_t i = 0; i < memory.size(); i++) {
    if (memory[i] == wanted[i]) continue;
    if (different++ == 0) {
      std::printf("  first at address 0x%llx: 0x%02x, not 0x%02x\n",
                  static_cast<unsigned long long>(base + i), memory[i], wanted[i]);
    }
  }
  if (different > 0) std::printf("  %zu bytes of memory differ\n", different);
  return different;
}

std::size_t compare(const std::vector<std::uint32_t> &block, const std::vector<Register> &wanted) {
  std::size_t different = 0;
  for (const Register &entry : wanted) {
    const std::uint32_t found = block[entry.offset / 4];
    if (found == entry.value) continue;
    different++;
    std::printf("  register 0x%03x reads 0x%08x, not 0x%08x\n", static_cast<unsigned>(entry.offset),
                static_cast<unsigned>(found), static_cast<unsigned>(entry.value));
  }
  return different;
}

// Co-simulation copies `depth` words from every pointer of the top function, whatever the call reads
// there: 1 MiB by the pragmas of decoder.cpp. So much must lie behind the last array.
constexpr std::size_t BEHIND = std::size_t(1) << 20;

// How many calls of a file ended otherwise than they must.
std::size_t play(const Vectors &vectors) {
  std::vector<std::uint32_t> block(vectors.words);
  std::vector<std::uint8_t> memory(vectors.size + BEHIND);
  apply(vectors.image, memory);
  std::vector<std::uint8_t> wanted = memory;
  std::size_t wrong = 0;
  for (std::size_t i = 0; i < vectors.calls.size(); i++) {
    const Call &call = vectors.calls[i];
    apply(call.written, memory);
    apply(call.written, wanted);
    for (const Register &entry : call.inputs) block[entry.offset / 4] = entry.value;
    const std::uint32_t status =
        edge_fpga_start(block.data(), memory.data(), vectors.base, vectors.size);
    apply(call.changes, wanted);
    std::printf(" call %zu: status %u %s\n", i, static_cast<unsigned>(status), edge_fpga_fault());
    const std::size_t different = compare(block, call.outputs);
    if (compare(memory, wanted, vectors.base) + different > 0) wrong++;
    memory = wanted;  // so that one wrong call does not make the rest wrong
  }
  return wrong;
}

}  // namespace

int main(int count, char **arguments) {
  std::printf("test bench of the decoder, build %s\n", edge_fpga_build());
  std::size_t wrong = 0, calls = 0;
  for (int i = 1; i < count; i++) {
    edge_tb::Reader reader(arguments[i]);
    const Vectors vectors = reader.read();
    if (!reader.good()) {
      std::fprintf(stderr, "%s %s\n", arguments[i], reader.why().c_str());
      return 2;
    }
    std::printf("%s\n", arguments[i]);
    wrong += play(vectors);
    calls += vectors.calls.size();
  }
  if (calls == 0) {
    std::fprintf(stderr, "no call to play: name files of tools/make_hls_vectors.py\n");
    return 2;
  }
  std::printf("%zu of %zu calls as they must be\n", calls - wrong, calls);
  return wrong == 0 ? 0 : 1;
}
