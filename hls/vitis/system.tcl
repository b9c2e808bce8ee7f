# The block design of the KV260: the processing system, the decoder, its five memory ports, its
# registers and its interrupt. build_bitstream.tcl sources it inside a project.

set ps_name zynq_ultra_ps_e_0
set decoder_name edge_decoder_0
set interrupts_name axi_intc_0
# Where the driver finds the registers; the .hwh carries it, so nothing else repeats it.
set decoder_base 0xA0000000
set decoder_range 4K
set interrupts_base 0xA0010000
set interrupts_range 64K

# Each memory port of the decoder with the port of the processing system that it drives: the name of
# its interface, of its clock, of its setting (AMD counts the slave ports GP0-GP6), of its addresses.
# HP0-HP3 carry weights, keys, values and head rows; HPC0 the rest. Caches are kept by the driver, so
# the coherent port is used as a plain one.
set memory_ports {
    gmem0 S_AXI_HP0_FPD  saxihp0_fpd_aclk  GP2 HP0
    gmem1 S_AXI_HP1_FPD  saxihp1_fpd_aclk  GP3 HP1
    gmem2 S_AXI_HP2_FPD  saxihp2_fpd_aclk  GP4 HP2
    gmem3 S_AXI_HP3_FPD  saxihp3_fpd_aclk  GP5 HP3
    gmem4 S_AXI_HPC0_FPD saxihpc0_fpd_aclk GP0 HPC0
}

proc add_processing_system {name with_board} {
    set ps [create_bd_cell -type ip -vlnv xilinx.com:ip:zynq_ultra_ps_e $name]
    if {$with_board} {
        apply_bd_automation -rule xilinx.com:bd_rule:zynq_ultra_ps_e \
            -config {apply_board_preset "1"} $ps
    } else {
        # Without the board's files: its memory, so that all of it has addresses. A bitstream that
        # Linux loads changes the fabric only; memory and pins stay as the board's firmware set them.
        set_property -dict [list \
            CONFIG.PSU__DDRC__MEMORY_TYPE {DDR 4} \
            CONFIG.PSU__DDRC__BUS_WIDTH {64 Bit} \
            CONFIG.PSU__DDRC__DRAM_WIDTH {16 Bits} \
            CONFIG.PSU__DDRC__DEVICE_CAPACITY {8192 MBits} \
            CONFIG.PSU__DDRC__BG_ADDR_COUNT {1} \
            CONFIG.PSU__DDRC__ROW_ADDR_COUNT {16} \
            CONFIG.PSU__DDRC__SPEED_BIN {DDR4_2400P} \
            CONFIG.PSU__DDR_HIGH_ADDRESS_GUI_ENABLE {1} \
            CONFIG.PSU__HIGH_ADDRESS__ENABLE {1}] $ps
    }
    set settings [list \
        CONFIG.PSU__USE__M_AXI_GP0 {1} CONFIG.PSU__MAXIGP0__DATA_WIDTH {32} \
        CONFIG.PSU__USE__M_AXI_GP1 {0} CONFIG.PSU__USE__M_AXI_GP2 {0} \
        CONFIG.PSU__USE__IRQ0 {1} CONFIG.PSU__FPGA_PL0_ENABLE {1} \
        CONFIG.PSU__CRL_APB__PL0_REF_CTRL__FREQMHZ $::clock]
    foreach {bundle interface aclk number segment} $::memory_ports {
        lappend settings CONFIG.PSU__USE__S_AXI_$number {1}
        lappend settings CONFIG.PSU__SAXI${number}__DATA_WIDTH {128}
    }
    set_property -dict $settings $ps
    return $ps
}

proc add_blocks {} {
    create_bd_cell -type ip -vlnv $::vlnv $::decoder_name
    create_bd_cell -type ip -vlnv xilinx.com:ip:proc_sys_reset reset
    # PYNQ serves interrupts through this controller only. One line out, not a bus.
    set controller [create_bd_cell -type ip -vlnv xilinx.com:ip:axi_intc $::interrupts_name]
    set_property -dict [list CONFIG.C_IRQ_CONNECTION {1}] $controller
    add_connection control 2
    foreach {bundle interface aclk number segment} $::memory_ports {
        add_connection to_$bundle 1
    }
}

# One master, `slaves` slaves, one clock.
proc add_connection {name slaves} {
    set cell [create_bd_cell -type ip -vlnv xilinx.com:ip:smartconnect $name]
    set_property -dict [list CONFIG.NUM_SI {1} CONFIG.NUM_MI $slaves CONFIG.NUM_CLKS {1}] $cell
}

proc wire {from to} {
    connect_bd_net [get_bd_pins $from] [get_bd_pins $to]
}

proc join_interfaces {from to} {
    connect_bd_intf_net [get_bd_intf_pins $from] [get_bd_intf_pins $to]
}

proc connect_clock_and_reset {ps decoder interrupts} {
    set connections control
    set pins [list reset/slowest_sync_clk $decoder/ap_clk $interrupts/s_axi_aclk \
        $ps/maxihpm0_fpd_aclk]
    foreach {bundle interface aclk number segment} $::memory_ports {
        lappend connections to_$bundle
        lappend pins $ps/$aclk
    }
    wire $ps/pl_resetn0 reset/ext_reset_in
    foreach connection $connections {
        lappend pins $connection/aclk
        wire reset/interconnect_aresetn $connection/aresetn
    }
    foreach pin $pins {
        wire $ps/pl_clk0 $pin
    }
    wire reset/peripheral_aresetn $decoder/ap_rst_n
    wire reset/peripheral_aresetn $interrupts/s_axi_aresetn
}

proc connect_registers_and_interrupt {ps decoder interrupts} {
    join_interfaces $ps/M_AXI_HPM0_FPD control/S00_AXI
    join_interfaces control/M00_AXI $decoder/s_axi_control
    join_interfaces control/M01_AXI $interrupts/s_axi
    wire $decoder/interrupt $interrupts/intr
    wire $interrupts/irq $ps/pl_ps_irq0
}

# The weights' ports must be as wide as the processing system's: a width converter between them would
# halve what they carry, and say nothing.
proc connect_memory {ps decoder} {
    foreach {bundle interface aclk number segment} $::memory_ports {
        set parameter CONFIG.C_M_AXI_[string toupper $bundle]_DATA_WIDTH
        set width [get_property $parameter [get_bd_cells $decoder]]
        if {$bundle ne "gmem4" && $width != 128} {
            error "$decoder/m_axi_$bundle is $width bits wide, not 128: see the HLS report"
        }
        join_interfaces $decoder/m_axi_$bundle to_$bundle/S00_AXI
        join_interfaces to_$bundle/M00_AXI $ps/$interface
    }
}

proc assign_addresses {ps decoder interrupts} {
    assign_bd_address -offset $::decoder_base -range $::decoder_range \
        -target_address_space [get_bd_addr_spaces $ps/Data] \
        [get_bd_addr_segs $decoder/s_axi_control/Reg] -force
    assign_bd_address -offset $::interrupts_base -range $::interrupts_range \
        -target_address_space [get_bd_addr_spaces $ps/Data] \
        [get_bd_addr_segs $interrupts/S_AXI/Reg] -force
    foreach {bundle interface aclk number segment} $::memory_ports {
        set space [get_bd_addr_spaces $decoder/Data_m_axi_$bundle]
        # Memory and nothing else: a wild address ends in a bus error, not in the flash chip.
        foreach part {DDR_LOW DDR_HIGH} {
            set memory [get_bd_addr_segs -quiet $ps/SAXI$number/${segment}_$part]
            if {[llength $memory]} {
                assign_bd_address -target_address_space $space $memory -force
            } elseif {$part eq "DDR_LOW"} {
                error "$ps has no address segment ${segment}_$part"
            }
        }
        foreach part {QSPI LPS_OCM PCIE_LOW} {
            set other [get_bd_addr_segs -quiet $ps/SAXI$number/${segment}_$part]
            if {[llength $other]} {
                exclude_bd_addr_seg -target_address_space $space $other
            }
        }
    }
}

proc build_system {with_board} {
    add_processing_system $::ps_name $with_board
    add_blocks
    connect_clock_and_reset $::ps_name $::decoder_name $::interrupts_name
    connect_registers_and_interrupt $::ps_name $::decoder_name $::interrupts_name
    connect_memory $::ps_name $::decoder_name
    assign_addresses $::ps_name $::decoder_name $::interrupts_name
    validate_bd_design
    save_bd_design
}
