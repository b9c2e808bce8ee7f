# What both scripts share. Every setting comes from the environment: the tools differ in what they
# leave of a command line. build.sh sets them; each has a default, so that a script runs alone too.

set here [file dirname [file normalize [info script]]]
set hls [file dirname $here]

# The K26 module of the KV260, in the grade that the starter kit carries.
set part xck26-sfvc784-2LV-c
set top edge_decoder
set vendor edgesdk
set library hls
set version 1.0
set vlnv $vendor:$library:$top:$version

proc setting {name default} {
    if {[info exists ::env($name)] && $::env($name) ne ""} {
        return $::env($name)
    }
    return $default
}

proc positive {name default} {
    set value [setting $name $default]
    if {![string is double -strict $value] || $value <= 0} {
        error "$name is $value: it must be a number above 0"
    }
    return $value
}

# Everything that the tools make goes below this folder.
set build [file normalize [setting EDGE_BUILD [file join $hls .. build vitis]]]
# MHz, of the whole fabric. No clock is promised: the timing report says what a build reached.
set clock [positive EDGE_CLOCK_MHZ 250]
# Parallel jobs of Vivado.
set jobs [expr {int([positive EDGE_JOBS 4])}]
