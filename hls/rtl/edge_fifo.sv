// A queue in block RAM that shows its oldest word. It has no "full": who fills it counts the room.
module edge_fifo #(
    parameter int WIDTH = 128,
    parameter int DEPTH = 512  // a power of two
) (
    input logic clock,
    input logic reset,
    input logic [WIDTH-1:0] in_data,
    input logic in_valid,
    output logic [WIDTH-1:0] out_data,
    output logic out_valid,
    input logic out_ready
);
  localparam int INDEX = $clog2(DEPTH);

  (* ram_style = "block" *) logic [WIDTH-1:0] memory[DEPTH];
  logic [INDEX:0] writing;
  logic [INDEX:0] reading;

  // A word moves from the memory to its output register as soon as that is free.
  wire fetch = (writing != reading) && (!out_valid || out_ready);

  always_ff @(posedge clock) begin
    if (in_valid) memory[writing[INDEX-1:0]] <= in_data;
    if (fetch) out_data <= memory[reading[INDEX-1:0]];
  end

  always_ff @(posedge clock) begin
    if (reset) begin
      writing   <= '0;
      reading   <= '0;
      out_valid <= 1'b0;
    end else begin
      if (in_valid) writing <= writing + 1'b1;
      if (fetch) reading <= reading + 1'b1;
      out_valid <= fetch || (out_valid && !out_ready);
    end
  end
endmodule
