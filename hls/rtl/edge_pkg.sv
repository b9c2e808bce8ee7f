// Sizes that every part of the matmul shares; docs/fpga-weight-format.md says why they are these.
/* verilator lint_off UNUSED */
package edge_pkg;
  localparam int TABLES = 32;  // groups of three inputs in a tile
  localparam int LANES = 4;  // rows in a step: one from each port
  localparam int WORD = 128;  // bits of a beat
  localparam int ENTRY = 5 * TABLES;  // bits: the indices of one row in one tile
  localparam int TILE_CODES = 3 * TABLES * 8;  // bits: the int8 inputs of one tile
  localparam int TILE_BEATS = TILE_CODES / WORD;
  localparam int COMBINATIONS = 14;  // entries of a table that mean something
  localparam int SUM = 10;  // bits of an entry: three int8
  localparam int ROOT = SUM + 5;  // bits of the sum of 32 entries
  localparam int TOTAL = 21;  // bits of an accumulator
  localparam int ADDRESS = 40;  // bits of an address on the bus
  localparam int BEATS = 20;  // bits of a count of beats
  localparam int STEP = 11;  // bits of a count of steps
  localparam int MOST_ROWS = 4 * ((1 << STEP) - 4);  // steps of a tile are a multiple of four
  // What an accumulator holds when every code is -128: with more, a sum could wrap unseen.
  localparam int MOST_TILES = ((1 << (TOTAL - 1)) - 1) / (3 * TABLES * 128);
  localparam int LARGEST_ARRAY = 24;  // bits of the bytes of any array, and more than enough
endpackage
/* verilator lint_on UNUSED */
