// What each index code makes of a, b and c: docs/fpga-weight-format.md. Bit 0: take it; bit 1:
// negated.
module edge_index_signs (
    input logic [3:0] code,
    output logic [1:0] a,
    output logic [1:0] b,
    output logic [1:0] c
);
  localparam logic [1:0] NONE = 2'b00;
  localparam logic [1:0] PLUS = 2'b01;
  localparam logic [1:0] MINUS = 2'b11;

  always_comb begin
    case (code)
      4'd1: {a, b, c} = {PLUS, NONE, NONE};
      4'd2: {a, b, c} = {NONE, PLUS, NONE};
      4'd3: {a, b, c} = {NONE, NONE, PLUS};
      4'd4: {a, b, c} = {PLUS, PLUS, NONE};
      4'd5: {a, b, c} = {PLUS, MINUS, NONE};
      4'd6: {a, b, c} = {PLUS, NONE, PLUS};
      4'd7: {a, b, c} = {PLUS, NONE, MINUS};
      4'd8: {a, b, c} = {NONE, PLUS, PLUS};
      4'd9: {a, b, c} = {NONE, PLUS, MINUS};
      4'd10: {a, b, c} = {PLUS, PLUS, PLUS};
      4'd11: {a, b, c} = {PLUS, PLUS, MINUS};
      4'd12: {a, b, c} = {PLUS, MINUS, PLUS};
      4'd13: {a, b, c} = {MINUS, PLUS, PLUS};
      default: {a, b, c} = {NONE, NONE, NONE};
    endcase
  end
endmodule
