# Vitis HLS: C simulation, synthesis, optionally co-simulation, and the IP that block_design.tcl
# takes. NEVER RUN: written from the manuals (UG1399), without the tool.
#
#   vitis_hls -f run_hls.tcl                      up to 2024.1
#   vitis-run --mode hls --tcl run_hls.tcl        from 2024.2
#
# EDGE_VECTORS   files for the test bench, of tools/make_hls_vectors.py; none: no C simulation
# EDGE_COSIM     1: run the first of these on the RTL as well (hours)
# EDGE_CLOCK_MHZ, EDGE_BUILD: see settings.tcl
source [file join [file dirname [file normalize [info script]]] settings.tcl]

set vectors [setting EDGE_VECTORS ""]
set cosim [setting EDGE_COSIM 0]
foreach vector $vectors {
    if {![file readable $vector]} {
        error "EDGE_VECTORS names $vector, which cannot be read"
    }
}

# In simulation too the kernels' integers are ap_int, as they are in synthesis. So built, they keep to
# C++14, which is what the manual promises.
set flags "-std=c++14 -DEDGE_AP -I[file join $hls kernels] -I[file join $hls emulator]"

file mkdir $build
cd $build
open_project -reset edge_hls
set_top $top
add_files [file join $hls kernels decoder.cpp] -cflags $flags
add_files -tb [file join $hls tb main.cpp] -cflags $flags
add_files -tb [file join $hls emulator engine.cpp] -cflags $flags

open_solution -reset -flow_target vivado solution
set_part $part
create_clock -period [format %.4f [expr {1000.0 / $clock}]] -name default
# The driver writes 64-bit addresses, as the register map says.
config_interface -m_axi_addr64=true
# Loops that no pragma names stay as they are written: a row of the cycle table is a loop of ours.
config_compile -pipeline_loops 0

if {[llength $vectors]} {
    csim_design -clean -argv $vectors
}
csynth_design
if {$cosim} {
    if {![llength $vectors]} {
        error "EDGE_COSIM needs EDGE_VECTORS"
    }
    cosim_design -rtl verilog -argv [lindex $vectors 0]
}
export_design -format ip_catalog -rtl verilog -vendor $vendor -library $library \
    -ipname $top -version $version -display_name "edgesdk ternary decoder" \
    -description "A whole forward pass of a decoder with ternary weights"
exit
