"""Install, check and refuse, on every kind of device."""

from __future__ import annotations

from dataclasses import replace

import pytest

import edgesdk
from edgesdk import (
    BundleRefused,
    Device,
    DoesNotFit,
    DowngradeRefused,
    ModelNotFound,
    SignatureRefused,
    UsageError,
)
from edgesdk.backend import SIGNED_BY
from edgesdk.bundle import Requirements
from edgesdk.bundle.signing import generate
from tests.conformance.bench import Bench, StillOld, equal
from tests.conformance.columns import DEPLOY, column

pytestmark = column(DEPLOY)


def test_a_fresh_device_has_no_models(device: Device) -> None:
    assert device.models() == ()
    with pytest.raises(ModelNotFound):
        device.open("scale")
    with pytest.raises(ModelNotFound):
        device.rollback("scale")


def test_install(bench: Bench, device: Device) -> None:
    with bench.bundle(2) as bundle:
        report = edgesdk.deploy(bundle, device)
    assert (report.name, report.version, report.previous_version) == ("scale", "1.0.0", None)
    assert report.vectors == 1
    assert report.fit.fits
    assert bench.answers(2)
    [model] = device.models()
    assert (model.name, model.version, model.security_counter) == ("scale", "1.0.0", 0)


def test_two_models_of_different_names(bench: Bench, device: Device, installed: StillOld) -> None:
    if bench.case.one_model:
        with pytest.raises(DoesNotFit):
            edgesdk.deploy(bench.bundle(3, name="other"), device)
        assert installed()
        return
    edgesdk.deploy(bench.bundle(3, name="other"), device)
    assert [model.name for model in device.models()] == ["other", "scale"]
    with device.open("other") as session:
        assert equal(session.run(bench.case.inputs), bench.case.answer(3))
    assert installed()


def test_a_bundle_can_be_opened_in_place_or_says_why_not(bench: Bench, device: Device) -> None:
    with bench.bundle(3) as bundle:
        if bench.case.opens_bundles:
            with device.open_bundle(bundle) as session:
                assert equal(session.run(bench.case.inputs), bench.case.answer(3))
        else:
            with pytest.raises(UsageError) as caught:
                device.open_bundle(bundle)
            assert caught.value.id == "EDGE-0208"
    assert device.models() == ()


@pytest.mark.parametrize("resource", ["ram", "storage"])
def test_what_does_not_fit_is_refused_with_numbers(
    bench: Bench, device: Device, installed: StillOld, resource: str
) -> None:
    bundle = bench.bundle(3)
    need = Requirements(memory={resource: 1 << 50}, runtime=bundle.manifest.requirements.runtime)
    big = bench.rewritten(bundle, requirements=need)
    assert not device.check(big.signed).fits
    with pytest.raises(DoesNotFit) as caught:
        edgesdk.deploy(big, device)
    assert resource in caught.value.evidence
    assert str(1 << 50) in caught.value.evidence
    with pytest.raises(DoesNotFit):  # the device itself refuses too, whatever the host does
        device.begin(big.signed)
    assert installed()


def test_another_target_does_not_fit(bench: Bench, device: Device, installed: StillOld) -> None:
    foreign = bench.rewritten(bench.bundle(3), target="fpga:elsewhere")
    with pytest.raises(DoesNotFit) as caught:
        edgesdk.deploy(foreign, device)
    assert "fpga:elsewhere" in caught.value.evidence
    assert installed()


def test_the_device_itself_refuses_another_target(bench: Bench, device: Device) -> None:
    foreign = bench.rewritten(bench.bundle(3), target="fpga:elsewhere")
    with pytest.raises(DoesNotFit):
        device.begin(foreign.signed)
    edgesdk.deploy(bench.bundle(2), device)
    assert bench.answers(2)
    if bench.case.opens_bundles:
        with pytest.raises(DoesNotFit):
            device.open_bundle(foreign)


def test_a_lower_security_counter_is_refused(bench: Bench, device: Device) -> None:
    edgesdk.deploy(bench.bundle(2, security_counter=5), device)
    old = bench.bundle(3, security_counter=4, version="9.0.0")
    assert not device.check(old.signed).fits
    with pytest.raises(DowngradeRefused) as caught:
        edgesdk.deploy(old, device)
    assert caught.value.exit_code == 8
    with pytest.raises(DowngradeRefused):  # the device itself refuses too, whatever the host does
        device.begin(old.signed)
    device.revert()
    assert bench.answers(2)


def test_the_counter_rises_only_on_confirm(bench: Bench, device: Device) -> None:
    edgesdk.deploy(bench.bundle(2, security_counter=1), device)
    with bench.bundle(3, security_counter=9) as higher:
        device.begin(higher.signed)
        device.revert()
    edgesdk.deploy(bench.bundle(2, security_counter=1), device)
    assert bench.answers(2)


def test_a_key_that_the_device_does_not_trust_is_refused(
    bench: Bench, device: Device, installed: StillOld
) -> None:
    key = generate()
    foreign = bench.bundle(3, key=key)
    with pytest.raises(SignatureRefused):
        edgesdk.deploy(foreign, device)
    with pytest.raises(SignatureRefused):  # the device itself
        device.begin(foreign.signed)
    assert installed()
    device.trust(key.public)
    edgesdk.deploy(foreign, device)
    assert bench.answers(3)


def test_check_sees_a_key_that_the_device_does_not_trust(bench: Bench, device: Device) -> None:
    edgesdk.deploy(bench.bundle(2), device)
    foreign = bench.bundle(3, key=generate())
    assert not device.check(foreign.signed).fits
    [row] = [row for row in device.check(foreign.signed).rows if row.resource == SIGNED_BY]
    assert row.available == foreign.signed.key_id


def test_a_key_that_is_taken_back_is_refused(bench: Bench, device: Device) -> None:
    key = generate()
    edgesdk.deploy(bench.bundle(2), device)
    device.trust(key.public)
    device.distrust(key.public)
    foreign = bench.bundle(3, key=key)
    with pytest.raises(SignatureRefused):
        edgesdk.deploy(foreign, device)
    with pytest.raises(SignatureRefused):  # the device itself
        device.begin(foreign.signed)
    with pytest.raises(UsageError):
        device.distrust(key.public)


def test_a_forged_manifest_is_refused_by_the_device_itself(
    bench: Bench, device: Device, installed: StillOld
) -> None:
    signed = bench.bundle(3).signed
    forged = replace(signed, data=signed.data.replace(b'"1.0.0"', b'"1.0.1"'))
    with pytest.raises(BundleRefused):
        device.begin(forged)
    device.revert()
    assert installed()
