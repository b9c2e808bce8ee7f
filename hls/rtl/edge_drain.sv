// Reads the accumulators token after token, four rows a cycle, as words of four int32.
module edge_drain #(
    parameter int CHUNK = 8
) (
    input logic clock,
    input logic reset,
    input logic start,
    input logic [edge_pkg::STEP-1:0] steps,
    input logic [3:0] tokens,
    output logic read,
    output logic [edge_pkg::STEP-1:0] step,
    input logic [CHUNK*edge_pkg::LANES*edge_pkg::TOTAL-1:0] totals,  // a cycle after `read`
    output logic [edge_pkg::WORD-1:0] word,
    output logic word_valid,
    input logic word_ready
);
  localparam int CHOICE = CHUNK > 1 ? $clog2(CHUNK) : 1;

  logic [3:0] tokens_left;
  logic [CHOICE-1:0] token, token_later;
  logic read_later;

  // All three stages move together or not at all.
  wire advance = !word_valid || word_ready;
  wire last_step = step == steps - 1'b1;

  assign read = advance && tokens_left != '0;

  always_ff @(posedge clock) begin
    if (start) begin
      step  <= '0;
      token <= '0;
    end else if (read) begin
      step <= last_step ? '0 : step + 1'b1;
      if (last_step) token <= token + 1'b1;
    end
    if (reset) tokens_left <= '0;
    else if (start) tokens_left <= tokens;
    else if (read && last_step) tokens_left <= tokens_left - 1'b1;
  end

  always_ff @(posedge clock) begin
    if (reset) begin
      read_later <= 1'b0;
      word_valid <= 1'b0;
    end else if (advance) begin
      read_later <= read;
      word_valid <= read_later;
    end
    if (advance) token_later <= token;
  end

  for (genvar p = 0; p < edge_pkg::LANES; p++) begin : lane
    logic [edge_pkg::TOTAL-1:0] chosen;

    always_comb begin
      chosen = totals[edge_pkg::TOTAL*p+:edge_pkg::TOTAL];
      for (int k = 1; k < CHUNK; k++) begin
        if (token_later == CHOICE'(k)) begin
          chosen = totals[edge_pkg::TOTAL*(k*edge_pkg::LANES+p)+:edge_pkg::TOTAL];
        end
      end
    end

    always_ff @(posedge clock) begin
      if (advance) word[32*p+:32] <= {{32 - edge_pkg::TOTAL{chosen[edge_pkg::TOTAL-1]}}, chosen};
    end
  end
endmodule
