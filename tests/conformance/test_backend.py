"""What every backend must do without a device."""

from __future__ import annotations

from pathlib import Path

import pytest

import edgesdk
from edgesdk import DeviceInfo, ModelRefused, UsageError, registry
from edgesdk.backend import Backend, Device
from tests.conformance.conftest import Bench


@pytest.fixture
def backend(bench: Bench) -> Backend:
    return registry.for_target(bench.case.target)


def test_it_is_a_backend(backend: Backend) -> None:
    assert isinstance(backend, Backend)


def test_discovery_gives_addresses_that_connect(backend: Backend) -> None:
    for info in backend.discover():
        with edgesdk.connect(info.address) as device:
            assert device.info.backend == backend.name


def test_info_describes_the_device(backend: Backend, device: Device) -> None:
    info = device.info
    assert isinstance(info, DeviceInfo)
    assert info.backend == backend.name
    assert any(info.target.startswith(target) for target in backend.targets)
    assert info.description
    assert all(size >= 0 for size in info.memory.values())


def test_an_unknown_address_option_is_refused(bench: Bench) -> None:
    address = bench.case.address(bench.folder)
    with pytest.raises(UsageError) as caught:
        edgesdk.connect(f"{address}{'&' if '?' in address else '?'}surprise=1")
    assert "surprise" in str(caught.value)


def test_an_unknown_compile_option_is_refused(bench: Bench) -> None:
    with pytest.raises(UsageError) as caught:
        bench.bundle(2, options={"surprise": "1"})
    assert caught.value.id == "EDGE-0209"


def test_compiling_twice_gives_the_same_bytes(bench: Bench) -> None:
    first, second = (bench.folder / name for name in ("1.edge", "2.edge"))
    for path in (first, second):
        bench.bundle(2, output=path, samples=None).close()
    assert first.read_bytes() == second.read_bytes()


def test_a_file_that_is_no_model_is_refused(bench: Bench, tmp_path: Path) -> None:
    for suffix in (".onnx", ".tflite", ".png"):
        path = tmp_path / f"bad{suffix}"
        path.write_bytes(b"no model at all" * 10)
        with pytest.raises(ModelRefused):
            edgesdk.compile(path, bench.case.target)


def test_doctor_rows_are_texts(backend: Backend) -> None:
    for what, there, evidence in backend.doctor():
        assert what
        assert isinstance(there, bool)
        assert isinstance(evidence, str)
