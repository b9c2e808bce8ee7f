// The sums of all rows and tokens, in UltraRAM: a step's are read, added to and written in three
// cycles. The same step comes again five cycles later at the earliest, so nothing is read before it
// is written.
module edge_accumulators #(
    parameter int CHUNK = 8,
    parameter int MAX_ROWS = 6912
) (
    input logic clock,
    input logic [2:0] stage,  // 0: read; 1: add; 2: write
    input logic [edge_pkg::STEP-1:0] step,  // of stage 0
    input logic first_tile,  // of stage 0
    input logic [edge_pkg::LANES*CHUNK*edge_pkg::ROOT-1:0] roots,  // of stage 1: lane, token
    input logic [edge_pkg::LANES-1:0] negative,  // of stage 1: the roots of a lane
    input logic drain,  // read for the drain instead
    input logic drain_read,
    input logic [edge_pkg::STEP-1:0] drain_step,
    output logic [CHUNK*edge_pkg::LANES*edge_pkg::TOTAL-1:0] drained  // a cycle after: token, lane
);
  localparam int STEPS = MAX_ROWS / edge_pkg::LANES;
  localparam int INDEX = $clog2(STEPS);
  localparam int EXTENSION = edge_pkg::TOTAL - edge_pkg::ROOT;
  localparam int WIDTH = CHUNK * edge_pkg::LANES * edge_pkg::TOTAL;

  (* ram_style = "ultra" *) logic [WIDTH-1:0] memory[STEPS];
  logic [CHUNK*edge_pkg::LANES*edge_pkg::TOTAL-1:0] totals;  // as read
  logic [CHUNK*edge_pkg::LANES*edge_pkg::TOTAL-1:0] updated;
  logic [INDEX-1:0] index_1, index_2;  // of stages 1 and 2

  // A row's first tile begins at zero: the memory's output is cleared instead of read.
  wire fresh = !drain && stage[0] && first_tile;
  wire read = drain ? drain_read : stage[0];
  wire [INDEX-1:0] index = drain ? drain_step[INDEX-1:0] : step[INDEX-1:0];

  assign drained = totals;

  always_ff @(posedge clock) begin
    if (fresh) totals <= '0;
    else if (read) totals <= memory[index];
    if (stage[2]) memory[index_2] <= updated;
  end

  always_ff @(posedge clock) begin
    index_1 <= step[INDEX-1:0];
    index_2 <= index_1;
  end

  for (genvar k = 0; k < CHUNK; k++) begin : token
    for (genvar p = 0; p < edge_pkg::LANES; p++) begin : lane
      localparam int PLACE = edge_pkg::TOTAL * (k * edge_pkg::LANES + p);
      wire [edge_pkg::TOTAL-1:0] old = totals[PLACE+:edge_pkg::TOTAL];
      wire [edge_pkg::ROOT-1:0] root = roots[edge_pkg::ROOT*(p*CHUNK+k)+:edge_pkg::ROOT];
      wire [edge_pkg::ROOT-1:0] sum = root ^ {edge_pkg::ROOT{negative[p]}};
      wire [edge_pkg::TOTAL-1:0] signed_sum = {{EXTENSION{sum[edge_pkg::ROOT-1]}}, sum};
      always_ff @(posedge clock) begin
        if (stage[1]) begin
          updated[PLACE+:edge_pkg::TOTAL] <= old + signed_sum + edge_pkg::TOTAL'(negative[p]);
        end
      end
    end
  end

  wire unused = &{1'b0, step, drain_step};
endmodule
