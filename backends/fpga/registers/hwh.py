"""A hardware handoff (``.hwh``) as Vivado writes it, for a design of our block and little else.

For the emulated board, which PYNQ asks for one. A board's own comes with its bitstream.
"""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from .spec import (
    ADDRESS,
    CONTROL,
    GLOBAL_INTERRUPT,
    INTERRUPT_ENABLE,
    INTERRUPT_STATUS,
    OUTPUT,
    Block,
    Register,
)

BASE = 0xA000_0000  # of the block's registers
INTERRUPTS = 0xA001_0000  # of those of the interrupt controller
PORT = "s_axi_control"
PROCESSOR, CONTROLLER = "zynq_ultra_ps_e_0", "axi_intc_0"
CONTROL_NAMES = {
    CONTROL: "CTRL",
    GLOBAL_INTERRUPT: "GIER",
    INTERRUPT_ENABLE: "IP_IER",
    INTERRUPT_STATUS: "IP_ISR",
}
_PLL_MHZ = 1500
_CONTROLLER_RANGE = 0x1_0000
_AXI = "xilinx.com:interface:aximm:1.0"


def register_names(register: Register) -> Iterator[tuple[str, int]]:
    """What Vitis HLS calls a register's words, and where they are."""
    if register.kind == ADDRESS:
        yield from ((f"{register.name}_{half + 1}", register.words[half]) for half in (0, 1))
    else:
        yield register.name, register.offset
    if register.kind == OUTPUT:
        yield f"{register.name}_ctrl", register.offset + 4


def hwh_text(block: Block, clock_mhz: float, base: int = BASE) -> str:
    """A design in which ``block`` has its registers at ``base``."""
    system = Element("EDKSYSTEM", EDWVERSION="1.2", TIMESTAMP="", VIVADOVERSION="emulated")
    SubElement(
        system,
        "SYSTEMINFO",
        ARCH="zynquplus",
        DEVICE="xck26",
        NAME="emulated",
        PACKAGE="sfvc784",
        SPEEDGRADE="-2LV",
    )
    SubElement(system, "EXTERNALPORTS")
    SubElement(system, "EXTERNALINTERFACES")
    modules = SubElement(system, "MODULES")
    modules.append(_accelerator(block))
    modules.append(_interrupt_controller(block))
    modules.append(_processor(block, clock_mhz, base))
    indent(system)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(system, "unicode") + "\n"


def instance(block: Block) -> str:
    """What the design calls the block."""
    return block.vlnv.split(":")[2] + "_0"


def _module(name: str, vlnv: str) -> Element:
    module = Element("MODULE", FULLNAME=f"/{name}", INSTANCE=name, IS_ENABLE="1")
    module.set("MODTYPE", vlnv.split(":")[2])
    module.set("MODCLASS", "PERIPHERAL")
    module.set("VLNV", vlnv)
    return module


def _accelerator(block: Block) -> Element:
    module = _module(instance(block), block.vlnv)
    blocks = SubElement(module, "ADDRESSBLOCKS")
    place = SubElement(blocks, "ADDRESSBLOCK", INTERFACE=PORT, NAME="Reg", USAGE="register")
    place.set("RANGE", str(block.range))
    registers = SubElement(place, "REGISTERS")
    for offset, name in CONTROL_NAMES.items():
        _register(registers, name, offset)
    for register in block.registers:
        for name, offset in register_names(register):
            _register(registers, name, offset)
    _port(module, "interrupt", "O", CONTROLLER, "intr")
    _bus(module, PORT, "SLAVE")
    return module


def _register(parent: Element, name: str, offset: int) -> None:
    register = SubElement(parent, "REGISTER", NAME=name)
    properties = {"ADDRESS_OFFSET": str(offset), "SIZE": "32", "ACCESS": "read-write"}
    for key, value in ({"DESCRIPTION": name, "IS_ENABLED": "true"} | properties).items():
        SubElement(register, "PROPERTY", NAME=key, VALUE=value)
    SubElement(register, "FIELDS")


def _interrupt_controller(block: Block) -> Element:
    module = _module(CONTROLLER, "xilinx.com:ip:axi_intc:4.1")
    _port(module, "intr", "I", instance(block), "interrupt")
    _port(module, "irq", "O", PROCESSOR, "pl_ps_irq0")
    _bus(module, "s_axi", "SLAVE")
    return module


def _processor(block: Block, clock_mhz: float, base: int) -> Element:
    module = _module(PROCESSOR, "xilinx.com:ip:zynq_ultra_ps_e:3.3")
    module.set("IS_PL", "FALSE")
    parameters = SubElement(module, "PARAMETERS")
    for name, value in _clocks(clock_mhz):
        SubElement(parameters, "PARAMETER", NAME=name, VALUE=value)
    _port(module, "pl_ps_irq0", "I", CONTROLLER, "irq")
    _bus(module, "M_AXI_HPM0_FPD", "MASTER")
    memory = SubElement(module, "MEMORYMAP")
    _range(memory, instance(block), PORT, base, block.range)
    _range(memory, CONTROLLER, "s_axi", INTERRUPTS, _CONTROLLER_RANGE)
    return module


def _clocks(clock_mhz: float) -> Iterator[tuple[str, str]]:
    for index in range(4):
        clock = f"PSU__CRL_APB__PL{index}_REF_CTRL__"
        yield f"PSU__FPGA_PL{index}_ENABLE", "1" if index == 0 else "0"
        yield f"{clock}DIVISOR0", str(max(1, round(_PLL_MHZ / clock_mhz)))
        yield f"{clock}DIVISOR1", "1"
        yield f"{clock}SRCSEL", "IOPLL"
        yield f"{clock}ACT_FREQMHZ", f"{clock_mhz:g}"


def _port(module: Element, name: str, direction: str, other: str, port: str) -> None:
    ports = module.find("PORTS")
    if ports is None:
        ports = SubElement(module, "PORTS")
    found = SubElement(ports, "PORT", NAME=name, DIR=direction, SIGIS="INTERRUPT")
    connections = SubElement(found, "CONNECTIONS")
    SubElement(connections, "CONNECTION", INSTANCE=other, PORT=port)


def _bus(module: Element, name: str, kind: str) -> None:
    buses = SubElement(module, "BUSINTERFACES")
    SubElement(buses, "BUSINTERFACE", NAME=name, TYPE=kind, VLNV=_AXI, DATAWIDTH="32")


def _range(memory: Element, name: str, port: str, base: int, size: int) -> None:
    place = SubElement(memory, "MEMRANGE", INSTANCE=name, SLAVEBUSINTERFACE=port)
    place.set("ADDRESSBLOCK", "Reg")
    place.set("MASTERBUSINTERFACE", "M_AXI_HPM0_FPD")
    place.set("MEMTYPE", "REGISTER")
    place.set("BASEVALUE", f"0x{base:08X}")
    place.set("HIGHVALUE", f"0x{base + size - 1:08X}")
