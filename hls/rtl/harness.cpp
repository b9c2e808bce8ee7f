// See harness.h.
#include "harness.h"

#include "block_bus.hpp"
#include "registers.h"

using namespace edge_rtl_bus;

namespace {

constexpr uint64_t REGION_STRIDE = uint64_t{1} << 32;  // between the regions of a run
constexpr uint32_t CONTROL = 0x0, GLOBAL_INTERRUPT = 0x4;
constexpr uint32_t INTERRUPT_ENABLE = 0x8, INTERRUPT_STATUS = 0xC;
constexpr uint32_t START = 1, DONE = 2;  // bits of CONTROL
constexpr uint64_t LEAST_LIMIT = 100000;  // cycles of a run, where none is set
constexpr uint64_t LIMIT_OF_A_WORD = 64;

}  // namespace

struct edge_rtl : Bus {
    using Bus::Bus;
    edge_rtl_counts counts{};
};

namespace {

void write_address(edge_rtl &rtl, uint32_t offset, uint64_t address) {
    write_register(rtl, offset, static_cast<uint32_t>(address), 15);
    write_register(rtl, offset + 4, static_cast<uint32_t>(address >> 32), 15);
}

uint64_t read_long(edge_rtl &rtl, uint32_t low, uint32_t high) {
    return read_register(rtl, low) | uint64_t{read_register(rtl, high)} << 32;
}

// A region of this run; its number is also the bit that may break it. Returns its address.
uint64_t place(edge_rtl &rtl, const void *bytes, uint64_t size) {
    const edge_rtl_memory &settings = rtl.memory.settings;
    const uint64_t number = rtl.memory.regions.size();
    const uint64_t address = (number + 1) * REGION_STRIDE + uint64_t{settings.offset} * WORD_BYTES;
    // Only the sums' region is written to.
    auto *data = const_cast<uint8_t *>(static_cast<const uint8_t *>(bytes));
    rtl.memory.regions.push_back({address, size, data, ((settings.broken >> number) & 1) != 0});
    return address;
}

bool identify(edge_rtl &rtl) {
    const uint32_t identity = read_register(rtl, EDGE_MATMUL_IDENTITY);
    const uint32_t version = read_register(rtl, EDGE_MATMUL_MAP_VERSION);
    if (identity == EDGE_MATMUL_IDENTITY_VALUE && version == EDGE_MAP_VERSION) return true;
    rtl.memory.blame("the block is not the one this harness was made for");
    return false;
}

// Start, then wait for the interrupt: without a read of a register, which would cost cycles.
bool run_to_end(edge_rtl &rtl) {
    uint64_t limit = rtl.memory.settings.limit;
    if (limit == 0) {
        limit = LEAST_LIMIT;
        for (const Region &region : rtl.memory.regions) {
            limit += region.size / WORD_BYTES * LIMIT_OF_A_WORD;
        }
    }
    write_register(rtl, GLOBAL_INTERRUPT, 1, 15);
    write_register(rtl, INTERRUPT_ENABLE, 1, 15);
    // What somebody left behind goes: writing a one toggles, reading takes `done` away.
    write_register(rtl, INTERRUPT_STATUS, read_register(rtl, INTERRUPT_STATUS), 15);
    read_register(rtl, CONTROL);
    write_register(rtl, CONTROL, START, 15);
    bool finished = false;
    for (uint64_t n = 0; n < limit && !finished; ++n) {
        cycle(rtl, [&] { finished = rtl.block->interrupt_request; });
    }
    if (!finished) {
        rtl.memory.blame("the block did not finish within the limit");
        return false;
    }
    if (busy(rtl)) rtl.memory.blame("it is done while transfers are under way");
    write_register(rtl, INTERRUPT_STATUS, 1, 15);
    if ((read_register(rtl, CONTROL) & DONE) == 0) rtl.memory.blame("it interrupts, but is not done");
    return true;
}

void count(edge_rtl &rtl) {
    edge_rtl_counts &counts = rtl.counts;
    counts.cycles = read_long(rtl, EDGE_MATMUL_CYCLES_LOW, EDGE_MATMUL_CYCLES_HIGH);
    counts.stalls = read_long(rtl, EDGE_MATMUL_STALLS_LOW, EDGE_MATMUL_STALLS_HIGH);
    counts.all_cycles += counts.cycles;
    counts.all_stalls += counts.stalls;
    ++counts.runs;
}

}  // namespace

edge_rtl *edge_rtl_open(uint32_t seed) {
    auto *rtl = new edge_rtl(seed);
    rtl->memory.settings.latency = 1;
    reset(*rtl);
    return rtl;
}

void edge_rtl_close(edge_rtl *rtl) { delete rtl; }

void edge_rtl_configure(edge_rtl *rtl, const edge_rtl_memory *memory) {
    rtl->memory.settings = *memory;
    rtl->memory.random.seed(memory->seed);
    rtl->memory.credit = 0;
}

uint32_t edge_rtl_matmul(void *context, const uint8_t *const *ports, uint32_t rows, uint32_t tiles,
                         uint32_t tokens, const int8_t *codes, int32_t *sums) {
    edge_rtl &rtl = *static_cast<edge_rtl *>(context);
    static const uint32_t WEIGHTS[4] = {EDGE_MATMUL_WEIGHTS_0, EDGE_MATMUL_WEIGHTS_1,
                                        EDGE_MATMUL_WEIGHTS_2, EDGE_MATMUL_WEIGHTS_3};
    const uint64_t port_bytes = uint64_t{tiles} * (rows / 16) * 5 * WORD_BYTES;
    rtl.memory.fault.clear();
    rtl.memory.regions.clear();
    rtl.memory.words_read = 0;
    if (!identify(rtl)) return EDGE_STATUS_BUS_ERROR;
    for (int p = 0; p < 4; ++p) write_address(rtl, WEIGHTS[p], place(rtl, ports[p], port_bytes));
    write_address(rtl, EDGE_MATMUL_CODES, place(rtl, codes, uint64_t{tokens} * tiles * 96));
    write_address(rtl, EDGE_MATMUL_SUMS, place(rtl, sums, uint64_t{tokens} * rows * 4));
    write_register(rtl, EDGE_MATMUL_ROWS, rows, 15);
    write_register(rtl, EDGE_MATMUL_TILES, tiles, 15);
    write_register(rtl, EDGE_MATMUL_TOKENS, tokens, 15);
    const bool finished = run_to_end(rtl);
    if (!finished) reset(rtl);
    rtl.memory.regions.clear();
    if (!finished) return EDGE_STATUS_BUS_ERROR;
    count(rtl);
    const uint32_t status = read_register(rtl, EDGE_MATMUL_STATUS);
    return rtl.memory.fault.empty() ? status : EDGE_STATUS_BUS_ERROR;
}

uint32_t edge_rtl_read(edge_rtl *rtl, uint32_t offset) { return read_register(*rtl, offset); }

void edge_rtl_write(edge_rtl *rtl, uint32_t offset, uint32_t value, uint32_t strobes) {
    write_register(*rtl, offset, value, strobes);
}

uint32_t edge_rtl_interrupt(edge_rtl *rtl) { return rtl->block->interrupt_request; }
edge_rtl_counts edge_rtl_counted(const edge_rtl *rtl) {
    edge_rtl_counts counts = rtl->counts;
    counts.words = rtl->memory.words_read;
    counts.simulated = rtl->simulated;
    return counts;
}

const char *edge_rtl_fault(const edge_rtl *rtl) { return rtl->memory.fault.c_str(); }
