// Asks for the codes in the order in which the tables need them: every token's 96 bytes of a tile,
// then the next tile. A token's codes lie 96 * tiles bytes after those of the token before.
module edge_code_fetch (
    input logic clock,
    input logic reset,
    input logic start,
    input logic [edge_pkg::ADDRESS-1:0] codes,
    input logic [6:0] tiles,
    input logic [3:0] tokens,
    output logic [edge_pkg::ADDRESS-1:0] command_address,
    output logic [edge_pkg::BEATS-1:0] command_beats,
    output logic command_valid,
    input logic command_ready
);
  localparam int TILE_BYTES = 16 * edge_pkg::TILE_BEATS;

  logic [edge_pkg::ADDRESS-1:0] tile_address;  // of the first token's codes of this tile
  logic [6:0] tiles_left;
  logic [3:0] token;

  wire [13:0] stride = {1'b0, tiles, 6'b0} + {2'b0, tiles, 5'b0};
  wire accepted = command_valid && command_ready;
  wire last_token = token == tokens - 1'b1;

  assign command_valid = tiles_left != '0;
  assign command_beats = edge_pkg::BEATS'(edge_pkg::TILE_BEATS);

  always_ff @(posedge clock) begin
    if (reset) tiles_left <= '0;
    else if (start) tiles_left <= tiles;
    else if (accepted && last_token) tiles_left <= tiles_left - 1'b1;
  end

  always_ff @(posedge clock) begin
    if (start) begin
      token <= '0;
      tile_address <= codes;
      command_address <= codes;
    end else if (accepted && last_token) begin
      token <= '0;
      tile_address <= tile_address + edge_pkg::ADDRESS'(TILE_BYTES);
      command_address <= tile_address + edge_pkg::ADDRESS'(TILE_BYTES);
    end else if (accepted) begin
      token <= token + 1'b1;
      command_address <= command_address + edge_pkg::ADDRESS'(stride);
    end
  end
endmodule
