// Fills the tables of the next tile while those of this one are used: token after token, one entry
// of all 32 tables a cycle. There are two banks; a bank is filled only after it was released.
module edge_table_builder #(
    parameter int CHUNK = 8
) (
    input logic clock,
    input logic reset,
    input logic [3:0] tokens,
    input logic [edge_pkg::TILE_CODES-1:0] codes,
    input logic codes_valid,
    output logic codes_ready,
    input logic release_tables,
    output logic read_bank,
    output logic tables_full,  // those of `read_bank`
    output logic [CHUNK-1:0] write_token,  // whose tables are written in this cycle
    output logic [4:0] write_address,  // bank, entry
    output logic [edge_pkg::TABLES*edge_pkg::SUM-1:0] write_sums
);
  localparam logic [3:0] LAST_ENTRY = 4'(edge_pkg::COMBINATIONS - 1);

  logic [edge_pkg::TILE_CODES-1:0] group_codes;
  logic working;
  logic [3:0] token;
  logic [3:0] entry;
  logic bank;
  logic [1:0] full;

  wire last_entry = working && entry == LAST_ENTRY;
  wire last_token = token == tokens - 1'b1;
  // A tile's first token takes a bank; a token's last entry makes room for the next token.
  wire next_bank = bank ^ (last_entry && last_token);
  wire first_token = working ? last_token : token == '0;
  wire bank_free = !first_token || !full[next_bank];

  assign codes_ready = bank_free && (!working || last_entry);
  wire load = codes_valid && codes_ready;

  always_ff @(posedge clock) begin
    if (load) group_codes <= codes;
    if (reset) begin
      working <= 1'b0;
      entry <= '0;
      token <= '0;
      bank <= 1'b0;
    end else begin
      working <= load || (working && !last_entry);
      entry <= working && !last_entry ? entry + 1'b1 : '0;
      if (last_entry) begin
        token <= last_token ? '0 : token + 1'b1;
        bank  <= next_bank;
      end
    end
  end

  // The sums take two cycles; what goes with them takes the same way.
  logic [1:0] sign_a, sign_b, sign_c, sign_c_later;
  logic [4:0] address_1, address_2;  // one and two cycles later
  logic [3:0] token_1, token_2;
  logic [1:0] working_later;
  logic [1:0] last_later;

  edge_index_signs index_signs (
      .code(entry),
      .a(sign_a),
      .b(sign_b),
      .c(sign_c)
  );

  always_ff @(posedge clock) begin
    sign_c_later  <= sign_c;
    address_1 <= {bank, entry};
    address_2 <= address_1;
    token_1 <= token;
    token_2 <= token_1;
    working_later <= reset ? 2'b0 : {working_later[0], working};
    last_later    <= reset ? 2'b0 : {last_later[0], last_entry && last_token};
  end

  for (genvar t = 0; t < edge_pkg::TABLES; t++) begin : group
    // The third code is needed a cycle later, when the next token's may be there already.
    logic [7:0] third;
    always_ff @(posedge clock) third <= group_codes[24*t+16+:8];

    edge_combination combination (
        .clock(clock),
        .a(group_codes[24*t+:8]),
        .b(group_codes[24*t+8+:8]),
        .c(third),
        .sign_a(sign_a),
        .sign_b(sign_b),
        .sign_c(sign_c_later),
        .sum(write_sums[edge_pkg::SUM*t+:edge_pkg::SUM])
    );
  end

  for (genvar k = 0; k < CHUNK; k++) begin : enable
    assign write_token[k] = working_later[1] && token_2 == 4'(k);
  end
  assign write_address = address_2;

  assign tables_full = full[read_bank];

  always_ff @(posedge clock) begin
    if (reset) begin
      full <= 2'b00;
      read_bank <= 1'b0;
    end else begin
      if (last_later[1]) full[address_2[4]] <= 1'b1;
      if (release_tables) full[read_bank] <= 1'b0;
      if (release_tables) read_bank <= !read_bank;
    end
  end
endmodule
