// The test bench's file: a memory image, and calls with what each must leave behind. Written by
// tools/make_hls_vectors.py from the numpy model of docs/fpga-numerics.md.
//
//   "EDGEVEC1"
//   u32 words of the register block, u32 calls, u64 first address of the memory, u64 its bytes
//   patches: the memory before the first call; what no patch names is zero
//   for each call
//     patches: what the host writes to memory before it
//     u32 count, then pairs of u32 offset and value: registers, written in this order
//     u32 count, then pairs of u32 offset and value: registers as they must read after it
//     patches: what the call changes; every other byte of the memory must stay as it was
//
//   patches: u32 count, then for each u64 offset from the first address, u64 bytes, the bytes
//
// All little-endian, without gaps.
#ifndef EDGE_TB_VECTORS_HPP
#define EDGE_TB_VECTORS_HPP

#include <cstdint>
#include <cstdio>
#include <cstring>
#include <string>
#include <vector>

namespace edge_tb {

struct Register {
  std::uint32_t offset;  // bytes
  std::uint32_t value;
};

struct Patch {
  std::uint64_t offset;
  std::vector<std::uint8_t> bytes;
};

struct Call {
  std::vector<Patch> written;
  std::vector<Register> inputs, outputs;
  std::vector<Patch> changes;
};

struct Vectors {
  std::uint32_t words = 0;
  std::uint64_t base = 0, size = 0;
  std::vector<Patch> image;
  std::vector<Call> calls;
};

// Reads one file. After the first thing that is not there, everything reads as zero and `why` says
// what it was.
class Reader {
 public:
  explicit Reader(const std::string &path) {
    std::FILE *file = std::fopen(path.c_str(), "rb");
    if (file == nullptr) {
      why_ = "cannot be opened";
      return;
    }
    std::uint8_t block[65536];
    for (std::size_t n; (n = std::fread(block, 1, sizeof block, file)) > 0;) {
      content_.insert(content_.end(), block, block + n);
    }
    std::fclose(file);
  }

  Vectors read() {
    Vectors vectors;
    char magic[8] = {};
    take(magic, sizeof magic);
    if (std::memcmp(magic, "EDGEVEC1", sizeof magic) != 0) fail("is no file of vectors");
    vectors.words = number<std::uint32_t>();
    const std::uint32_t calls = number<std::uint32_t>();
    vectors.base = number<std::uint64_t>();
    vectors.size = number<std::uint64_t>();
    if (vectors.words > 1024 || vectors.size > MOST) fail("asks for more than a test bench has");
    vectors.image = patches(vectors.size);
    for (std::uint32_t i = 0; i < calls && good(); i++) {
      Call call;
      call.written = patches(vectors.size);
      call.inputs = registers(vectors.words);
      call.outputs = registers(vectors.words);
      call.changes = patches(vectors.size);
      vectors.calls.push_back(call);
    }
    if (good() && at_ != content_.size()) fail("has something after its last call");
    return vectors;
  }

  bool good() const { return why_.empty(); }
  const std::string &why() const { return why_; }

 private:
  static constexpr std::uint64_t MOST = std::uint64_t(1) << 30;

  void fail(const char *why) {
    if (good()) why_ = why;
  }

  void take(void *to, std::uint64_t bytes) {
    if (!good()) return;
    if (bytes > content_.size() - at_) return fail("ends too early");
    std::memcpy(to, content_.data() + at_, bytes);
    at_ += bytes;
  }

  // The machine is little-endian, as the file is: so are all that Vitis HLS runs on.
  template <typename T> T number() {
    T value = 0;
    take(&value, sizeof value);
    return good() ? value : T(0);
  }

  std::vector<Register> registers(std::uint32_t words) {
    std::vector<Register> found;
    const std::uint32_t count = number<std::uint32_t>();
    for (std::uint32_t i = 0; i < count && good(); i++) {
      const std::uint32_t offset = number<std::uint32_t>();
      const std::uint32_t value = number<std::uint32_t>();
      if (offset % 4 != 0 || offset / 4 >= words) fail("names a register outside the block");
      found.push_back({offset, value});
    }
    return found;
  }

  std::vector<Patch> patches(std::uint64_t size) {
    std::vector<Patch> found;
    const std::uint32_t count = number<std::uint32_t>();
    for (std::uint32_t i = 0; i < count && good(); i++) {
      Patch patch;
      patch.offset = number<std::uint64_t>();
      const std::uint64_t bytes = number<std::uint64_t>();
      if (patch.offset > size || bytes > size - patch.offset) fail("has bytes outside its memory");
      if (good() && bytes > content_.size() - at_) fail("ends too early");
      if (!good()) break;
      patch.bytes.resize(bytes);
      if (bytes > 0) take(patch.bytes.data(), bytes);
      found.push_back(patch);
    }
    return found;
  }

  std::vector<std::uint8_t> content_;
  std::size_t at_ = 0;
  std::string why_;
};

}  // namespace edge_tb

#endif
