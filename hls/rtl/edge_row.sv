// One row of a step for every token of the chunk: the same 32 indices, each token's own tables.
module edge_row #(
    parameter int CHUNK = 8
) (
    input logic clock,
    input logic fire,
    input logic [6:1] stage,  // stage s holds what fired s cycles ago
    input logic [CHUNK-1:0] active,  // tokens that take part
    input logic [edge_pkg::ENTRY-1:0] entry,
    input logic bank,  // of the tables, for stage 1
    input logic [CHUNK-1:0] write_token,
    input logic [4:0] write_address,
    input logic [edge_pkg::TABLES*edge_pkg::SUM-1:0] write_sums,
    output logic [CHUNK*edge_pkg::ROOT-1:0] roots,  // of stage 7, like what follows
    output logic negative  // all roots of the row
);
  logic [edge_pkg::ENTRY-1:0] indices;
  logic [4*edge_pkg::TABLES-1:0] codes;
  logic [edge_pkg::TABLES-1:0] signs;
  logic [edge_pkg::TABLES-2:0] subtract;

  always_ff @(posedge clock) if (fire) indices <= entry;

  for (genvar t = 0; t < edge_pkg::TABLES; t++) begin : index
    assign codes[4*t+:4] = indices[5*t+:4];
    assign signs[t] = indices[5*t+4];
  end

  edge_signs sign_path (
      .clock(clock),
      .signs(signs),
      .subtract(subtract),
      .negative(negative)
  );

  for (genvar k = 0; k < CHUNK; k++) begin : token
    edge_lookup_lane lane (
        .clock(clock),
        .stage(active[k] ? stage : 6'b0),
        .bank(bank),
        .codes(codes),
        .subtract(subtract),
        .write(write_token[k]),
        .write_address(write_address),
        .write_sums(write_sums),
        .root(roots[edge_pkg::ROOT*k+:edge_pkg::ROOT])
    );
  end
endmodule
