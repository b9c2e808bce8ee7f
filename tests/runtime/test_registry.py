"""Backends are found by entry point; a broken one is skipped and reported."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from edgesdk import DeviceUnavailable, UsageError, registry
from edgesdk.likely import likely_target


def test_the_cpu_backend_comes_with_edgesdk() -> None:
    [cpu] = [found for found in registry.backends() if found.name == "cpu"]
    assert cpu.distribution == "edgesdk"


def test_a_backend_from_another_wheel_is_found(third_party_backend: None) -> None:
    assert [f.distribution for f in registry.backends() if f.name == "numpy"] == ["edgesdk-numpy"]


def test_it_is_found_by_the_command_line_too(plugin_folder: Path, user_folder: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(plugin_folder)}
    code = "from edgesdk import registry; print([f.name for f in registry.backends()])"
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    assert "numpy" in done.stdout


BROKEN = {
    "raises": "raise RuntimeError('no such board')",
    "lacks": "class Backend:\n    name = 'x'",
    "imports": "import nothing_of_that_name",
    "exits": "raise SystemExit(3)",
    "hijacks": (
        "class Backend:\n name = 'x'\n schemes = ('cpu',)\n targets = ()\n"
        " discover = connect = compile = doctor = None"
    ),
}


@pytest.mark.parametrize("how", BROKEN)
def test_a_broken_plug_in_is_skipped_with_a_warning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    (tmp_path / f"broken_{how}.py").write_text(BROKEN[how])
    information = tmp_path / f"broken_{how}-1.0.dist-info"
    information.mkdir()
    (information / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: broken-{how}\nVersion: 1\n"
    )
    entry = f"[{registry.GROUP}]\n{how} = broken_{how}:Backend\n"
    (information / "entry_points.txt").write_text(entry)
    monkeypatch.syspath_prepend(str(tmp_path))
    registry.refresh()
    try:
        with pytest.warns(registry.BackendWarning, match=f"broken-{how}"):
            names = [found.name for found in registry.backends()]
        assert "cpu" in names
        assert how not in names
        [(name, why)] = registry.broken()
        assert name == how
        assert why
    finally:
        monkeypatch.undo()
        registry.refresh()


def test_unknown_addresses_and_targets_list_the_known() -> None:
    with pytest.raises(UsageError) as caught:
        registry.connect("pigeon:")
    assert "cpu" in caught.value.evidence
    with pytest.raises(UsageError) as caught:
        registry.for_target("toaster")
    assert "cpu" in caught.value.evidence


def test_a_target_of_another_wheel_is_offered(third_party_backend: None) -> None:
    with pytest.raises(UsageError) as caught:
        registry.for_target("nunpy")
    assert caught.value.next_step == (
        "Did you mean numpy? Targets look like "
        "cpu, fpga:kv260, mcu:cortex-m33, nand:cambricon-l or numpy"
    )


def test_a_target_that_nobody_compiles_for_is_not_offered() -> None:
    """A backend that does not load, for one, has none."""
    assert likely_target("mcu", ["cpu", "mcu:"]) == "mcu:cortex-m33"
    assert likely_target("mcu", ["cpu", "board:"]) == ""
    assert likely_target("bord", ["cpu", "board:"]) == "board:NAME"


def test_a_backend_that_cannot_look_does_not_hide_the_others(
    monkeypatch: pytest.MonkeyPatch, third_party_backend: None
) -> None:
    def fail(self: object) -> list[object]:
        raise DeviceUnavailable("No permission to look")

    [numpy] = [f.backend for f in registry.backends() if f.name == "numpy"]
    monkeypatch.setattr(type(numpy), "discover", fail)
    with pytest.warns(registry.BackendWarning, match="No permission to look"):
        assert [info.address for info in registry.discover()] == ["cpu:"]
