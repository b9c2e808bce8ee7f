"""The Tcl for Vitis HLS and Vivado, played without either.

What it would ask of them, in what order; every name in it is one of the kernel or the register map.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from edgesdk_backends.fpga.registers.spec import BLOCKS
from tools.lint_hls import KERNELS, ROOT

VITIS = ROOT / "hls" / "vitis"
BLOCK = BLOCKS["decoder"]
PS = "zynq_ultra_ps_e_0"
Commands = list[list[str]]


@pytest.fixture(scope="module")
def bundles() -> set[str]:
    """The memory ports of the top function, by its pragmas."""
    top = (KERNELS / "decoder.cpp").read_text()
    return set(re.findall(r"INTERFACE.*m_axi.*bundle\s*=\s*(\w+)", top))


def play(script: str, folder: Path, *answers: str, **environment: str) -> tuple[int, Commands, str]:
    """Exit code, commands, what was said."""
    if shutil.which("tclsh") is None:
        pytest.skip("tclsh is not installed: it plays the scripts of hls/vitis")
    log = folder / "commands"
    here = Path(__file__).parent
    clean = {name: value for name, value in os.environ.items() if not name.startswith("EDGE_")}
    run = subprocess.run(
        ["tclsh", here / "record.tcl", VITIS / script, log, *answers],
        env=clean | {"EDGE_BUILD": str(folder)} | environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    commands = [line.split("\x1f") for line in log.read_text().splitlines() if line]
    return run.returncode, commands, run.stdout + run.stderr


def built(folder: Path) -> Path:
    """What the tools would have left where block_design.tcl looks for it."""
    (folder / "edge_hls" / "solution" / "impl" / "ip").mkdir(parents=True)
    runs = folder / "vivado" / "edge.runs" / "impl_1"
    runs.mkdir(parents=True)
    (runs / "edge_wrapper.bit").write_bytes(b"the bitstream")
    handoff = folder / "vivado" / "edge.gen" / "sources_1" / "bd" / "edge" / "hw_handoff"
    handoff.mkdir(parents=True)
    (handoff / "edge.hwh").write_text("<EDKSYSTEM/>")
    return folder


def names(commands: Commands) -> list[str]:
    return [command[0] for command in commands]


def option(command: list[str], name: str) -> str:
    return command[command.index(name) + 1]


def of(commands: Commands, name: str) -> Commands:
    return [command for command in commands if command[0] == name]


# ---- Vitis HLS --------------------------------------------------------------------------------


def test_hls_without_vectors(tmp_path: Path) -> None:
    code, commands, said = play("run_hls.tcl", tmp_path)
    assert code == 0, said
    assert names(commands) == [
        *("open_project", "set_top", "add_files", "add_files", "add_files", "open_solution"),
        *("set_part", "create_clock", "config_interface", "config_compile"),
        *("csynth_design", "export_design"),
    ]


def test_hls_builds_what_the_register_map_names(tmp_path: Path) -> None:
    _, commands, _ = play("run_hls.tcl", tmp_path, EDGE_CLOCK_MHZ="200")
    [export] = of(commands, "export_design")
    parts = [option(export, f"-{name}") for name in ("vendor", "library", "ipname", "version")]
    assert ":".join(parts) == BLOCK.vlnv
    top = of(commands, "set_top")[0][1]
    assert re.search(rf"\b{top}\(", (KERNELS / "decoder.cpp").read_text())
    assert of(commands, "set_part") == [["set_part", "xck26-sfvc784-2LV-c"]]
    assert option(of(commands, "create_clock")[0], "-period") == "5.0000"
    sources = [word for command in of(commands, "add_files") for word in command if "/" in word]
    files = [Path(word) for word in sources if not word.startswith("-std")]
    assert {path.name for path in files} == {"decoder.cpp", "main.cpp", "engine.cpp"}
    assert all(path.is_file() for path in files)
    assert all("-DEDGE_AP" in option(command, "-cflags") for command in of(commands, "add_files"))


def test_hls_simulates_with_vectors(tmp_path: Path) -> None:
    vectors = [tmp_path / "a.vec", tmp_path / "b.vec"]
    for path in vectors:
        path.write_bytes(b"")
    listed = " ".join(map(str, vectors))
    code, commands, said = play("run_hls.tcl", tmp_path, EDGE_VECTORS=listed, EDGE_COSIM="1")
    assert code == 0, said
    order = names(commands)
    assert order[-4:] == ["csim_design", "csynth_design", "cosim_design", "export_design"]
    assert option(of(commands, "csim_design")[0], "-argv") == listed
    assert option(of(commands, "cosim_design")[0], "-argv") == str(vectors[0])


@pytest.mark.parametrize(
    ("settings", "word"),
    [
        ({"EDGE_CLOCK_MHZ": "fast"}, "EDGE_CLOCK_MHZ"),
        ({"EDGE_CLOCK_MHZ": "-1"}, "above 0"),
        ({"EDGE_VECTORS": "/nowhere/a.vec"}, "/nowhere/a.vec"),
        ({"EDGE_COSIM": "1"}, "EDGE_VECTORS"),
    ],
)
def test_hls_refuses(tmp_path: Path, settings: dict[str, str], word: str) -> None:
    code, commands, said = play("run_hls.tcl", tmp_path, **settings)
    assert code == 1
    assert word in said
    assert "export_design" not in names(commands)


# ---- Vivado -----------------------------------------------------------------------------------


@pytest.fixture
def design(tmp_path: Path) -> Commands:
    code, commands, said = play("block_design.tcl", built(tmp_path))
    assert code == 0, said
    return commands


def joined(commands: Commands, name: str) -> set[tuple[str, str]]:
    """What is connected to what; the arguments are names, since the stubs give names back."""
    return {(command[1], command[2]) for command in of(commands, name)}


def test_every_memory_port_reaches_memory(design: Commands, bundles: set[str]) -> None:
    assert bundles == {f"gmem{number}" for number in range(5)}
    wires, clocks = joined(design, "connect_bd_intf_net"), joined(design, "connect_bd_net")
    reached = set()
    for bundle in bundles:
        assert (f"edge_decoder_0/m_axi_{bundle}", f"to_{bundle}/S00_AXI") in wires
        [port] = [to for start, to in wires if start == f"to_{bundle}/M00_AXI"]
        reached.add(port.removeprefix(f"{PS}/"))
        clock = port.lower().replace("s_axi_", "saxi") + "_aclk"
        assert (f"{PS}/pl_clk0", clock) in clocks
        assert (f"{PS}/pl_clk0", f"to_{bundle}/aclk") in clocks
    assert reached == {*(f"S_AXI_HP{i}_FPD" for i in range(4)), "S_AXI_HPC0_FPD"}


def test_the_processing_system_has_these_ports_at_full_width(design: Commands) -> None:
    settings: dict[str, str] = {}
    for command in of(design, "set_property"):
        if command[1] == "-dict" and command[3] == PS:
            words = re.findall(r"\{[^}]*\}|\S+", command[2])
            settings |= dict(
                zip(words[::2], (word.strip("{}") for word in words[1::2]), strict=True)
            )
    for number in (0, 2, 3, 4, 5):
        assert settings[f"CONFIG.PSU__USE__S_AXI_GP{number}"] == "1"
        assert settings[f"CONFIG.PSU__SAXIGP{number}__DATA_WIDTH"] == "128"
    assert settings["CONFIG.PSU__CRL_APB__PL0_REF_CTRL__FREQMHZ"] == "250"
    assert settings["CONFIG.PSU__USE__IRQ0"] == "1"
    assert not any("DDRC" in name for name in settings)  # the board's files know


def test_registers_and_interrupt(design: Commands) -> None:
    assert ["create_bd_cell", "-type", "ip", "-vlnv", BLOCK.vlnv, "edge_decoder_0"] in design
    wires, nets = joined(design, "connect_bd_intf_net"), joined(design, "connect_bd_net")
    top = (KERNELS / "decoder.cpp").read_text()
    assert set(re.findall(r"INTERFACE.*s_axilite.*bundle\s*=\s*(\w+)", top)) == {"control"}
    assert ("control/M00_AXI", "edge_decoder_0/s_axi_control") in wires
    assert ("edge_decoder_0/interrupt", "axi_intc_0/intr") in nets
    assert ("axi_intc_0/irq", f"{PS}/pl_ps_irq0") in nets
    [place] = [
        c for c in of(design, "assign_bd_address") if "edge_decoder_0/s_axi_control/Reg" in c
    ]
    assert int(option(place, "-offset"), 16) % BLOCK.range == 0
    assert option(place, "-range") == f"{BLOCK.range // 1024}K"


def test_memory_and_nothing_else_has_addresses(design: Commands, bundles: set[str]) -> None:
    seen = {
        option(command, "-target_address_space"): [] for command in of(design, "assign_bd_address")
    }
    for command in of(design, "assign_bd_address"):
        segment = next(word for word in command[3:] if "/" in word and "Data" not in word)
        seen[option(command, "-target_address_space")].append(segment)
    for bundle in bundles:
        segments = seen[f"edge_decoder_0/Data_m_axi_{bundle}"]
        assert [segment.rpartition("_DDR_")[2] for segment in segments] == ["LOW", "HIGH"]
    excluded = [command[-1] for command in of(design, "exclude_bd_addr_seg")]
    assert len(excluded) == 3 * len(bundles)
    assert not any("DDR" in segment for segment in excluded)


def test_the_order_of_the_build(design: Commands, tmp_path: Path) -> None:
    order = [" ".join(command[:2]) for command in design]
    steps = [
        *("create_project -force", "update_ip_catalog", "create_bd_design edge"),
        *("validate_bd_design", "save_bd_design", "generate_target all"),
        *("launch_runs synth_1", "wait_on_run synth_1", "launch_runs impl_1", "wait_on_run impl_1"),
        *("report_utilization -file", "report_timing_summary -file"),
    ]
    places = [order.index(step) for step in steps]
    assert places == sorted(places)
    assert (tmp_path / "out" / "edge.bit").read_bytes() == b"the bitstream"
    assert (tmp_path / "out" / "edge.hwh").read_text() == "<EDKSYSTEM/>"
    assert (tmp_path / "out" / "clock_mhz.txt").read_text() == "249.997\n"


def test_without_the_boards_files(tmp_path: Path) -> None:
    code, commands, said = play("block_design.tcl", built(tmp_path), "BOARD", "")
    assert code == 0, said
    assert "apply_bd_automation" not in names(commands)
    plain = [c[2] for c in of(commands, "set_property") if c[1] == "-dict" and c[3] == PS]
    assert any("CONFIG.PSU__DDRC__DEVICE_CAPACITY {8192 MBits}" in settings for settings in plain)


@pytest.mark.parametrize(
    ("answers", "word"),
    [
        (("WNS", "-0.2"), "timing is not met at 250 MHz"),
        (("WIDTH", "32"), "32 bits wide"),
        (("PROGRESS", "40%"), "synth_1 ended"),
        (("get_ipdefs", ""), "no IP edgesdk:hls:edge_decoder:1.0"),
    ],
)
def test_a_build_that_went_wrong_gives_no_bitstream(
    tmp_path: Path, answers: tuple[str, str], word: str
) -> None:
    code, _, said = play("block_design.tcl", built(tmp_path), *answers)
    assert code == 1
    assert word in said
    assert not (tmp_path / "out" / "edge.bit").exists()


def test_no_block_to_build_from(tmp_path: Path) -> None:
    code, commands, said = play("block_design.tcl", tmp_path)
    assert code == 1
    assert "run run_hls.tcl first" in said
    assert commands == []
