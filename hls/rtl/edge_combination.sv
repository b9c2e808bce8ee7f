// One group of three codes: the sum that an index code names, two cycles later. A code picks each
// input as +, - or not at all, and never subtracts both of the first two: one carry serves them.
module edge_combination (
    input logic clock,
    input logic [7:0] a,
    input logic [7:0] b,
    input logic [7:0] c,
    input logic [1:0] sign_a,  // bit 0: take it; bit 1: negated
    input logic [1:0] sign_b,
    input logic [1:0] sign_c,  // of the cycle after
    output logic signed [edge_pkg::SUM-1:0] sum
);
  logic [8:0] pair;  // of a and b

  wire [8:0] first = {a[7] & sign_a[0], a & {8{sign_a[0]}}} ^ {9{sign_a[1]}};
  wire [8:0] second = {b[7] & sign_b[0], b & {8{sign_b[0]}}} ^ {9{sign_b[1]}};
  wire [9:0] third = {{2{c[7] & sign_c[0]}}, c & {8{sign_c[0]}}} ^ {10{sign_c[1]}};

  always_ff @(posedge clock) begin
    pair <= first + second + {8'b0, sign_a[1] | sign_b[1]};
    sum  <= {pair[8], pair} + third + {9'b0, sign_c[1]};
  end
endmodule
