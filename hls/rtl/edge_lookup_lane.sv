// One row and one token: 32 lookups and the tree that sums them, six cycles after the entry. The
// signs come from edge_signs: the root is the sum, or its negative.
module edge_lookup_lane (
    input logic clock,
    input logic [5:0] stage,  // tier t's adders work where stage[t] is set; the lookups: stage[0]
    input logic bank,  // of the lookups
    input logic [4*edge_pkg::TABLES-1:0] codes,
    input logic [edge_pkg::TABLES-2:0] subtract,  // tier after tier, each in its own cycle
    input logic write,
    input logic [4:0] write_address,
    input logic [edge_pkg::TABLES*edge_pkg::SUM-1:0] write_sums,
    output logic signed [edge_pkg::ROOT-1:0] root
);
  /* verilator no_inline_module */
  for (genvar t = 0; t < edge_pkg::TABLES; t++) begin : leaf
    logic signed [edge_pkg::SUM-1:0] found;
    logic signed [edge_pkg::SUM-1:0] value;

    edge_table_memory sums (
        .clock(clock),
        .write(write),
        .write_address(write_address),
        .write_sum(write_sums[edge_pkg::SUM*t+:edge_pkg::SUM]),
        .read_address({bank, codes[4*t+:4]}),
        .sum(found)
    );

    always_ff @(posedge clock) if (stage[0]) value <= found;
  end

  for (genvar tier = 1; tier <= 5; tier++) begin : level
    localparam int FIRST = edge_pkg::TABLES - (edge_pkg::TABLES >> (tier - 1));  // in `subtract`
    localparam int WIDTH = edge_pkg::SUM + tier;

    for (genvar n = 0; n < edge_pkg::TABLES >> tier; n++) begin : node
      logic signed [WIDTH-2:0] left;
      logic signed [WIDTH-2:0] right;
      logic signed [WIDTH-1:0] value;

      if (tier == 1) begin : of_leaves
        assign left  = leaf[2*n].value;
        assign right = leaf[2*n+1].value;
      end else begin : of_nodes
        assign left  = level[tier-1].node[2*n].value;
        assign right = level[tier-1].node[2*n+1].value;
      end

      // The complement and the carry of a subtraction are parts of the adder, and cost nothing: yosys
      // sees it when the left side is the narrower one.
      wire signed [1:0] minus = {1'b0, subtract[FIRST+n]};
      wire signed [WIDTH-1:0] turned = WIDTH'(right) ^ {WIDTH{minus[0]}};

      /* verilator lint_off WIDTH */
      always_ff @(posedge clock) if (stage[tier]) value <= left + turned + minus;
      /* verilator lint_on WIDTH */
    end
  end

  assign root = level[5].node[0].value;
endmodule
