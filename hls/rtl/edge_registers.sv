// The AXI4-Lite slave: control words as Vitis HLS has them, then arguments and results at the
// offsets of registers_pkg. Arguments keep their value while the block runs; offsets without a name
// read as zero.
module edge_registers #(
    parameter int CHUNK = 8,
    parameter int MAX_ROWS = 6912,
    parameter int MAX_TILES = 72
) (
    input logic clock,
    input logic reset,
    input logic [11:0] awaddr,
    input logic awvalid,
    output logic awready,
    input logic [31:0] wdata,
    input logic [3:0] wstrb,
    input logic wvalid,
    output logic wready,
    output logic bvalid,
    input logic bready,
    input logic [11:0] araddr,
    input logic arvalid,
    output logic arready,
    output logic [31:0] rdata,
    output logic rvalid,
    input logic rready,
    output logic interrupt_request,
    output logic start,
    input logic idle,
    input logic done,
    output logic [31:0] rows,
    output logic [31:0] tiles,
    output logic [31:0] tokens,
    output logic [6*64-1:0] addresses,
    input logic [31:0] status,
    input logic [63:0] cycles,
    input logic [63:0] stalls
);
  localparam logic [11:0] CONTROL = 12'h000;
  localparam logic [11:0] GLOBAL_INTERRUPT = 12'h004;
  localparam logic [11:0] INTERRUPT_ENABLE = 12'h008;
  localparam logic [11:0] INTERRUPT_STATUS = 12'h00C;
  // Six addresses of two words lie behind each other, 12 bytes apart.
  localparam logic [11:0] FIRST_ADDRESS = registers_pkg::MATMUL_WEIGHTS_0;
  localparam logic [11:0] ADDRESS_STRIDE = registers_pkg::MATMUL_WEIGHTS_1 - FIRST_ADDRESS;

  // Outputs lie 16 bytes apart; the word after each tells whether it was written since it was read.
  localparam logic [11:0] FIRST_OUTPUT = registers_pkg::MATMUL_IDENTITY;
  localparam int OUTPUTS = 13;

  logic was_done;  // and nobody has read it yet
  logic [OUTPUTS-1:0] fresh;
  logic global_interrupt;
  logic [1:0] interrupt_enable, interrupt_status;  // done, ready

  // A cycle after an address and a word are there, both are taken; the same for a read.
  logic write, read;
  wire write_whole = write && wstrb == 4'hF;  // part of a word is not written
  wire write_argument = write_whole && idle && !start;

  assign awready = write;
  assign wready = write;
  assign arready = read;
  assign interrupt_request = global_interrupt && (interrupt_enable & interrupt_status) != '0;

  always_ff @(posedge clock) begin
    if (reset) begin
      write  <= 1'b0;
      read   <= 1'b0;
      bvalid <= 1'b0;
      rvalid <= 1'b0;
    end else begin
      write  <= awvalid && wvalid && !write && !bvalid;
      read   <= arvalid && !read && !rvalid;
      bvalid <= write || (bvalid && !bready);
      rvalid <= read || (rvalid && !rready);
    end
  end

  always_ff @(posedge clock) begin
    if (write_argument) begin
      if (awaddr == registers_pkg::MATMUL_ROWS) rows <= wdata;
      if (awaddr == registers_pkg::MATMUL_TILES) tiles <= wdata;
      if (awaddr == registers_pkg::MATMUL_TOKENS) tokens <= wdata;
    end
  end

  for (genvar n = 0; n < 6; n++) begin : argument
    localparam logic [11:0] LOW = FIRST_ADDRESS + 12'(n) * ADDRESS_STRIDE;
    always_ff @(posedge clock) begin
      if (write_argument && awaddr == LOW) addresses[64*n+:32] <= wdata;
      if (write_argument && awaddr == LOW + 12'd4) addresses[64*n+32+:32] <= wdata;
    end
  end

  wire toggle = write_whole && awaddr == INTERRUPT_STATUS;
  wire [1:0] finished = interrupt_enable & {2{done}};

  always_ff @(posedge clock) begin
    if (reset) begin
      start <= 1'b0;
      was_done <= 1'b0;
      global_interrupt <= 1'b0;
      interrupt_enable <= '0;
      interrupt_status <= '0;
    end else begin
      start <= write_whole && awaddr == CONTROL && wdata[0] && idle && !start;
      was_done <= done || (was_done && !(read && araddr == CONTROL));
      if (write_whole && awaddr == GLOBAL_INTERRUPT) global_interrupt <= wdata[0];
      if (write_whole && awaddr == INTERRUPT_ENABLE) interrupt_enable <= wdata[1:0];
      interrupt_status <= (interrupt_status ^ (toggle ? wdata[1:0] : 2'b0)) | finished;
    end
  end

  for (genvar n = 0; n < OUTPUTS; n++) begin : written
    wire seen = read && araddr == FIRST_OUTPUT + 12'(16 * n + 4);
    always_ff @(posedge clock) fresh[n] <= !reset && (done || (fresh[n] && !seen));
  end

  logic [31:0] value;

  always_comb begin
    value = '0;
    case (araddr)
      CONTROL: value = {28'b0, was_done, idle && !start, was_done, start || !idle};
      GLOBAL_INTERRUPT: value[0] = global_interrupt;
      INTERRUPT_ENABLE: value[1:0] = interrupt_enable;
      INTERRUPT_STATUS: value[1:0] = interrupt_status;
      registers_pkg::MATMUL_ROWS: value = rows;
      registers_pkg::MATMUL_TILES: value = tiles;
      registers_pkg::MATMUL_TOKENS: value = tokens;
      registers_pkg::MATMUL_IDENTITY: value = registers_pkg::MATMUL_IDENTITY_VALUE;
      registers_pkg::MATMUL_MAP_VERSION: value = registers_pkg::MAP_VERSION;
      registers_pkg::MATMUL_WEIGHT_VERSION: value = registers_pkg::WEIGHT_VERSION;
      registers_pkg::MATMUL_TABLES: value = 32'(edge_pkg::TABLES);
      registers_pkg::MATMUL_LANES: value = 32'(edge_pkg::LANES);
      registers_pkg::MATMUL_CHUNK: value = 32'(CHUNK);
      registers_pkg::MATMUL_MAX_ROWS: value = 32'(MAX_ROWS);
      registers_pkg::MATMUL_MAX_TILES: value = 32'(MAX_TILES);
      registers_pkg::MATMUL_STATUS: value = status;
      registers_pkg::MATMUL_CYCLES_LOW: value = cycles[31:0];
      registers_pkg::MATMUL_CYCLES_HIGH: value = cycles[63:32];
      registers_pkg::MATMUL_STALLS_LOW: value = stalls[31:0];
      registers_pkg::MATMUL_STALLS_HIGH: value = stalls[63:32];
      default: begin
        for (int n = 0; n < OUTPUTS; n++) begin
          if (araddr == FIRST_OUTPUT + 12'(16 * n + 4)) value[0] = fresh[n];
        end
        for (int n = 0; n < 6; n++) begin
          if (araddr == FIRST_ADDRESS + 12'(n) * ADDRESS_STRIDE) begin
            value = addresses[64*n+:32];
          end
          if (araddr == FIRST_ADDRESS + 12'(n) * ADDRESS_STRIDE + 12'd4) begin
            value = addresses[64*n+32+:32];
          end
        end
      end
    endcase
  end

  always_ff @(posedge clock) if (read) rdata <= value;
endmodule
