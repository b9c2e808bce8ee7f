// An AXI4 write channel of 128 bits: one transfer at a time, several of its bursts under way. A
// burst's words are offered from the cycle on in which its address is: memory may take either first.
module edge_write_master #(
    parameter int MAX_BURST = 64,
    parameter int OUTSTANDING = 16  // bursts without an answer
) (
    input logic clock,
    input logic reset,
    input logic start,
    input logic [edge_pkg::ADDRESS-1:0] start_address,
    input logic [edge_pkg::BEATS-1:0] start_beats,
    input logic [edge_pkg::WORD-1:0] word,
    input logic word_valid,
    output logic word_ready,
    output logic [edge_pkg::ADDRESS-1:0] awaddr,
    output logic [7:0] awlen,
    output logic awvalid,
    input logic awready,
    output logic [edge_pkg::WORD-1:0] wdata,
    output logic wlast,
    output logic wvalid,
    input logic wready,
    input logic [1:0] bresp,
    input logic bvalid,
    output logic bready,
    output logic idle,  // all answered
    output logic error  // an answer was an error since the reset
);
  localparam int COUNT = $clog2(OUTSTANDING) + 1;

  logic [edge_pkg::ADDRESS-1:0] address, data_address;
  logic [8:0] beats, data_beats;
  logic pending, data_pending;
  logic [COUNT-1:0] unanswered;  // bursts
  logic [COUNT-1:0] ahead;  // bursts whose address was offered and whose data is not all taken
  logic [8:0] beat;  // of the burst whose data is sent

  wire issue = pending && unanswered != COUNT'(OUTSTANDING) && (!awvalid || awready);
  wire sent = wvalid && wready;
  wire last_sent = sent && wlast;

  // Two splitters walk over the same transfer: one for the addresses, one for the data behind them.
  edge_burst_splitter #(
      .MAX_BURST(MAX_BURST)
  ) addresses (
      .clock(clock),
      .reset(reset),
      .load(start),
      .load_address(start_address),
      .load_beats(start_beats),
      .next(issue),
      .address(address),
      .beats(beats),
      .valid(pending)
  );

  edge_burst_splitter #(
      .MAX_BURST(MAX_BURST)
  ) data (
      .clock(clock),
      .reset(reset),
      .load(start),
      .load_address(start_address),
      .load_beats(start_beats),
      .next(last_sent),
      .address(data_address),
      .beats(data_beats),
      .valid(data_pending)
  );

  assign wdata = word;
  assign wvalid = word_valid && ahead != '0;
  assign wlast = beat == data_beats - 1'b1;
  assign word_ready = wready && ahead != '0;
  assign bready = 1'b1;
  assign idle = !pending && !data_pending && unanswered == '0;

  always_ff @(posedge clock) begin
    if (issue) begin
      awaddr <= address;
      awlen  <= 8'(beats - 9'd1);
    end
    if (reset) begin
      awvalid <= 1'b0;
      unanswered <= '0;
      ahead <= '0;
      beat <= '0;
      error <= 1'b0;
    end else begin
      awvalid <= issue || (awvalid && !awready);
      unanswered <= unanswered + COUNT'(issue) - COUNT'(bvalid);
      ahead <= ahead + COUNT'(issue) - COUNT'(last_sent);
      if (sent) beat <= wlast ? '0 : beat + 1'b1;
      error <= error || (bvalid && bresp[1]);
    end
  end

  wire unused = &{1'b0, data_address, bresp[0]};
endmodule
