"""What ``edgesdk doctor`` says of the emulator's engines."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from edgesdk.errors import MissingExtra, NoDevice
from edgesdk_backends.fpga import backend, doctor
from edgesdk_backends.fpga.driver.patience import EMULATED

AP_INT, RTL = "emu:fpga?engine=ap_int", "emu:fpga?engine=rtl"


def told() -> dict[str, tuple[bool, str]]:
    return {what: (there, detail) for what, there, detail in backend.doctor()}


def test_every_engine_has_a_line_and_nothing_is_said_twice() -> None:
    found = told()
    assert [*found] == [
        *(f"emu:fpga?engine={name}" for name in sorted(EMULATED, key=_shown)),
        "pynq:",
    ]
    assert found["emu:fpga?engine=native"][0]
    assert found["emu:fpga?engine=checked"][0]
    assert not any(what.rpartition("=")[2] in detail for what, (_, detail) in found.items())


def _shown(name: str) -> int:
    return ["native", "checked", "numpy", "ap_int", "rtl"].index(name)


def absent() -> Sequence[str]:
    raise NoDevice("There is none")


def test_an_install_without_sources(monkeypatch: pytest.MonkeyPatch) -> None:
    """Verilator and a compiler alone do not make an engine."""
    monkeypatch.setattr(doctor, "which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(doctor, "engine_sources", absent)
    monkeypatch.setattr(doctor, "rtl_sources", absent)
    monkeypatch.setattr(doctor, "ap_int_headers", absent)
    found = told()
    assert found[RTL] == (False, "optional; it lacks a source tree (there: pip install -e .)")
    there, detail = found[AP_INT]
    assert not there
    assert "a source tree" in detail
    assert "and hls4ml (pip install 'edgesdk[dev]')" in detail


def test_a_machine_without_programs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "which", lambda name: None)
    assert told()[RTL] == (False, "optional; it lacks verilator and a C++ compiler")
    assert "a C++ compiler" in told()[AP_INT][1]


@pytest.mark.parametrize("command", ["clang++ -stdlib=libc++", " "])
def test_the_compiler_is_the_one_that_is_named(
    monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    asked = []
    monkeypatch.setattr(doctor, "which", lambda name: asked.append(name) or name)
    monkeypatch.setenv("CXX", command)
    assert told()[RTL][0] is bool(command.strip())
    assert ("clang++" in asked) is bool(command.strip())


def test_the_headers_alone_are_not_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who has no sources is not sent for a package that would not help."""
    from edgesdk_backends.fpga.emulator import builds

    def headers() -> None:
        raise MissingExtra("hls4ml", "dev")

    monkeypatch.setattr(builds, "ap_int_headers", headers)
    with pytest.raises(MissingExtra):
        builds.ap_int_library()
    monkeypatch.setattr(builds, "engine_sources", absent)
    with pytest.raises(NoDevice):
        builds.ap_int_library()
