// An AXI4 read channel of 128 bits: transfers in, words out, in order. It asks for a burst only
// when the queue has room for all of it, so several are under way and the bus never waits for us.
module edge_read_master #(
    parameter int DEPTH = 512,  // words that are here or on their way
    parameter int MAX_BURST = 64
) (
    input logic clock,
    input logic reset,
    input logic [edge_pkg::ADDRESS-1:0] command_address,
    input logic [edge_pkg::BEATS-1:0] command_beats,
    input logic command_valid,
    output logic command_ready,
    output logic [edge_pkg::ADDRESS-1:0] araddr,
    output logic [7:0] arlen,
    output logic arvalid,
    input logic arready,
    input logic [edge_pkg::WORD-1:0] rdata,
    input logic [1:0] rresp,
    input logic rvalid,
    output logic rready,
    output logic [edge_pkg::WORD-1:0] out_data,
    output logic out_valid,
    input logic out_ready,
    output logic error  // a beat came with an error since the reset
);
  localparam int ROOM = $clog2(DEPTH) + 1;

  logic [edge_pkg::ADDRESS-1:0] address;
  logic [8:0] beats;
  logic pending;
  logic [ROOM-1:0] reserved;  // words asked for and not yet taken out

  wire fits = reserved + ROOM'(beats) <= ROOM'(DEPTH);
  wire issue = pending && fits && (!arvalid || arready);
  wire taken = out_valid && out_ready;

  assign command_ready = !pending;
  assign rready = 1'b1;

  edge_burst_splitter #(
      .MAX_BURST(MAX_BURST)
  ) splitter (
      .clock(clock),
      .reset(reset),
      .load(command_valid && command_ready),
      .load_address(command_address),
      .load_beats(command_beats),
      .next(issue),
      .address(address),
      .beats(beats),
      .valid(pending)
  );

  edge_fifo #(
      .WIDTH(edge_pkg::WORD),
      .DEPTH(DEPTH)
  ) queue (
      .clock(clock),
      .reset(reset),
      .in_data(rdata),
      .in_valid(rvalid),
      .out_data(out_data),
      .out_valid(out_valid),
      .out_ready(out_ready)
  );

  always_ff @(posedge clock) begin
    if (issue) begin
      araddr <= address;
      arlen  <= 8'(beats - 9'd1);
    end
    if (reset) begin
      arvalid  <= 1'b0;
      reserved <= '0;
      error    <= 1'b0;
    end else begin
      arvalid  <= issue || (arvalid && !arready);
      reserved <= reserved + (issue ? ROOM'(beats) : '0) - ROOM'(taken);
      error    <= error || (rvalid && rresp[1]);
    end
  end

  wire unused = &{1'b0, rresp[0]};
endmodule
