"""Every feature on the Cortex-M33's own instructions: the host's bits, and how many it takes.

Sizes are Cough-E's: a window of 50 motion samples of six channels, or of 12800 audio samples. Run
with -rP to see the counts.
"""

from __future__ import annotations

import struct
import subprocess
import sys

import numpy as np
import pytest
from numpy.typing import NDArray

from edgesdk.native import ffi, lib
from tests.backends_mcu.kernels import m33
from tests.sensing.time.cough_oracle import SETTINGS
from tests.sensing.time.signals import Samples, coughing, whole

LIB = m33.ROOT / "firmware" / "lib"
SOURCES = ["features/ratio", "features/time", "features/azc", "features/envelope"]
SAMPLES, SCRATCH, STATE = m33.RAM, m33.RAM + 0x10000, m33.RAM + 0x40000


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> m33.Machine:
    folder = tmp_path_factory.mktemp("m33")
    common = m33.ROOT / "firmware" / "boards" / "common"
    script, target = folder / "time.ld", folder / "time.elf"
    script.write_text(
        f"SECTIONS {{ . = {m33.CODE:#x}; .text : {{ *(.text*) *(.rodata*) *(.data*) *(.bss*) }} "
        "/DISCARD/ : { *(.ARM.*) *(.comment) } }"
    )
    sources = [LIB / f"{name}.c" for name in (*SOURCES, "sensing/cough_events")]
    command = [sys.executable, "-m", "ziglang", "cc", *m33.FLAGS, f"-I{common / 'include'}"]
    command += [f"-T{script}", "-Wl,--entry=edge_time_rms", "-Wl,--no-gc-sections"]
    command += [*map(str, sources), str(common / "strings.c"), "-o", str(target)]
    subprocess.run(command, check=True)
    return m33.Machine(target)


def motion() -> NDArray[np.int16]:
    """[50][6], 1/256 m/s^2 and 1/1024 rad/s: gravity, a movement and the sensor's noise."""
    random = np.random.default_rng(0)
    time = np.arange(50)[:, None] / 100
    moves = random.normal(0, 300, 6) * np.sin(2 * np.pi * random.uniform(1, 12, 6) * time)
    return whole(np.array([100.0, 300, 2400, 10, -40, 20]) + moves + random.normal(0, 20, (50, 6)))


def audio() -> Samples:
    return coughing([0.2, 0.6], 0.8)


def _on_the_device(machine: m33.Machine, name: str, *arguments: int) -> tuple[int, int]:
    """Its answer as a signed number, and the instructions."""
    machine.instructions.clear()
    (value,) = struct.unpack("<i", struct.pack("<I", machine.call(name, *arguments)))
    return value, sum(machine.instructions.values())


CENTRED = [
    ("zero_crossings", 160000, 1600),
    ("rms", 110000, 2000),
    ("crest_factor", 150000, 2200),
]


@pytest.mark.parametrize("centred", [0, 1])
@pytest.mark.parametrize(("name", "most_audio", "most_motion"), CENTRED)
def test_scalars(
    machine: m33.Machine, name: str, most_audio: int, most_motion: int, centred: int
) -> None:
    for samples, stride, most in ((audio(), 1, most_audio), (motion(), 6, most_motion)):
        machine.uc.mem_write(SAMPLES, samples.tobytes())
        window = (len(samples), stride, centred)
        got, count = _on_the_device(machine, f"edge_time_{name}", SAMPLES, *window)
        host = ffi.from_buffer("int16_t[]", samples)
        assert got == getattr(lib, f"edge_time_{name}")(host, *window)
        print(f"{name}, {len(samples)} samples, centred {centred}: {count} instructions")
        assert count <= most


@pytest.mark.parametrize(("name", "most"), [("line_length", 1000), ("kurtosis", 3000)])
def test_motion_scalars(machine: m33.Machine, name: str, most: int) -> None:
    samples = motion()
    machine.uc.mem_write(SAMPLES, samples.tobytes())
    got, count = _on_the_device(machine, f"edge_time_{name}", SAMPLES, 50, 6)
    host = ffi.from_buffer("int16_t[]", samples)
    assert got == getattr(lib, f"edge_time_{name}")(host, 50, 6)
    print(f"{name}, 50 samples: {count} instructions")
    assert count <= most


def test_magnitude(machine: m33.Machine) -> None:
    samples = motion()
    machine.uc.mem_write(SAMPLES, samples.tobytes())
    _, count = _on_the_device(machine, "edge_time_magnitude", SAMPLES, 50, 6, SCRATCH)
    wanted = ffi.new("int16_t[50]")
    lib.edge_time_magnitude(ffi.from_buffer("int16_t[]", samples), 50, 6, wanted)
    assert bytes(machine.uc.mem_read(SCRATCH, 100)) == bytes(ffi.buffer(wanted))
    print(f"magnitude, 50 samples: {count} instructions")
    assert count <= 8500


def test_azc(machine: m33.Machine) -> None:
    """At 0.3 ... 1.0 m/s^2, one by one and all eight of one pass."""
    samples = motion()
    host, levels = ffi.from_buffer("int16_t[]", samples), ffi.new("uint16_t[50]")
    machine.uc.mem_write(SAMPLES, samples.tobytes())
    tolerances, apart = [round(25.6 * tenths) for tenths in range(3, 11)], 0
    for tolerance in tolerances:
        window = (SAMPLES, 50, 6, tolerance, SCRATCH)
        got, count = _on_the_device(machine, "edge_time_azc", *window)
        assert got == lib.edge_time_azc(host, 50, 6, tolerance, levels)
        apart += count
    _, together = _on_the_device(machine, "edge_azc_levels", SAMPLES, 50, 6, tolerances[0], SCRATCH)
    for tolerance in tolerances:
        window = (SAMPLES, 50, 6, SCRATCH, tolerance)
        got, count = _on_the_device(machine, "edge_azc_count", *window)
        assert got == lib.edge_time_azc(host, 50, 6, tolerance, levels)
        together += count
    print(f"eight azc, 50 samples: {apart} instructions apart, {together} together")
    assert together < apart <= 25000


def test_envelope(machine: m33.Machine) -> None:
    samples = audio()
    machine.uc.mem_write(SAMPLES, samples.tobytes())
    band = (12800, 1, 16000, 100, 150)
    got, count = _on_the_device(machine, "edge_time_envelope_peaks", SAMPLES, *band, SCRATCH)
    scratch = ffi.new("int32_t[]", 12818)
    host = ffi.from_buffer("int16_t[]", samples)
    assert got == lib.edge_time_envelope_peaks(host, *band, scratch) > 0
    assert bytes(machine.uc.mem_read(SCRATCH, 4 * 12818)) == bytes(ffi.buffer(scratch))
    print(f"envelope peaks of a band, 12800 samples: {count} instructions")
    assert count <= 4500000


def test_cough_events(machine: m33.Machine) -> None:
    samples = audio()
    settings = ffi.new("struct edge_cough_settings *", SETTINGS)
    state, out = ffi.new("struct edge_cough_events *"), ffi.new("struct edge_event[50]")
    lib.edge_cough_events_open(state, settings, 0)
    start, late = 2**32 - 6000, 2**32 + 90000
    lib.edge_cough_events_window(state, ffi.from_buffer("int16_t[]", samples), start, 20000)
    found = state.count
    told = lib.edge_cough_events_report(state, late, out, 50)
    place, answer = m33.PLAN, SCRATCH
    machine.uc.mem_write(place, bytes(ffi.buffer(settings)))
    machine.uc.mem_write(SAMPLES, samples.tobytes())
    machine.call("edge_cough_events_open", STATE, place, 0, 0)
    halves = (start & 0xFFFFFFFF, start >> 32)
    _, window = _on_the_device(machine, "edge_cough_events_window", STATE, SAMPLES, *halves, 20000)
    halves = (late & 0xFFFFFFFF, late >> 32)
    got, report = _on_the_device(machine, "edge_cough_events_report", STATE, 0, *halves, answer, 50)
    assert got == told > 0
    size = told * ffi.sizeof("struct edge_event")
    assert bytes(machine.uc.mem_read(answer, size)) == bytes(ffi.buffer(out))[:size]
    print(f"a window of {found} stretches: {window} instructions; {told} events: {report}")
    assert window <= 100000 and report <= 1000
