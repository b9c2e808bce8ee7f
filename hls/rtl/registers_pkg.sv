// Made from backends/fpga/regs.toml by tools/make_registers.py: change that.
// Offsets are in bytes; an address has its high word 4 bytes further.
/* verilator lint_off UNUSED */
package registers_pkg;
  localparam logic [31:0] MAP_VERSION = 32'h00000001;
  localparam logic [31:0] WEIGHT_VERSION = 32'h00000001;
  localparam logic [31:0] STATUS_DONE = 32'h00000000;
  localparam logic [31:0] STATUS_BAD_OPERATION = 32'h00000001;
  localparam logic [31:0] STATUS_TOO_LARGE = 32'h00000002;
  localparam logic [31:0] STATUS_BAD_SHAPE = 32'h00000003;
  localparam logic [31:0] STATUS_CONTEXT_FULL = 32'h00000004;
  localparam logic [31:0] STATUS_BUS_ERROR = 32'h00000005;
  localparam logic [31:0] STATUS_OUT_OF_RANGE = 32'h00000006;

  // One ternary matmul, in SystemVerilog.
  localparam logic [31:0] MATMUL_IDENTITY_VALUE = 32'h45444D31;
  localparam logic [11:0] MATMUL_ROWS = 12'h010;  // a multiple of 16
  localparam logic [11:0] MATMUL_TILES = 12'h018;  // of 96 inputs
  localparam logic [11:0] MATMUL_TOKENS = 12'h020;  // 1 to chunk
  localparam logic [11:0] MATMUL_WEIGHTS_0 = 12'h028;
  localparam logic [11:0] MATMUL_WEIGHTS_1 = 12'h034;
  localparam logic [11:0] MATMUL_WEIGHTS_2 = 12'h040;
  localparam logic [11:0] MATMUL_WEIGHTS_3 = 12'h04C;
  localparam logic [11:0] MATMUL_CODES = 12'h058;  // int8 [tokens][96 * tiles]
  localparam logic [11:0] MATMUL_SUMS = 12'h064;  // int32 [tokens][rows]
  localparam logic [11:0] MATMUL_IDENTITY = 12'h070;
  localparam logic [11:0] MATMUL_MAP_VERSION = 12'h080;
  localparam logic [11:0] MATMUL_WEIGHT_VERSION = 12'h090;
  localparam logic [11:0] MATMUL_TABLES = 12'h0A0;
  localparam logic [11:0] MATMUL_LANES = 12'h0B0;
  localparam logic [11:0] MATMUL_CHUNK = 12'h0C0;
  localparam logic [11:0] MATMUL_MAX_ROWS = 12'h0D0;
  localparam logic [11:0] MATMUL_MAX_TILES = 12'h0E0;
  localparam logic [11:0] MATMUL_STATUS = 12'h0F0;
  localparam logic [11:0] MATMUL_CYCLES_LOW = 12'h100;  // clock cycles of the last run
  localparam logic [11:0] MATMUL_CYCLES_HIGH = 12'h110;
  localparam logic [11:0] MATMUL_STALLS_LOW = 12'h120;  // of these, cycles that waited for weights
  localparam logic [11:0] MATMUL_STALLS_HIGH = 12'h130;
endpackage
/* verilator lint_on UNUSED */
