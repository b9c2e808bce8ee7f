// The order in which every process of attention goes through its work: row after row of the cache;
// in each row one key head after the other; the queries that see it, Rates::QUERIES at a time,
// those of the last token first; for each of them the row's steps of 16 dimensions. A query sees
// the rows up to its own token's, so that in the last rows, the call's own, fewer and fewer queries
// are left: no masked work is done.
#ifndef EDGE_HLS_ATTENTION_WALK_HPP
#define EDGE_HLS_ATTENTION_WALK_HPP

#include "rates.hpp"
#include "types.hpp"

namespace edge {

// Whom a pass over the keys and values serves: of each key head query heads of its group, from
// `member` on. Query q of a key head is that of token q / members.
struct Pass {
  int start;    // position of the first token
  int tokens;   // 1 to CHUNK
  int group;    // query heads of a key head
  int member;   // the first one of the pass
  int members;  // of the pass, 1 to MEMBERS
  int steps;    // head_size / 16
  int heads;    // key heads of the layer
  int together;  // of them are served at once: 1 or HEADS
  // In each of the four arrays: the first word of the layer, and the words of a key head.
  std::uint32_t layer_words;
  std::uint32_t head_words;

  int queries() const { return tokens * members; }
  int rows() const { return start + tokens; }
  int batches() const { return (queries() + Rates::QUERIES - 1) / Rates::QUERIES; }
  // Key heads of a turn: the last one may have fewer.
  int first_head(int turn) const { return turn * together; }
  int served(int turn) const {
    const int left = heads - first_head(turn);
    return left < together ? left : together;
  }
  // In a token's queries, of the pass over this key head.
  int first_dimension(int key_head) const { return (key_head * group + member) * 16 * steps; }
};

// Where the walk over `heads` key heads is; several only where there is one token. What decides its
// next place is narrow, since that has to be decided within one cycle.
class Walk {
 public:
  Walk(const Pass &pass, int heads)
      : start_(pass.start),
        members_(pass.members),
        queries_(pass.queries()),
        last_head_(heads - 1),
        last_batch_(pass.batches() - 1),
        last_step_(pass.steps - 1) {
    restart();
  }

  // Cycles of the whole walk: what attention takes for a pass, but for filling the pipelines. The
  // rows before the call's own are alike.
  static int slots(const Pass &pass, int heads) {
    int total = pass.start * slots_of_row(pass, heads, 0);
    for (int token = 0; token < pass.tokens; ++token) {
#pragma HLS LOOP_TRIPCOUNT max=8
#pragma HLS PIPELINE II=1
      total += slots_of_row(pass, heads, token);
    }
    return total;
  }

  int row() const { return row_; }
  int head() const { return static_cast<int>(head_); }
  int batch() const { return static_cast<int>(batch_); }
  int step() const { return static_cast<int>(step_); }
  // Of the batch among those of all heads.
  int place() const { return batch() + (head_ == 0 ? 0 : static_cast<int>(last_batch_) + 1); }

  // There is work in this slot. The others fill a short row up, so that its sums are there when the
  // next row comes: each query has the same place in all rows that it sees.
  bool works() const { return batch_ >= least_batch_; }
  bool first_batch() const { return batch_ == last_batch_; }
  bool last_step() const { return step_ == last_step_; }
  bool sees(int query) const { return query >= first_query_ && query < queries_; }

  void next() {
#pragma HLS INLINE
    const bool filled = slot_ == Rates::RECURRENCE - 1;
    if (!filled) slot_ += 1;
    if (last_step()) {
      step_ = 0;
      batch_ -= 1;
    } else {
      step_ += 1;
    }
    if (works()) return;
    if (head_ != last_head_) {
      head_ = 1;
      batch_ = last_batch_;
    } else if (filled) {
      if (row_ >= start_) see_fewer();
      ++row_;
      restart();
    }
  }

 private:
  // Up to 64 queries and 8 steps; and -1, when a row's last batch is done.
  using Count = sint_t<8>;
  static_assert(Rates::RECURRENCE <= 127, "the width of a count");
  static_assert(Rates::HEADS == 2, "the heads are 0 and 1");

  // `token`: the first one that sees the row.
  static int slots_of_row(const Pass &pass, int heads, int token) {
    const int batches = pass.batches() - token * pass.members / Rates::QUERIES;
    const int slots = heads * batches * pass.steps;
    return slots < Rates::RECURRENCE ? Rates::RECURRENCE : slots;
  }

  // The queries of the token whose own row this was have seen all of theirs.
  void see_fewer() {
#pragma HLS INLINE
    first_query_ += members_;
    least_batch_ = first_query_ / Rates::QUERIES;
  }

  void restart() {
#pragma HLS INLINE
    head_ = 0;
    batch_ = last_batch_;
    step_ = 0;
    slot_ = 0;
  }

  int start_;
  Count members_, queries_, last_head_, last_batch_, last_step_;
  int row_ = 0;
  Count head_ = 0, batch_ = 0, step_ = 0;
  Count first_query_ = 0;  // that sees the row
  Count least_batch_ = 0;  // that has such a query
  Count slot_ = 0;         // of the row; it stays at the last of RECURRENCE
};

}  // namespace edge

#endif
