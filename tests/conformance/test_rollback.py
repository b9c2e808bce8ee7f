"""Back to the version before, and forth again."""

from __future__ import annotations

import pytest

import edgesdk
from edgesdk import Device, DowngradeRefused, ModelNotFound
from tests.conformance.bench import Bench, StillOld
from tests.conformance.columns import ROLLBACK, column

pytestmark = column(ROLLBACK)


def test_upgrade_and_rollback(bench: Bench, device: Device, installed: StillOld) -> None:
    with bench.bundle(3, version="1.1.0") as bundle:
        report = edgesdk.deploy(bundle, device)
    assert report.previous_version == "1.0.0"
    assert bench.answers(3)
    assert device.rollback("scale").version == "1.0.0"
    assert bench.answers(2)
    assert device.rollback("scale").version == "1.1.0"
    assert bench.answers(3)


def test_rollback_below_the_counter_is_refused(bench: Bench, device: Device) -> None:
    edgesdk.deploy(bench.bundle(2, security_counter=1), device)
    edgesdk.deploy(bench.bundle(3, security_counter=2), device)
    with pytest.raises(DowngradeRefused):
        device.rollback("scale")
    assert bench.answers(3)


def test_there_is_nothing_before_the_first(
    bench: Bench, device: Device, installed: StillOld
) -> None:
    with pytest.raises(ModelNotFound):
        device.rollback("scale")
    assert installed()


def test_the_next_deploy_after_a_rollback(
    bench: Bench, device: Device, installed: StillOld
) -> None:
    edgesdk.deploy(bench.bundle(3, version="1.1.0"), device)
    device.rollback("scale")
    report = edgesdk.deploy(bench.bundle(4, version="1.2.0"), device)
    assert (report.version, report.previous_version) == ("1.2.0", "1.0.0")
    assert bench.answers(4)
    assert device.rollback("scale").version == "1.0.0"
    assert installed()
