// Walks over tiles and steps: says in which cycle the ports' words are used, and for what.
module edge_sequencer (
    input logic clock,
    input logic reset,
    input logic start,
    input logic [edge_pkg::STEP-1:0] steps,  // of a tile: rows / 4, a multiple of 4
    input logic [6:0] tiles,
    input logic words_valid,  // a word waits at every port
    input logic tables_full,  // those of this tile are built
    output logic take,  // use the words
    output logic [2:0] phase,  // see edge_gearbox
    output logic fire,  // they complete an entry of each lane
    output logic release_tables,
    output logic [edge_pkg::STEP-1:0] step,
    output logic first_tile,
    output logic running,
    output logic stalled  // the words were all that was missing
);
  logic [6:0] tiles_left;

  wire last_step = step == steps - 1'b1;

  assign running = tiles_left != '0;
  assign take = running && tables_full && words_valid;
  assign stalled = running && tables_full && !words_valid;
  assign fire = take && phase != 3'd0;
  assign release_tables = fire && last_step;

  always_ff @(posedge clock) begin
    if (reset) tiles_left <= '0;
    else if (start) tiles_left <= tiles;
    else if (release_tables) tiles_left <= tiles_left - 1'b1;
  end

  always_ff @(posedge clock) begin
    if (start) begin
      phase <= '0;
      step <= '0;
      first_tile <= 1'b1;
    end else begin
      if (take) phase <= phase == 3'd4 ? 3'd0 : phase + 1'b1;
      if (fire) step <= last_step ? '0 : step + 1'b1;
      if (release_tables) first_tile <= 1'b0;
    end
  end
endmodule
