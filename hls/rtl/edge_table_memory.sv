// One table: two banks of 16 sums in the memory of lookup tables (entries 14 and 15 are never
// written).
module edge_table_memory (
    input logic clock,
    input logic write,
    input logic [4:0] write_address,  // bank, entry
    input logic [edge_pkg::SUM-1:0] write_sum,
    input logic [4:0] read_address,
    output logic signed [edge_pkg::SUM-1:0] sum
);
  (* ram_style = "distributed" *) logic [edge_pkg::SUM-1:0] memory[32];

  assign sum = memory[read_address];

  always_ff @(posedge clock) begin
    if (write) memory[write_address] <= write_sum;
  end
endmodule
