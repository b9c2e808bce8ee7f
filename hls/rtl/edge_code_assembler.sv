// Six beats become the 96 codes of one token in one tile; the next six arrive while these are used.
module edge_code_assembler (
    input logic clock,
    input logic reset,
    input logic [edge_pkg::WORD-1:0] word,
    input logic word_valid,
    output logic word_ready,
    output logic [edge_pkg::TILE_CODES-1:0] codes,
    output logic codes_valid,
    input logic codes_ready
);
  logic [2:0] beats;

  wire accepted = word_valid && word_ready;

  assign codes_valid = beats == 3'(edge_pkg::TILE_BEATS);
  assign word_ready = !codes_valid || codes_ready;

  always_ff @(posedge clock) begin
    if (accepted) codes <= {word, codes[edge_pkg::TILE_CODES-1:edge_pkg::WORD]};
    if (reset) beats <= '0;
    else if (codes_valid && codes_ready) beats <= 3'(accepted);
    else if (accepted) beats <= beats + 1'b1;
  end
endmodule
