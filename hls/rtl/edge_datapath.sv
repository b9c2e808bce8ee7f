// Entries of four rows in, sums in the accumulators: nothing here ever waits, so a step may come in
// every cycle. A step that fires in cycle c is in the accumulators at the end of cycle c + 8.
module edge_datapath #(
    parameter int CHUNK = 8,
    parameter int MAX_ROWS = 6912
) (
    input logic clock,
    input logic reset,
    input logic [3:0] tokens,
    input logic fire,
    input logic [edge_pkg::STEP-1:0] step,
    input logic first_tile,
    input logic [edge_pkg::LANES*edge_pkg::ENTRY-1:0] entries,
    input logic read_bank,
    input logic [CHUNK-1:0] write_token,
    input logic [4:0] write_address,
    input logic [edge_pkg::TABLES*edge_pkg::SUM-1:0] write_sums,
    input logic drain,
    input logic drain_read,
    input logic [edge_pkg::STEP-1:0] drain_step,
    output logic [CHUNK*edge_pkg::LANES*edge_pkg::TOTAL-1:0] drained,
    output logic empty  // no step is on its way
);
  logic [8:1] stage;  // stage[s]: what fired s cycles ago was a step
  localparam int PLACE = edge_pkg::STEP + 1;
  // Which step it is and whether its tile is the first, 1 to 6 cycles later.
  logic [6*PLACE-1:0] place_later;
  logic bank;
  logic [CHUNK-1:0] active;
  logic [edge_pkg::LANES*CHUNK*edge_pkg::ROOT-1:0] roots;
  logic [edge_pkg::LANES-1:0] negative;

  assign empty = stage == '0;

  always_ff @(posedge clock) begin
    stage <= reset ? 8'b0 : {stage[7:1], fire};
    place_later <= {place_later[5*PLACE-1:0], first_tile, step};
    bank <= read_bank;
  end

  for (genvar k = 0; k < CHUNK; k++) begin : token
    assign active[k] = tokens > 4'(k);
  end

  for (genvar p = 0; p < edge_pkg::LANES; p++) begin : lane
    edge_row #(
        .CHUNK(CHUNK)
    ) row (
        .clock(clock),
        .fire(fire),
        .stage(stage[6:1]),
        .active(active),
        .entry(entries[edge_pkg::ENTRY*p+:edge_pkg::ENTRY]),
        .bank(bank),
        .write_token(write_token),
        .write_address(write_address),
        .write_sums(write_sums),
        .roots(roots[edge_pkg::ROOT*CHUNK*p+:edge_pkg::ROOT*CHUNK]),
        .negative(negative[p])
    );
  end

  edge_accumulators #(
      .CHUNK(CHUNK),
      .MAX_ROWS(MAX_ROWS)
  ) accumulators (
      .clock(clock),
      .stage(stage[8:6]),
      .step(place_later[5*PLACE+:edge_pkg::STEP]),
      .first_tile(place_later[6*PLACE-1]),
      .roots(roots),
      .negative(negative),
      .drain(drain),
      .drain_read(drain_read),
      .drain_step(drain_step),
      .drained(drained)
  );
endmodule
