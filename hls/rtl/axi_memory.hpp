// The memory around the Verilated block: regions at device addresses, read and write channels with
// latency, limited bandwidth and refusals, and a check of the bus's rules.
#ifndef EDGE_RTL_AXI_MEMORY_HPP
#define EDGE_RTL_AXI_MEMORY_HPP

#include <array>
#include <cstdint>
#include <cstring>
#include <deque>
#include <random>
#include <string>
#include <vector>

#include "harness.h"

namespace edge_rtl_bus {

constexpr uint32_t WORD_BYTES = 16;
constexpr uint32_t WORD_SIZE = 4;  // as ARSIZE and AWSIZE tell it
constexpr uint32_t INCREMENT = 1;  // of ARBURST and AWBURST
constexpr uint32_t ALL_BYTES = 0xFFFF;
constexpr uint32_t BOUNDARY = 4096;

struct Region {
    uint64_t address;
    uint64_t size;
    uint8_t *bytes;
    bool broken;
};

struct Burst {
    uint64_t address;
    uint32_t words;
    uint64_t ready;  // the first cycle in which it may answer
};

// What all channels share.
struct Memory {
    edge_rtl_memory settings{};
    std::vector<Region> regions;
    std::mt19937 random;
    std::string fault;
    uint64_t cycle = 0;
    uint64_t words_read = 0;
    int64_t credit = 0;  // 256ths of a word that the bandwidth has left

    // The first fault is the one that says most.
    void blame(const char *what) {
        if (fault.empty()) fault = what;
    }

    void begin_cycle() {
        ++cycle;
        const int64_t most = 256 * 8;
        credit += settings.bandwidth;
        credit = credit > most ? most : credit;
    }

    // Whether a word may move in this cycle, as far as the bandwidth goes.
    bool spend() {
        if (settings.bandwidth == 0) return true;
        if (credit < 256) return false;
        credit -= 256;
        return true;
    }

    bool refuses(uint32_t channel) {
        if (((settings.channels >> channel) & 1) == 0 || settings.refusal == 0) return false;
        return (random() & 255) < settings.refusal;
    }

    // The bytes of a word, or null where there is no memory.
    uint8_t *find(uint64_t address) {
        for (const Region &region : regions) {
            const bool inside = address >= region.address &&
                                address - region.address + WORD_BYTES <= region.size;
            if (inside) return region.broken ? nullptr : region.bytes + (address - region.address);
        }
        return nullptr;
    }

    void check_burst(uint64_t address, uint32_t words) {
        if (address % WORD_BYTES != 0) blame("a burst begins within a word");
        const uint64_t last = address + uint64_t{words} * WORD_BYTES - 1;
        if (address / BOUNDARY != last / BOUNDARY) blame("a burst crosses 4096 bytes");
    }
};

// Asks that a channel keeps what it offers until it is taken.
struct Stable {
    using Signals = std::array<uint64_t, 3>;
    bool waiting = false;
    Signals held{};

    void check(Memory &memory, bool valid, bool ready, const Signals &offered, const char *what) {
        if (waiting && (!valid || offered != held)) memory.blame(what);
        waiting = valid && !ready;
        held = offered;
    }
};

// An address and what comes with it, of either direction.
struct AddressChannel {
    bool valid = false;  // from the block
    uint64_t address = 0;
    uint32_t length = 0, size = 0, burst = 0;  // ..LEN, ..SIZE, ..BURST
    bool ready = false;  // to the block
    Stable stable;

    // The clock's edge. Whether a burst was taken, which is then at the end of `bursts`.
    bool clock(Memory &memory, std::deque<Burst> &bursts, uint64_t first_answer) {
        const uint64_t rest = uint64_t{length} << 32 | uint64_t{size} << 8 | burst;
        stable.check(memory, valid, ready, {address, rest}, "an address was withdrawn or changed");
        if (!valid || !ready) return false;
        if (size != WORD_SIZE) memory.blame("a burst is not of whole words");
        if (burst != INCREMENT) memory.blame("a burst's addresses do not count up");
        memory.check_burst(address, length + 1);
        bursts.push_back({address, length + 1, first_answer});
        return true;
    }
};

// A read channel, seen from the memory. The harness copies its signals from and to the block.
struct ReadChannel {
    uint32_t number = 0;
    AddressChannel ar;
    bool rready = false;                 // from the block
    bool rvalid = false, rlast = false;  // to the block
    uint32_t rresp = 0;
    uint32_t rdata[4] = {};
    std::deque<Burst> bursts;

    // What stands on the bus in this cycle, before the block's answer is looked at.
    void drive(Memory &memory) {
        ar.ready = bursts.size() < 64 && !memory.refuses(number);
        if (rvalid) return;  // not taken yet: it stays
        const bool may = !bursts.empty() && bursts.front().ready <= memory.cycle;
        if (!may || memory.refuses(number) || !memory.spend()) return;
        rvalid = true;
        rlast = bursts.front().words == 1;
        const uint8_t *bytes = memory.find(bursts.front().address);
        rresp = bytes == nullptr ? 3 : 0;
        if (bytes != nullptr) std::memcpy(rdata, bytes, WORD_BYTES);
    }

    // The clock's edge: what was offered and taken has moved.
    void clock(Memory &memory) {
        if (rvalid && rready) {
            rvalid = false;
            ++memory.words_read;
            Burst &burst = bursts.front();
            burst.address += WORD_BYTES;
            if (--burst.words == 0) bursts.pop_front();
        }
        ar.clock(memory, bursts, memory.cycle + memory.settings.latency);
    }

    bool busy() const { return ar.valid || rvalid || !bursts.empty(); }
};

// A word of a write, which may be here before its address.
struct Word {
    uint32_t data[4];
    bool last;
};

// The write channel, in the same way.
struct WriteChannel {
    uint32_t number = 5;
    AddressChannel aw;
    bool wvalid = false, wlast = false, bready = false;  // from the block
    uint32_t wdata[4] = {};
    uint32_t wstrb = 0;
    bool wready = false, bvalid = false;  // to the block
    uint32_t bresp = 0;
    std::deque<Burst> bursts;   // whose data is awaited
    std::deque<Word> words;     // whose address is awaited
    std::deque<Burst> answers;  // `words`: the response
    bool failed = false;        // a word of this burst went nowhere
    bool was_offered = false;   // a word, in the cycle before
    Stable stable;

    void drive(Memory &memory) {
        aw.ready = bursts.size() < 64 && takes_address(memory) && !memory.refuses(number);
        wready = takes_word(memory) && !memory.refuses(number) && memory.spend();
        if (bvalid || answers.empty() || answers.front().ready > memory.cycle) return;
        bvalid = true;
        bresp = answers.front().words;
    }

    bool takes_address(const Memory &memory) const {
        switch (memory.settings.order) {
            case EDGE_RTL_TOGETHER: return was_offered && bursts.empty();
            case EDGE_RTL_DATA_FIRST: return !words.empty() && words.back().last;
            default: return true;
        }
    }

    bool takes_word(const Memory &memory) const {
        switch (memory.settings.order) {
            case EDGE_RTL_ADDRESS_FIRST:
            case EDGE_RTL_TOGETHER: return !bursts.empty();
            case EDGE_RTL_DATA_FIRST: return words.empty() || !words.back().last;
            default: return true;
        }
    }

    void clock(Memory &memory) {
        const uint64_t low = uint64_t{wdata[1]} << 32 | wdata[0];
        const uint64_t high = uint64_t{wdata[3]} << 32 | wdata[2];
        const uint64_t rest = uint64_t{wstrb} << 1 | (wlast ? 1 : 0);
        stable.check(memory, wvalid, wready, {low, high, rest}, "a word was withdrawn or changed");
        was_offered = wvalid && !wready;
        if (bvalid && bready) {
            bvalid = false;
            answers.pop_front();
        }
        if (wvalid && wready) {
            if (wstrb != ALL_BYTES) memory.blame("a word is not written whole");
            words.push_back({{wdata[0], wdata[1], wdata[2], wdata[3]}, wlast});
        }
        aw.clock(memory, bursts, 0);
        while (!bursts.empty() && !words.empty()) store_word(memory);
    }

    void store_word(Memory &memory) {
        Burst &burst = bursts.front();
        uint8_t *bytes = memory.find(burst.address);
        if (bytes == nullptr) failed = true;
        if (bytes != nullptr) std::memcpy(bytes, words.front().data, WORD_BYTES);
        burst.address += WORD_BYTES;
        --burst.words;
        if (words.front().last != (burst.words == 0)) memory.blame("WLAST is not at the burst's end");
        words.pop_front();
        if (burst.words != 0) return;
        answers.push_back({0, failed ? 3u : 0u, memory.cycle + memory.settings.latency});
        failed = false;
        bursts.pop_front();
    }

    bool busy() const {
        return aw.valid || wvalid || bvalid || !bursts.empty() || !words.empty() || !answers.empty();
    }
};

}  // namespace edge_rtl_bus
#endif
