// Cuts a transfer into AXI bursts: none longer than MAX_BURST, none across 4096 bytes.
module edge_burst_splitter #(
    parameter int MAX_BURST = 64  // beats: a power of two, at most 256
) (
    input logic clock,
    input logic reset,
    input logic load,  // a new transfer; only while not `valid`
    input logic [edge_pkg::ADDRESS-1:0] load_address,  // a multiple of 16
    input logic [edge_pkg::BEATS-1:0] load_beats,
    input logic next,  // the burst shown is taken
    output logic [edge_pkg::ADDRESS-1:0] address,
    output logic [8:0] beats,
    output logic valid
);
  localparam int INDEX = $clog2(MAX_BURST);
  logic [edge_pkg::BEATS-1:0] remaining;

  // A burst ends where the address is a multiple of the longest, and so never crosses 4096 bytes.
  wire [8:0] limit = 9'(MAX_BURST) - 9'(address[INDEX+3:4]);
  assign beats = remaining < edge_pkg::BEATS'(limit) ? remaining[8:0] : limit;
  assign valid = remaining != '0;

  always_ff @(posedge clock) begin
    if (reset) remaining <= '0;
    else if (load) remaining <= load_beats;
    else if (next) remaining <= remaining - edge_pkg::BEATS'(beats);
  end

  always_ff @(posedge clock) begin
    if (load) address <= load_address;
    else if (next) address <= address + edge_pkg::ADDRESS'({beats, 4'b0});
  end
endmodule
