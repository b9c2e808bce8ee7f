// From memory to tables: fetches the codes, gathers those of a token and builds its tables of a
// tile.
module edge_code_path #(
    parameter int CHUNK = 8
) (
    input logic clock,
    input logic reset,
    input logic launch,
    input logic [edge_pkg::ADDRESS-1:0] codes,
    input logic [6:0] tiles,
    input logic [3:0] tokens,
    output logic [edge_pkg::ADDRESS-1:0] araddr,
    output logic [7:0] arlen,
    output logic arvalid,
    input logic arready,
    input logic [edge_pkg::WORD-1:0] rdata,
    input logic [1:0] rresp,
    input logic rvalid,
    output logic rready,
    output logic error,
    input logic release_tables,
    output logic read_bank,
    output logic tables_full,
    output logic [CHUNK-1:0] write_token,
    output logic [4:0] write_address,
    output logic [edge_pkg::TABLES*edge_pkg::SUM-1:0] write_sums
);
  logic [edge_pkg::ADDRESS-1:0] command_address;
  logic [edge_pkg::BEATS-1:0] command_beats;
  logic command_valid, command_ready;
  logic [edge_pkg::WORD-1:0] word;
  logic word_valid, word_ready;
  logic [edge_pkg::TILE_CODES-1:0] tile_codes;
  logic codes_valid, codes_ready;

  edge_code_fetch fetch (
      .start(launch),
      .*
  );

  edge_read_master reader (
      .out_data (word),
      .out_valid(word_valid),
      .out_ready(word_ready),
      .*
  );

  edge_code_assembler assembler (
      .codes(tile_codes),
      .*
  );

  edge_table_builder #(
      .CHUNK(CHUNK)
  ) builder (
      .codes(tile_codes),
      .*
  );
endmodule
