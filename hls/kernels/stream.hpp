// A queue between two processes of a dataflow region. In hardware a FIFO of DEPTH; the emulator
// runs the processes one after the other, so there it grows, and an empty read is a fault.
#ifndef EDGE_HLS_STREAM_HPP
#define EDGE_HLS_STREAM_HPP

#ifdef __SYNTHESIS__

#include <hls_stream.h>

namespace edge {
template <typename T, int DEPTH = 2> using stream = hls::stream<T, DEPTH>;
}

#else

#include <cstddef>
#include <utility>
#include <vector>

#include "types.hpp"

namespace edge {

template <typename T, int DEPTH = 2> class stream {
 public:
  // The memory of queues that are gone serves new ones: fresh memory costs more than the copying.
  stream() {
    if (spare.empty()) return;
    waiting_ = std::move(spare.back());
    spare.pop_back();
  }
  ~stream() {
    waiting_.clear();
    spare.push_back(std::move(waiting_));
  }
  stream(const stream &) = delete;
  stream &operator=(const stream &) = delete;

  void write(const T &value) { waiting_.push_back(value); }

  T read() {
    if (empty()) {
      fault("a stream was read that is empty");
      return T{};
    }
    return waiting_[next_++];
  }

  bool empty() const { return next_ == waiting_.size(); }

 private:
  static inline std::vector<std::vector<T>> spare;

  std::vector<T> waiting_;
  std::size_t next_ = 0;
};

}  // namespace edge

#endif
#endif
