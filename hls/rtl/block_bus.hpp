// The Verilated block in its surroundings: clock, memory and registers. See harness.h.
#ifndef EDGE_RTL_BLOCK_BUS_HPP
#define EDGE_RTL_BLOCK_BUS_HPP

#include <memory>

#include "Vedge_matmul_block.h"
#include "axi_memory.hpp"

namespace edge_rtl_bus {

constexpr uint32_t REGISTER_PATIENCE = 64;  // cycles for one access
constexpr uint32_t READERS = 5;

using Block = Vedge_matmul_block;

struct Bus {
    VerilatedContext context;
    std::unique_ptr<Block> block;
    Memory memory;
    ReadChannel reads[READERS];
    WriteChannel write;
    uint64_t simulated = 0;  // cycles

    // Registers and memories begin as zeros, or as `seed` has it.
    explicit Bus(uint32_t seed) {
        context.randReset(seed == 0 ? 0 : 2);
        context.randSeed(static_cast<int>(seed));
        block = std::make_unique<Block>(&context);
    }
};

#define EDGE_READ_CHANNELS(USE)                                                                   \
    USE(0, m_axi_weights_0) USE(1, m_axi_weights_1) USE(2, m_axi_weights_2)                       \
    USE(3, m_axi_weights_3) USE(4, m_axi_codes)

// What the memory offers in this cycle, before the block's answer to it.
inline void offer(Bus &bus) {
    bus.memory.begin_cycle();
    // Who goes first changes with the cycle, so that none starves when bandwidth is short.
    for (uint32_t n = 0; n < READERS; ++n) {
        bus.reads[(n + bus.memory.cycle) % READERS].drive(bus.memory);
    }
    bus.write.drive(bus.memory);
}

inline void drive(Bus &bus) {
    Block &block = *bus.block;
#define EDGE_DRIVE(N, NAME)                                  \
    block.NAME##_arready = bus.reads[N].ar.ready;            \
    block.NAME##_rvalid = bus.reads[N].rvalid;               \
    block.NAME##_rlast = bus.reads[N].rlast;                 \
    block.NAME##_rresp = bus.reads[N].rresp;                 \
    for (int i = 0; i < 4; ++i) block.NAME##_rdata[i] = bus.reads[N].rdata[i];
    EDGE_READ_CHANNELS(EDGE_DRIVE)
#undef EDGE_DRIVE
    block.m_axi_sums_awready = bus.write.aw.ready;
    block.m_axi_sums_wready = bus.write.wready;
    block.m_axi_sums_bvalid = bus.write.bvalid;
    block.m_axi_sums_bresp = bus.write.bresp;
}

#define EDGE_SAMPLE_ADDRESS(CHANNEL, NAME)   \
    (CHANNEL).valid = block.NAME##valid;     \
    (CHANNEL).address = block.NAME##addr;    \
    (CHANNEL).length = block.NAME##len;      \
    (CHANNEL).size = block.NAME##size;       \
    (CHANNEL).burst = block.NAME##burst;

inline void sample(Bus &bus) {
    const Block &block = *bus.block;
#define EDGE_SAMPLE(N, NAME)                               \
    EDGE_SAMPLE_ADDRESS(bus.reads[N].ar, NAME##_ar)        \
    bus.reads[N].rready = block.NAME##_rready;
    EDGE_READ_CHANNELS(EDGE_SAMPLE)
#undef EDGE_SAMPLE
    EDGE_SAMPLE_ADDRESS(bus.write.aw, m_axi_sums_aw)
    bus.write.wvalid = block.m_axi_sums_wvalid;
    bus.write.wlast = block.m_axi_sums_wlast;
    bus.write.wstrb = block.m_axi_sums_wstrb;
    bus.write.bready = block.m_axi_sums_bready;
    for (int i = 0; i < 4; ++i) bus.write.wdata[i] = block.m_axi_sums_wdata[i];
}
#undef EDGE_SAMPLE_ADDRESS

// Every handshake that the block offers: a bit each.
inline uint32_t handshakes(const Block &block) {
    uint32_t bits = 0;
    const auto add = [&](uint32_t bit) { bits = bits << 1 | bit; };
#define EDGE_ADD(N, NAME) add(block.NAME##_arvalid), add(block.NAME##_rready);
    EDGE_READ_CHANNELS(EDGE_ADD)
#undef EDGE_ADD
    add(block.m_axi_sums_awvalid), add(block.m_axi_sums_wvalid), add(block.m_axi_sums_bready);
    add(block.s_axi_control_awready), add(block.s_axi_control_wready);
    add(block.s_axi_control_bvalid), add(block.s_axi_control_arready);
    add(block.s_axi_control_rvalid), add(block.interrupt_request);
    return bits;
}

inline void turn_handshakes(Block &block) {
#define EDGE_TURN(N, NAME) block.NAME##_arready ^= 1, block.NAME##_rvalid ^= 1;
    EDGE_READ_CHANNELS(EDGE_TURN)
#undef EDGE_TURN
    block.m_axi_sums_awready ^= 1, block.m_axi_sums_wready ^= 1, block.m_axi_sums_bvalid ^= 1;
    block.s_axi_control_awvalid ^= 1, block.s_axi_control_wvalid ^= 1;
    block.s_axi_control_bready ^= 1, block.s_axi_control_arvalid ^= 1;
    block.s_axi_control_rready ^= 1;
}

// AXI allows no way from an input to an output without a register: two blocks could make a loop.
inline void probe(Bus &bus) {
    const uint32_t before = handshakes(*bus.block);
    turn_handshakes(*bus.block);
    bus.block->eval();
    if (handshakes(*bus.block) != before) bus.memory.blame("an output follows an input at once");
    turn_handshakes(*bus.block);
    bus.block->eval();
}

// One clock cycle. In between, `settled` may look at the block's outputs.
template <typename Settled>
void cycle(Bus &bus, Settled settled) {
    offer(bus);
    drive(bus);
    bus.block->aclk = 0;
    bus.block->eval();
    if (bus.memory.settings.probe != 0) probe(bus);
    settled();
    sample(bus);
    bus.block->aclk = 1;
    bus.block->eval();
    for (ReadChannel &channel : bus.reads) channel.clock(bus.memory);
    bus.write.clock(bus.memory);
    ++bus.simulated;
}

// Whatever was under way on the bus is gone.
inline void reset(Bus &bus) {
    bus.block->aresetn = 0;
    for (int n = 0; n < 4; ++n) cycle(bus, [] {});
    for (uint32_t n = 0; n < READERS; ++n) {
        bus.reads[n] = ReadChannel{};
        bus.reads[n].number = n;
    }
    bus.write = WriteChannel{};
    bus.block->aresetn = 1;
}

inline uint32_t read_register(Bus &bus, uint32_t offset) {
    Block &block = *bus.block;
    bool asked = false, answered = false;
    uint32_t value = 0;
    block.s_axi_control_araddr = offset;
    block.s_axi_control_arvalid = 1;
    block.s_axi_control_rready = 1;
    for (uint32_t n = 0; n < REGISTER_PATIENCE && !answered; ++n) {
        cycle(bus, [&] {
            asked = asked || block.s_axi_control_arready;
            answered = block.s_axi_control_rvalid;
            value = block.s_axi_control_rdata;
        });
        if (asked) block.s_axi_control_arvalid = 0;
    }
    block.s_axi_control_rready = 0;
    if (!answered) bus.memory.blame("a register was not read");
    return value;
}

inline void write_register(Bus &bus, uint32_t offset, uint32_t value, uint32_t strobes) {
    Block &block = *bus.block;
    bool taken = false, answered = false;
    block.s_axi_control_awaddr = offset;
    block.s_axi_control_wdata = value;
    block.s_axi_control_wstrb = strobes;
    block.s_axi_control_awvalid = block.s_axi_control_wvalid = 1;
    block.s_axi_control_bready = 1;
    for (uint32_t n = 0; n < REGISTER_PATIENCE && !answered; ++n) {
        cycle(bus, [&] {
            taken = taken || (block.s_axi_control_awready && block.s_axi_control_wready);
            answered = block.s_axi_control_bvalid;
        });
        if (taken) block.s_axi_control_awvalid = block.s_axi_control_wvalid = 0;
    }
    block.s_axi_control_bready = 0;
    if (!answered) bus.memory.blame("a register was not written");
}

// Whether a transfer has not come to its end.
inline bool busy(const Bus &bus) {
    bool found = bus.write.busy();
    for (const ReadChannel &channel : bus.reads) found = found || channel.busy();
    return found;
}

}  // namespace edge_rtl_bus
#endif
