"""What every backend must do, mostly without a device."""

from __future__ import annotations

from collections.abc import Callable

import pytest

import edgesdk
from edgesdk import DeviceInfo, UsageError, registry
from edgesdk.address import Address
from edgesdk.backend import Backend, Device
from tests.conformance.bench import Bench
from tests.conformance.columns import BACKEND, column

pytestmark = column(BACKEND)


@pytest.fixture
def backend(bench: Bench) -> Backend:
    """The one that serves the address; behind ssh, another one compiles."""
    return registry.for_address(Address.parse(bench.case.address(bench.folder)))


def test_it_is_a_backend(backend: Backend) -> None:
    assert isinstance(backend, Backend)


def test_discovery_gives_addresses_that_connect(backend: Backend) -> None:
    found = list(backend.discover())
    for info in found:
        with edgesdk.connect(info.address) as device:
            assert device.info.backend == backend.name
    if not found:
        pytest.skip("does not apply: this backend finds no device by itself here")


def test_info_describes_the_device(bench: Bench, device: Device) -> None:
    info, backend = device.info, registry.for_target(bench.case.target)
    assert isinstance(info, DeviceInfo)
    assert info.backend == backend.name
    assert any(info.target.startswith(target) for target in backend.targets)
    assert info.description
    assert all(size >= 0 for size in info.memory.values())


def test_a_closed_device_refuses_everything(bench: Bench) -> None:
    """Also a deploy: what was closed must not change a board."""
    with bench.connect() as device:
        pass
    device.close()
    bundle = bench.bundle()
    signed, part = bundle.signed, bundle.manifest.parts[0]
    calls: list[Callable[[], object]] = [
        device.models,
        lambda: device.check(signed),
        lambda: device.open("scale"),
        lambda: device.open_bundle(bundle),
        lambda: device.begin(signed),
        lambda: device.stage(part, bundle.open_part(part), lambda done: None),
        device.trial,
        device.confirm,
        lambda: device.rollback("scale"),
        lambda: device.trust(bytes(32)),
    ]
    for call in calls:
        with pytest.raises(UsageError) as caught:
            call()
        assert caught.value.id == "EDGE-0207"


def test_compiling_twice_gives_the_same_bytes(bench: Bench) -> None:
    first, second = (bench.folder / name for name in ("1.edge", "2.edge"))
    for path in (first, second):
        bench.compile(2, output=path, samples=None).close()
    assert first.read_bytes() == second.read_bytes()


def test_doctor_rows_are_texts(backend: Backend) -> None:
    for what, there, evidence in backend.doctor():
        assert what
        assert isinstance(there, bool)
        assert isinstance(evidence, str)
