// The block: AXI4-Lite registers, four read channels for weights, one for codes, one write channel
// for sums. edge_matmul_block gives the channels what never changes. CHUNK, MAX_ROWS and MAX_TILES
// are the maxima that the registers tell. No output follows an input within a cycle.
module edge_matmul #(
    parameter int CHUNK = 8,  // 1 to 8
    parameter int MAX_ROWS = 6912,  // a multiple of 16, at most 8176: edge_pkg::MOST_ROWS
    parameter int MAX_TILES = 72  // at most 85: edge_pkg::MOST_TILES
) (
    input logic clock,
    input logic reset,
    input logic [11:0] s_axi_control_awaddr,
    input logic s_axi_control_awvalid,
    output logic s_axi_control_awready,
    input logic [31:0] s_axi_control_wdata,
    input logic [3:0] s_axi_control_wstrb,
    input logic s_axi_control_wvalid,
    output logic s_axi_control_wready,
    output logic [1:0] s_axi_control_bresp,
    output logic s_axi_control_bvalid,
    input logic s_axi_control_bready,
    input logic [11:0] s_axi_control_araddr,
    input logic s_axi_control_arvalid,
    output logic s_axi_control_arready,
    output logic [31:0] s_axi_control_rdata,
    output logic [1:0] s_axi_control_rresp,
    output logic s_axi_control_rvalid,
    input logic s_axi_control_rready,
    output logic [edge_pkg::ADDRESS-1:0] m_axi_weights_0_araddr,
    output logic [7:0] m_axi_weights_0_arlen,
    output logic m_axi_weights_0_arvalid,
    input logic m_axi_weights_0_arready,
    input logic [edge_pkg::WORD-1:0] m_axi_weights_0_rdata,
    input logic [1:0] m_axi_weights_0_rresp,
    input logic m_axi_weights_0_rvalid,
    output logic m_axi_weights_0_rready,
    output logic [edge_pkg::ADDRESS-1:0] m_axi_weights_1_araddr,
    output logic [7:0] m_axi_weights_1_arlen,
    output logic m_axi_weights_1_arvalid,
    input logic m_axi_weights_1_arready,
    input logic [edge_pkg::WORD-1:0] m_axi_weights_1_rdata,
    input logic [1:0] m_axi_weights_1_rresp,
    input logic m_axi_weights_1_rvalid,
    output logic m_axi_weights_1_rready,
    output logic [edge_pkg::ADDRESS-1:0] m_axi_weights_2_araddr,
    output logic [7:0] m_axi_weights_2_arlen,
    output logic m_axi_weights_2_arvalid,
    input logic m_axi_weights_2_arready,
    input logic [edge_pkg::WORD-1:0] m_axi_weights_2_rdata,
    input logic [1:0] m_axi_weights_2_rresp,
    input logic m_axi_weights_2_rvalid,
    output logic m_axi_weights_2_rready,
    output logic [edge_pkg::ADDRESS-1:0] m_axi_weights_3_araddr,
    output logic [7:0] m_axi_weights_3_arlen,
    output logic m_axi_weights_3_arvalid,
    input logic m_axi_weights_3_arready,
    input logic [edge_pkg::WORD-1:0] m_axi_weights_3_rdata,
    input logic [1:0] m_axi_weights_3_rresp,
    input logic m_axi_weights_3_rvalid,
    output logic m_axi_weights_3_rready,
    output logic [edge_pkg::ADDRESS-1:0] m_axi_codes_araddr,
    output logic [7:0] m_axi_codes_arlen,
    output logic m_axi_codes_arvalid,
    input logic m_axi_codes_arready,
    input logic [edge_pkg::WORD-1:0] m_axi_codes_rdata,
    input logic [1:0] m_axi_codes_rresp,
    input logic m_axi_codes_rvalid,
    output logic m_axi_codes_rready,
    output logic [edge_pkg::ADDRESS-1:0] m_axi_sums_awaddr,
    output logic [7:0] m_axi_sums_awlen,
    output logic m_axi_sums_awvalid,
    input logic m_axi_sums_awready,
    output logic [edge_pkg::WORD-1:0] m_axi_sums_wdata,
    output logic m_axi_sums_wlast,
    output logic m_axi_sums_wvalid,
    input logic m_axi_sums_wready,
    input logic [1:0] m_axi_sums_bresp,
    input logic m_axi_sums_bvalid,
    output logic m_axi_sums_bready,
    output logic interrupt_request
);
  logic start, idle, done, launch, drain, drain_launch, multiplying, stalled, written;
  logic [31:0] rows, tiles, tokens, status;
  logic [63:0] cycles, stalls;
  logic [6*64-1:0] addresses;
  logic [edge_pkg::BEATS-1:0] port_beats, sum_beats;

  // Between runs everything behind the registers is held in reset: a run finds it empty.
  wire quiet = reset || idle;
  wire [edge_pkg::STEP-1:0] steps = rows[edge_pkg::STEP+1:2];

  assign s_axi_control_bresp = 2'b00;
  assign s_axi_control_rresp = 2'b00;

  edge_registers #(
      .CHUNK(CHUNK),
      .MAX_ROWS(MAX_ROWS),
      .MAX_TILES(MAX_TILES)
  ) registers (
      .awaddr(s_axi_control_awaddr),
      .awvalid(s_axi_control_awvalid),
      .awready(s_axi_control_awready),
      .wdata(s_axi_control_wdata),
      .wstrb(s_axi_control_wstrb),
      .wvalid(s_axi_control_wvalid),
      .wready(s_axi_control_wready),
      .bvalid(s_axi_control_bvalid),
      .bready(s_axi_control_bready),
      .araddr(s_axi_control_araddr),
      .arvalid(s_axi_control_arvalid),
      .arready(s_axi_control_arready),
      .rdata(s_axi_control_rdata),
      .rvalid(s_axi_control_rvalid),
      .rready(s_axi_control_rready),
      .*
  );

  logic [5:0] read_errors;  // of the weights' ports, the codes and the sums

  edge_control #(
      .CHUNK(CHUNK),
      .MAX_ROWS(MAX_ROWS),
      .MAX_TILES(MAX_TILES)
  ) control (
      .bus_error(read_errors != '0),
      .*
  );

  // The four channels side by side, port p at place p.
  wire [edge_pkg::LANES-1:0] arvalid, rready;
  wire [edge_pkg::LANES*edge_pkg::ADDRESS-1:0] araddr;
  wire [edge_pkg::LANES*8-1:0] arlen;
  wire [edge_pkg::LANES-1:0] arready = {
    m_axi_weights_3_arready,
    m_axi_weights_2_arready,
    m_axi_weights_1_arready,
    m_axi_weights_0_arready
  };
  wire [edge_pkg::LANES-1:0] rvalid = {
    m_axi_weights_3_rvalid, m_axi_weights_2_rvalid, m_axi_weights_1_rvalid, m_axi_weights_0_rvalid
  };
  wire [edge_pkg::LANES*2-1:0] rresp = {
    m_axi_weights_3_rresp, m_axi_weights_2_rresp, m_axi_weights_1_rresp, m_axi_weights_0_rresp
  };
  wire [edge_pkg::LANES*edge_pkg::WORD-1:0] rdata = {
    m_axi_weights_3_rdata, m_axi_weights_2_rdata, m_axi_weights_1_rdata, m_axi_weights_0_rdata
  };
  assign {
    m_axi_weights_3_arvalid,
    m_axi_weights_2_arvalid,
    m_axi_weights_1_arvalid,
    m_axi_weights_0_arvalid
  } = arvalid;
  assign {
    m_axi_weights_3_rready, m_axi_weights_2_rready, m_axi_weights_1_rready, m_axi_weights_0_rready
  } = rready;
  assign {
    m_axi_weights_3_araddr, m_axi_weights_2_araddr, m_axi_weights_1_araddr, m_axi_weights_0_araddr
  } = araddr;
  assign {
    m_axi_weights_3_arlen, m_axi_weights_2_arlen, m_axi_weights_1_arlen, m_axi_weights_0_arlen
  } = arlen;

  logic take, fire, release_tables, first_tile, running, tables_full;
  logic [2:0] phase;
  logic [edge_pkg::STEP-1:0] step;
  logic [edge_pkg::LANES-1:0] word_valid;
  logic [edge_pkg::LANES*edge_pkg::ENTRY-1:0] entries;

  for (genvar p = 0; p < edge_pkg::LANES; p++) begin : port
    logic [edge_pkg::WORD-1:0] word;
    logic unused_ready;

    edge_read_master reader (
        .clock(clock),
        .reset(quiet),
        .command_address(addresses[64*p+:edge_pkg::ADDRESS]),
        .command_beats(port_beats),
        .command_valid(launch),
        .command_ready(unused_ready),
        .araddr(araddr[edge_pkg::ADDRESS*p+:edge_pkg::ADDRESS]),
        .arlen(arlen[8*p+:8]),
        .arvalid(arvalid[p]),
        .arready(arready[p]),
        .rdata(rdata[edge_pkg::WORD*p+:edge_pkg::WORD]),
        .rresp(rresp[2*p+:2]),
        .rvalid(rvalid[p]),
        .rready(rready[p]),
        .out_data(word),
        .out_valid(word_valid[p]),
        .out_ready(take),
        .error(read_errors[p])
    );

    edge_gearbox gearbox (
        .clock(clock),
        .take(take),
        .phase(phase),
        .word(word),
        .entry(entries[edge_pkg::ENTRY*p+:edge_pkg::ENTRY])
    );
  end

  edge_sequencer sequencer (
      .reset(quiet),
      .start(launch),
      .tiles(tiles[6:0]),
      .words_valid(&word_valid),
      .*
  );

  logic [CHUNK-1:0] write_token;
  logic [4:0] write_address;
  logic [edge_pkg::TABLES*edge_pkg::SUM-1:0] write_sums;
  logic read_bank;

  edge_code_path #(
      .CHUNK(CHUNK)
  ) code_path (
      .reset(quiet),
      .launch(launch),
      .codes(addresses[64*4+:edge_pkg::ADDRESS]),
      .tiles(tiles[6:0]),
      .tokens(tokens[3:0]),
      .araddr(m_axi_codes_araddr),
      .arlen(m_axi_codes_arlen),
      .arvalid(m_axi_codes_arvalid),
      .arready(m_axi_codes_arready),
      .rdata(m_axi_codes_rdata),
      .rresp(m_axi_codes_rresp),
      .rvalid(m_axi_codes_rvalid),
      .rready(m_axi_codes_rready),
      .error(read_errors[4]),
      .*
  );

  logic drain_read, empty;
  logic [edge_pkg::STEP-1:0] drain_step;
  logic [CHUNK*edge_pkg::LANES*edge_pkg::TOTAL-1:0] drained;
  assign multiplying = running || !empty;

  edge_datapath #(
      .CHUNK(CHUNK),
      .MAX_ROWS(MAX_ROWS)
  ) datapath (
      .reset(quiet),
      .tokens(tokens[3:0]),
      .*
  );

  logic [edge_pkg::WORD-1:0] sum_word;
  logic sum_valid, sum_ready;

  edge_drain #(
      .CHUNK(CHUNK)
  ) drainer (
      .clock(clock),
      .reset(quiet),
      .start(drain_launch),
      .steps(steps),
      .tokens(tokens[3:0]),
      .read(drain_read),
      .step(drain_step),
      .totals(drained),
      .word(sum_word),
      .word_valid(sum_valid),
      .word_ready(sum_ready)
  );

  edge_write_master writer (
      .clock(clock),
      .reset(quiet),
      .start(drain_launch),
      .start_address(addresses[64*5+:edge_pkg::ADDRESS]),
      .start_beats(sum_beats),
      .word(sum_word),
      .word_valid(sum_valid),
      .word_ready(sum_ready),
      .awaddr(m_axi_sums_awaddr),
      .awlen(m_axi_sums_awlen),
      .awvalid(m_axi_sums_awvalid),
      .awready(m_axi_sums_awready),
      .wdata(m_axi_sums_wdata),
      .wlast(m_axi_sums_wlast),
      .wvalid(m_axi_sums_wvalid),
      .wready(m_axi_sums_wready),
      .bresp(m_axi_sums_bresp),
      .bvalid(m_axi_sums_bvalid),
      .bready(m_axi_sums_bready),
      .idle(written),
      .error(read_errors[5])
  );
endmodule
