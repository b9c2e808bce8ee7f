// One run: look at the arguments, launch, wait for the last sum, drain, tell. Counts its cycles.
module edge_control #(
    parameter int CHUNK = 8,
    parameter int MAX_ROWS = 6912,
    parameter int MAX_TILES = 72
) (
    input logic clock,
    input logic reset,
    input logic start,
    input logic [31:0] rows,
    input logic [31:0] tiles,
    input logic [31:0] tokens,
    input logic [6*64-1:0] addresses,  // of weights 0-3, codes, sums
    output logic launch,  // for a cycle: begin to read and to multiply
    output logic drain,  // the sums are complete
    output logic drain_launch,  // the first cycle of it
    output logic [edge_pkg::BEATS-1:0] port_beats,  // words of the matrix at each port
    output logic [edge_pkg::BEATS-1:0] sum_beats,
    input logic multiplying,
    input logic stalled,
    input logic written,  // all sums are in memory
    input logic bus_error,
    output logic idle,
    output logic done,  // for a cycle
    output logic [31:0] status,
    output logic [63:0] cycles,
    output logic [63:0] stalls
);
  if (CHUNK < 1 || CHUNK > 8) begin : refused_chunk
    $error("CHUNK is 1 to 8");
  end
  if (MAX_ROWS < 16 || MAX_ROWS % 16 != 0 || MAX_ROWS > edge_pkg::MOST_ROWS) begin : refused_rows
    $error("MAX_ROWS is a multiple of 16, at most edge_pkg::MOST_ROWS");
  end
  if (MAX_TILES < 1 || MAX_TILES > edge_pkg::MOST_TILES) begin : refused_tiles
    $error("MAX_TILES is at most edge_pkg::MOST_TILES: the accumulators hold no larger sums");
  end

  typedef enum logic [2:0] {
    IDLE,
    CHECK,
    LAUNCH,
    MULTIPLY,
    DRAIN,
    WRITE,
    DONE
  } state_t;

  state_t state;
  logic misaligned;
  logic out_of_reach;

  always_comb begin
    misaligned   = 1'b0;
    out_of_reach = 1'b0;
    for (int n = 0; n < 6; n++) begin
      misaligned   = misaligned | (addresses[64*n+:4] != '0);
      // Beyond the bus, or so near to its end that the array may be.
      out_of_reach = out_of_reach | (addresses[64*n+edge_pkg::ADDRESS+:64-edge_pkg::ADDRESS] != '0)
          | (&addresses[64*n+edge_pkg::LARGEST_ARRAY+:edge_pkg::ADDRESS-edge_pkg::LARGEST_ARRAY]);
    end
  end

  wire empty = rows == '0 || tiles == '0 || tokens == '0;
  wire bad_shape = empty || rows[3:0] != '0 || misaligned;
  wire too_large = rows > 32'(MAX_ROWS) || tiles > 32'(MAX_TILES) || tokens > 32'(CHUNK);
  wire refused = bad_shape || too_large || out_of_reach;

  // 16 rows are 5 words at each port in every tile, and 4 words of sums for every token.
  wire [edge_pkg::BEATS-1:0] blocks = edge_pkg::BEATS'(rows[12:4]) * edge_pkg::BEATS'(tiles[6:0]);
  wire [12:0] sum_blocks = 13'(rows[12:4]) * 13'(tokens[3:0]);

  assign idle = state == IDLE;
  assign done = state == DONE;
  assign launch = state == LAUNCH;
  assign drain_launch = state == DRAIN;
  assign drain = state == DRAIN || state == WRITE;

  always_ff @(posedge clock) begin
    if (reset) state <= IDLE;
    else
      case (state)
        IDLE: if (start) state <= CHECK;
        CHECK: state <= refused ? DONE : LAUNCH;
        LAUNCH: state <= MULTIPLY;
        MULTIPLY: if (!multiplying) state <= DRAIN;
        DRAIN: state <= WRITE;
        WRITE: if (written) state <= DONE;
        default: state <= IDLE;
      endcase
  end

  always_ff @(posedge clock) begin
    if (state == CHECK) begin
      port_beats <= {blocks[edge_pkg::BEATS-3:0], 2'b0} + blocks;
      sum_beats  <= edge_pkg::BEATS'({sum_blocks, 2'b0});
    end
    if (reset) status <= registers_pkg::STATUS_DONE;
    else if (state == CHECK)
      status <= bad_shape ? registers_pkg::STATUS_BAD_SHAPE :
          too_large ? registers_pkg::STATUS_TOO_LARGE :
          out_of_reach ? registers_pkg::STATUS_BUS_ERROR : registers_pkg::STATUS_DONE;
    else if (state == WRITE && bus_error) status <= registers_pkg::STATUS_BUS_ERROR;
  end

  // Every cycle counts from the one after the start to that of `done`.
  always_ff @(posedge clock) begin
    if (reset || (idle && start)) begin
      cycles <= '0;
      stalls <= '0;
    end else begin
      if (!idle) cycles <= cycles + 1'b1;
      if (stalled) stalls <= stalls + 1'b1;
    end
  end
endmodule
