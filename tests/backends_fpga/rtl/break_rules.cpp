// A write of four words to the memory's model, which takes each a cycle late; the argument names a
// rule of the bus to break. Says what the model said of it.
#include <cstdio>

#include "axi_memory.hpp"

using namespace edge_rtl_bus;

namespace {

constexpr uint32_t WORDS = 4;

// What the master offers in this cycle; `waited`: the same as in the cycle before.
void offer_address(WriteChannel &channel, const std::string &rule, bool waited) {
    AddressChannel &aw = channel.aw;
    aw.valid = !(waited && rule == "address-withdrawn");
    aw.address = rule == "boundary" ? 4096 - 32 : rule == "within" ? 8 : 0;
    if (waited && rule == "address-changes") aw.address += 64;
    aw.length = WORDS - 1;
    aw.size = rule == "size" ? 3 : 4;
    aw.burst = rule == "fixed" ? 0 : 1;
}

void offer_word(WriteChannel &channel, const std::string &rule, uint32_t number, bool waited) {
    channel.wvalid = !(waited && rule == "word-withdrawn");
    channel.wdata[3] = number + (waited && rule == "word-changes" ? 1 : 0);
    channel.wlast = number == WORDS - 1 ? rule != "last-missing" : rule == "last-early";
    if (waited && rule == "last-changes") channel.wlast = !channel.wlast;
    channel.wstrb = rule == "bytes" ? 0xFFF : 0xFFFF;
}

// Each is refused once, and then taken.
void write(Memory &memory, WriteChannel &channel, const std::string &rule) {
    for (int waited = 0; waited < 2; ++waited) {
        offer_address(channel, rule, waited == 1);
        channel.aw.ready = waited == 1;
        channel.clock(memory);
    }
    channel.aw.valid = false;
    for (uint32_t number = 0; number < WORDS; ++number) {
        for (int waited = 0; waited < 2; ++waited) {
            offer_word(channel, rule, number, waited == 1);
            channel.wready = waited == 1;
            channel.clock(memory);
        }
    }
}

}  // namespace

int main(int count, char **arguments) {
    if (count != 2) return 2;
    static uint8_t bytes[8192];
    Memory memory;
    memory.regions.push_back({0, sizeof bytes, bytes, false});
    WriteChannel channel;
    write(memory, channel, arguments[1]);
    if (memory.fault.empty() && bytes[12 + 16 * 3] != 3) memory.blame("nothing was written");
    std::puts(memory.fault.c_str());
    return 0;
}
