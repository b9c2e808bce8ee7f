// The signs of 32 lookups, carried past the adders. A sum of two takes the sign of its left one
// with it: (+-a) + (+-b) is +-(a + b) where both signs are the same and +-(a - b) where they
// differ. So an adder only needs to know whether to subtract, and the root's sign is that of the
// first lookup. All tokens share this, as a lane's lookups have the same signs for every one.
module edge_signs (
    input logic clock,
    input logic [edge_pkg::TABLES-1:0] signs,  // of stage 1
    output logic [edge_pkg::TABLES-2:0] subtract,  // of the 16 adders of tier 1, the 8 of tier 2, ...
    output logic negative  // the root
);
  for (genvar tier = 1; tier <= 5; tier++) begin : level
    localparam int ADDERS = edge_pkg::TABLES >> tier;
    logic [ADDERS-1:0] differ;
    logic [tier*ADDERS-1:0] later;  // the newest at the low end; tier t works in stage t + 1

    for (genvar n = 0; n < ADDERS; n++) begin : adder
      localparam int LEFT = n << tier;
      assign differ[n] = signs[LEFT] ^ signs[LEFT+(1<<(tier-1))];
    end

    if (tier == 1) begin : at_once
      always_ff @(posedge clock) later <= differ;
    end else begin : delayed
      always_ff @(posedge clock) later <= {later[(tier-1)*ADDERS-1:0], differ};
    end

    assign subtract[edge_pkg::TABLES-2*ADDERS+:ADDERS] = later[tier*ADDERS-1-:ADDERS];
  end

  logic [5:0] first_later;
  always_ff @(posedge clock) first_later <= {first_later[4:0], signs[0]};
  assign negative = first_later[5];
endmodule
