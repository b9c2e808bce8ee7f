# Vivado: block design, synthesis, implementation, bitstream. NEVER RUN: written from the manuals
# (UG835, UG994, UG1137), without the tool.
#
#   vivado -mode batch -source block_design.tcl
#
# Takes the IP that run_hls.tcl exported into EDGE_BUILD; leaves edge.bit, edge.hwh, clock_mhz.txt,
# utilization.rpt and timing.rpt in EDGE_BUILD/out. EDGE_CLOCK_MHZ, EDGE_JOBS: see settings.tcl.
source [file join [file dirname [file normalize [info script]]] settings.tcl]
source [file join $here system.tcl]

set design edge
set repository [file join $build edge_hls solution impl ip]
set output [file join $build out]

# The board's files, newest first, if this Vivado has them: they know its memory and its pins.
proc use_board {} {
    set boards [get_board_parts -quiet -latest_file_version *:kv260_som:*]
    if {![llength $boards]} {
        puts "no files of the KV260 in this Vivado: the processing system is configured plainly"
        return 0
    }
    set_property board_part [lindex $boards 0] [current_project]
    set carrier {som240_1_connector xilinx.com:kv260_carrier:som240_1_connector:1.3}
    if {[catch {set_property board_connections $carrier [current_project]} why]} {
        puts "the module without its carrier, whose pins this design does not use: $why"
    }
    return 1
}

proc start_project {} {
    if {![file isdirectory $::repository]} {
        error "$::repository is not there: run run_hls.tcl first"
    }
    file mkdir $::output
    create_project -force $::design [file join $::build vivado] -part $::part
    set with_board [use_board]
    set_property ip_repo_paths $::repository [current_project]
    update_ip_catalog
    if {![llength [get_ipdefs -all $::vlnv]]} {
        error "no IP $::vlnv in $::repository"
    }
    create_bd_design $::design
    return $with_board
}

# A run that failed ends the script here, with the run's own log named.
proc finish {run} {
    wait_on_run $run
    if {[get_property PROGRESS [get_runs $run]] ne "100%"} {
        error "$run ended at [get_property STATUS [get_runs $run]]: see its runme.log"
    }
}

proc implement {} {
    set file [get_files $::design.bd]
    generate_target all $file
    add_files -norecurse [make_wrapper -files $file -top]
    set_property top ${::design}_wrapper [current_fileset]
    update_compile_order -fileset sources_1
    launch_runs synth_1 -jobs $::jobs
    finish synth_1
    launch_runs impl_1 -to_step write_bitstream -jobs $::jobs
    finish impl_1
}

proc report {} {
    open_run impl_1
    report_utilization -file [file join $::output utilization.rpt]
    report_timing_summary -file [file join $::output timing.rpt]
    set slack [get_property STATS.WNS [get_runs impl_1]]
    if {$slack < 0} {
        error "timing is not met at $::clock MHz: worst slack $slack ns. Lower EDGE_CLOCK_MHZ"
    }
    puts "timing is met at $::clock MHz, worst slack $slack ns"
}

# The clock that the processing system can really make: the divider is whole.
proc note_clock {} {
    open_bd_design [get_files $::design.bd]
    set ps [get_bd_cells $::ps_name]
    set file [open [file join $::output clock_mhz.txt] w]
    puts $file [get_property CONFIG.PSU__CRL_APB__PL0_REF_CTRL__ACT_FREQMHZ $ps]
    close $file
}

# The newest of the files of that name; Vivado has moved the .hwh from release to release.
proc found {folder pattern} {
    set files {}
    foreach file [glob -nocomplain -directory $folder $pattern] {
        lappend files [list [file mtime $file] $file]
    }
    foreach sub [glob -nocomplain -directory $folder -types d *] {
        set inner [found $sub $pattern]
        if {$inner ne ""} {
            lappend files [list [file mtime $inner] $inner]
        }
    }
    return [lindex [lsort -integer -decreasing -index 0 $files] 0 1]
}

proc copy_results {} {
    set project [file join $::build vivado]
    foreach {pattern name} [list ${::design}_wrapper.bit edge.bit $::design.hwh edge.hwh] {
        set file [found $project $pattern]
        if {$file eq ""} {
            error "no $pattern below $project"
        }
        file copy -force $file [file join $::output $name]
    }
}

build_system [start_project]
note_clock
implement
report
copy_results
puts "edge.bit and edge.hwh are in $output"
exit
