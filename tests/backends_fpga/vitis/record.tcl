# Runs a script of Vitis HLS or Vivado without either: every command that Tcl does not know is written
# down and answered with the least that lets the script go on.
#
#   tclsh record.tcl SCRIPT LOG [NAME VALUE ...]
#
# NAME VALUE: an answer that a test wants: BOARD, WNS, WIDTH, PROGRESS, or a command.
set log [open [lindex $argv 1] w]
array set answers {
    BOARD xilinx.com:kv260_som:part0:1.4 WNS 0.125 WIDTH 128 PROGRESS 100%
    get_ipdefs edgesdk:hls:edge_decoder:1.0
}
array set answers [lrange $argv 2 end]

proc unknown {args} {
    puts $::log [join $args \x1f]
    flush $::log
    set command [lindex $args 0]
    if {[info exists ::answers($command)]} {
        return $::answers($command)
    }
    switch -glob -- $command {
        get_board_parts { return $::answers(BOARD) }
        get_property { return [property [lindex $args 1]] }
        make_wrapper { return edge_wrapper.v }
        get_* - create_bd_cell - current_* { return [lindex $args end] }
    }
    return ""
}

proc property {name} {
    switch -glob -- $name {
        *ACT_FREQMHZ { return 249.997 }
        *_DATA_WIDTH { return $::answers(WIDTH) }
        STATS.WNS { return $::answers(WNS) }
        PROGRESS { return $::answers(PROGRESS) }
    }
    return Stopped
}

if {[catch {source [lindex $argv 0]} why]} {
    puts stderr $why
    exit 1
}
