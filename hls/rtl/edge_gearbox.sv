// Five words of 128 bits become four entries of 160: the first word is only kept, each of the
// others completes an entry. `phase` counts the words, 0 to 4, and is common to all ports.
module edge_gearbox (
    input logic clock,
    input logic take,  // the word is used in this cycle
    input logic [2:0] phase,
    input logic [edge_pkg::WORD-1:0] word,
    output logic [edge_pkg::ENTRY-1:0] entry  // of this cycle, from phase 1 on
);
  logic [edge_pkg::WORD-1:0] kept;  // what is left of the words before, from bit 0 on

  always_comb begin
    case (phase)
      3'd1: entry = {word[31:0], kept};
      3'd2: entry = {word[63:0], kept[95:0]};
      3'd3: entry = {word[95:0], kept[63:0]};
      default: entry = {word, kept[31:0]};
    endcase
  end

  always_ff @(posedge clock) begin
    if (take) begin
      case (phase)
        3'd0: kept <= word;
        3'd1: kept[95:0] <= word[127:32];
        3'd2: kept[63:0] <= word[127:64];
        default: kept[31:0] <= word[127:96];
      endcase
    end
  end
endmodule
