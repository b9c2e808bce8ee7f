// The block as a block design takes it: edge_matmul with every signal of AXI4 that never changes, an
// active-low reset, and addresses of 64 bits as its registers have them. The upper 24 are zeros: the
// block refuses an array beyond 2^40, or in the 16 MiB before it. In Verilog, since Vivado takes no
// SystemVerilog file for the top of a module reference. NEVER RUN in Vivado.
module edge_matmul_block #(
    parameter CHUNK = 8,
    parameter MAX_ROWS = 6912,
    parameter MAX_TILES = 72
) (
    (* X_INTERFACE_INFO = "xilinx.com:signal:clock:1.0 aclk CLK" *)
    (* X_INTERFACE_PARAMETER = "ASSOCIATED_RESET aresetn, ASSOCIATED_BUSIF s_axi_control:m_axi_weights_0:m_axi_weights_1:m_axi_weights_2:m_axi_weights_3:m_axi_codes:m_axi_sums" *)
    input wire aclk,
    (* X_INTERFACE_INFO = "xilinx.com:signal:reset:1.0 aresetn RST" *)
    (* X_INTERFACE_PARAMETER = "POLARITY ACTIVE_LOW" *)
    input wire aresetn,
    (* X_INTERFACE_INFO = "xilinx.com:signal:interrupt:1.0 interrupt_request INTERRUPT" *)
    (* X_INTERFACE_PARAMETER = "SENSITIVITY LEVEL_HIGH" *)
    output wire interrupt_request,
    input wire [11:0] s_axi_control_awaddr,
    input wire s_axi_control_awvalid,
    output wire s_axi_control_awready,
    input wire [31:0] s_axi_control_wdata,
    input wire [3:0] s_axi_control_wstrb,
    input wire s_axi_control_wvalid,
    output wire s_axi_control_wready,
    output wire [1:0] s_axi_control_bresp,
    output wire s_axi_control_bvalid,
    input wire s_axi_control_bready,
    input wire [11:0] s_axi_control_araddr,
    input wire s_axi_control_arvalid,
    output wire s_axi_control_arready,
    output wire [31:0] s_axi_control_rdata,
    output wire [1:0] s_axi_control_rresp,
    output wire s_axi_control_rvalid,
    input wire s_axi_control_rready,
    output wire [63:0] m_axi_weights_0_araddr,
    output wire [7:0] m_axi_weights_0_arlen,
    output wire [2:0] m_axi_weights_0_arsize,
    output wire [1:0] m_axi_weights_0_arburst,
    output wire m_axi_weights_0_arlock,
    output wire [3:0] m_axi_weights_0_arcache,
    output wire [2:0] m_axi_weights_0_arprot,
    output wire [3:0] m_axi_weights_0_arqos,
    output wire m_axi_weights_0_arvalid,
    input wire m_axi_weights_0_arready,
    input wire [127:0] m_axi_weights_0_rdata,
    input wire [1:0] m_axi_weights_0_rresp,
    input wire m_axi_weights_0_rlast,
    input wire m_axi_weights_0_rvalid,
    output wire m_axi_weights_0_rready,
    output wire [63:0] m_axi_weights_1_araddr,
    output wire [7:0] m_axi_weights_1_arlen,
    output wire [2:0] m_axi_weights_1_arsize,
    output wire [1:0] m_axi_weights_1_arburst,
    output wire m_axi_weights_1_arlock,
    output wire [3:0] m_axi_weights_1_arcache,
    output wire [2:0] m_axi_weights_1_arprot,
    output wire [3:0] m_axi_weights_1_arqos,
    output wire m_axi_weights_1_arvalid,
    input wire m_axi_weights_1_arready,
    input wire [127:0] m_axi_weights_1_rdata,
    input wire [1:0] m_axi_weights_1_rresp,
    input wire m_axi_weights_1_rlast,
    input wire m_axi_weights_1_rvalid,
    output wire m_axi_weights_1_rready,
    output wire [63:0] m_axi_weights_2_araddr,
    output wire [7:0] m_axi_weights_2_arlen,
    output wire [2:0] m_axi_weights_2_arsize,
    output wire [1:0] m_axi_weights_2_arburst,
    output wire m_axi_weights_2_arlock,
    output wire [3:0] m_axi_weights_2_arcache,
    output wire [2:0] m_axi_weights_2_arprot,
    output wire [3:0] m_axi_weights_2_arqos,
    output wire m_axi_weights_2_arvalid,
    input wire m_axi_weights_2_arready,
    input wire [127:0] m_axi_weights_2_rdata,
    input wire [1:0] m_axi_weights_2_rresp,
    input wire m_axi_weights_2_rlast,
    input wire m_axi_weights_2_rvalid,
    output wire m_axi_weights_2_rready,
    output wire [63:0] m_axi_weights_3_araddr,
    output wire [7:0] m_axi_weights_3_arlen,
    output wire [2:0] m_axi_weights_3_arsize,
    output wire [1:0] m_axi_weights_3_arburst,
    output wire m_axi_weights_3_arlock,
    output wire [3:0] m_axi_weights_3_arcache,
    output wire [2:0] m_axi_weights_3_arprot,
    output wire [3:0] m_axi_weights_3_arqos,
    output wire m_axi_weights_3_arvalid,
    input wire m_axi_weights_3_arready,
    input wire [127:0] m_axi_weights_3_rdata,
    input wire [1:0] m_axi_weights_3_rresp,
    input wire m_axi_weights_3_rlast,
    input wire m_axi_weights_3_rvalid,
    output wire m_axi_weights_3_rready,
    output wire [63:0] m_axi_codes_araddr,
    output wire [7:0] m_axi_codes_arlen,
    output wire [2:0] m_axi_codes_arsize,
    output wire [1:0] m_axi_codes_arburst,
    output wire m_axi_codes_arlock,
    output wire [3:0] m_axi_codes_arcache,
    output wire [2:0] m_axi_codes_arprot,
    output wire [3:0] m_axi_codes_arqos,
    output wire m_axi_codes_arvalid,
    input wire m_axi_codes_arready,
    input wire [127:0] m_axi_codes_rdata,
    input wire [1:0] m_axi_codes_rresp,
    input wire m_axi_codes_rlast,
    input wire m_axi_codes_rvalid,
    output wire m_axi_codes_rready,
    output wire [63:0] m_axi_sums_awaddr,
    output wire [7:0] m_axi_sums_awlen,
    output wire [2:0] m_axi_sums_awsize,
    output wire [1:0] m_axi_sums_awburst,
    output wire m_axi_sums_awlock,
    output wire [3:0] m_axi_sums_awcache,
    output wire [2:0] m_axi_sums_awprot,
    output wire [3:0] m_axi_sums_awqos,
    output wire m_axi_sums_awvalid,
    input wire m_axi_sums_awready,
    output wire [127:0] m_axi_sums_wdata,
    output wire [15:0] m_axi_sums_wstrb,
    output wire m_axi_sums_wlast,
    output wire m_axi_sums_wvalid,
    input wire m_axi_sums_wready,
    input wire [1:0] m_axi_sums_bresp,
    input wire m_axi_sums_bvalid,
    output wire m_axi_sums_bready
);
  // 16 bytes a beat, addresses that count up, all bytes written; memory that may be buffered, and
  // ordinary rights: what Vitis HLS gives its masters.
  localparam [2:0] SIZE = 3'd4;
  localparam [1:0] INCREMENT = 2'b01;
  localparam [3:0] BUFFERED = 4'b0011;

  assign m_axi_weights_0_araddr[63:40] = 24'b0;
  assign {m_axi_weights_0_arsize, m_axi_weights_0_arburst, m_axi_weights_0_arcache} =
      {SIZE, INCREMENT, BUFFERED};
  assign {m_axi_weights_0_arlock, m_axi_weights_0_arprot, m_axi_weights_0_arqos} = 8'b0;
  assign m_axi_weights_1_araddr[63:40] = 24'b0;
  assign {m_axi_weights_1_arsize, m_axi_weights_1_arburst, m_axi_weights_1_arcache} =
      {SIZE, INCREMENT, BUFFERED};
  assign {m_axi_weights_1_arlock, m_axi_weights_1_arprot, m_axi_weights_1_arqos} = 8'b0;
  assign m_axi_weights_2_araddr[63:40] = 24'b0;
  assign {m_axi_weights_2_arsize, m_axi_weights_2_arburst, m_axi_weights_2_arcache} =
      {SIZE, INCREMENT, BUFFERED};
  assign {m_axi_weights_2_arlock, m_axi_weights_2_arprot, m_axi_weights_2_arqos} = 8'b0;
  assign m_axi_weights_3_araddr[63:40] = 24'b0;
  assign {m_axi_weights_3_arsize, m_axi_weights_3_arburst, m_axi_weights_3_arcache} =
      {SIZE, INCREMENT, BUFFERED};
  assign {m_axi_weights_3_arlock, m_axi_weights_3_arprot, m_axi_weights_3_arqos} = 8'b0;
  assign m_axi_codes_araddr[63:40] = 24'b0;
  assign {m_axi_codes_arsize, m_axi_codes_arburst, m_axi_codes_arcache} =
      {SIZE, INCREMENT, BUFFERED};
  assign {m_axi_codes_arlock, m_axi_codes_arprot, m_axi_codes_arqos} = 8'b0;
  assign m_axi_sums_awaddr[63:40] = 24'b0;
  assign {m_axi_sums_awsize, m_axi_sums_awburst, m_axi_sums_awcache} = {SIZE, INCREMENT, BUFFERED};
  assign {m_axi_sums_awlock, m_axi_sums_awprot, m_axi_sums_awqos} = 8'b0;
  assign m_axi_sums_wstrb = 16'hFFFF;

  edge_matmul #(
      .CHUNK(CHUNK),
      .MAX_ROWS(MAX_ROWS),
      .MAX_TILES(MAX_TILES)
  ) matmul (
      .clock(aclk),
      .reset(!aresetn),
      .interrupt_request(interrupt_request),
      .s_axi_control_awaddr(s_axi_control_awaddr),
      .s_axi_control_awvalid(s_axi_control_awvalid),
      .s_axi_control_awready(s_axi_control_awready),
      .s_axi_control_wdata(s_axi_control_wdata),
      .s_axi_control_wstrb(s_axi_control_wstrb),
      .s_axi_control_wvalid(s_axi_control_wvalid),
      .s_axi_control_wready(s_axi_control_wready),
      .s_axi_control_bresp(s_axi_control_bresp),
      .s_axi_control_bvalid(s_axi_control_bvalid),
      .s_axi_control_bready(s_axi_control_bready),
      .s_axi_control_araddr(s_axi_control_araddr),
      .s_axi_control_arvalid(s_axi_control_arvalid),
      .s_axi_control_arready(s_axi_control_arready),
      .s_axi_control_rdata(s_axi_control_rdata),
      .s_axi_control_rresp(s_axi_control_rresp),
      .s_axi_control_rvalid(s_axi_control_rvalid),
      .s_axi_control_rready(s_axi_control_rready),
      .m_axi_weights_0_araddr(m_axi_weights_0_araddr[39:0]),
      .m_axi_weights_0_arlen(m_axi_weights_0_arlen),
      .m_axi_weights_0_arvalid(m_axi_weights_0_arvalid),
      .m_axi_weights_0_arready(m_axi_weights_0_arready),
      .m_axi_weights_0_rdata(m_axi_weights_0_rdata),
      .m_axi_weights_0_rresp(m_axi_weights_0_rresp),
      .m_axi_weights_0_rvalid(m_axi_weights_0_rvalid),
      .m_axi_weights_0_rready(m_axi_weights_0_rready),
      .m_axi_weights_1_araddr(m_axi_weights_1_araddr[39:0]),
      .m_axi_weights_1_arlen(m_axi_weights_1_arlen),
      .m_axi_weights_1_arvalid(m_axi_weights_1_arvalid),
      .m_axi_weights_1_arready(m_axi_weights_1_arready),
      .m_axi_weights_1_rdata(m_axi_weights_1_rdata),
      .m_axi_weights_1_rresp(m_axi_weights_1_rresp),
      .m_axi_weights_1_rvalid(m_axi_weights_1_rvalid),
      .m_axi_weights_1_rready(m_axi_weights_1_rready),
      .m_axi_weights_2_araddr(m_axi_weights_2_araddr[39:0]),
      .m_axi_weights_2_arlen(m_axi_weights_2_arlen),
      .m_axi_weights_2_arvalid(m_axi_weights_2_arvalid),
      .m_axi_weights_2_arready(m_axi_weights_2_arready),
      .m_axi_weights_2_rdata(m_axi_weights_2_rdata),
      .m_axi_weights_2_rresp(m_axi_weights_2_rresp),
      .m_axi_weights_2_rvalid(m_axi_weights_2_rvalid),
      .m_axi_weights_2_rready(m_axi_weights_2_rready),
      .m_axi_weights_3_araddr(m_axi_weights_3_araddr[39:0]),
      .m_axi_weights_3_arlen(m_axi_weights_3_arlen),
      .m_axi_weights_3_arvalid(m_axi_weights_3_arvalid),
      .m_axi_weights_3_arready(m_axi_weights_3_arready),
      .m_axi_weights_3_rdata(m_axi_weights_3_rdata),
      .m_axi_weights_3_rresp(m_axi_weights_3_rresp),
      .m_axi_weights_3_rvalid(m_axi_weights_3_rvalid),
      .m_axi_weights_3_rready(m_axi_weights_3_rready),
      .m_axi_codes_araddr(m_axi_codes_araddr[39:0]),
      .m_axi_codes_arlen(m_axi_codes_arlen),
      .m_axi_codes_arvalid(m_axi_codes_arvalid),
      .m_axi_codes_arready(m_axi_codes_arready),
      .m_axi_codes_rdata(m_axi_codes_rdata),
      .m_axi_codes_rresp(m_axi_codes_rresp),
      .m_axi_codes_rvalid(m_axi_codes_rvalid),
      .m_axi_codes_rready(m_axi_codes_rready),
      .m_axi_sums_awaddr(m_axi_sums_awaddr[39:0]),
      .m_axi_sums_awlen(m_axi_sums_awlen),
      .m_axi_sums_awvalid(m_axi_sums_awvalid),
      .m_axi_sums_awready(m_axi_sums_awready),
      .m_axi_sums_wdata(m_axi_sums_wdata),
      .m_axi_sums_wlast(m_axi_sums_wlast),
      .m_axi_sums_wvalid(m_axi_sums_wvalid),
      .m_axi_sums_wready(m_axi_sums_wready),
      .m_axi_sums_bresp(m_axi_sums_bresp),
      .m_axi_sums_bvalid(m_axi_sums_bvalid),
      .m_axi_sums_bready(m_axi_sums_bready)
  );

  // A burst's last word is the one that was counted: nobody needs to be told.
  wire unused = &{
    1'b0,
    m_axi_weights_0_rlast,
    m_axi_weights_1_rlast,
    m_axi_weights_2_rlast,
    m_axi_weights_3_rlast,
    m_axi_codes_rlast
  };
endmodule
