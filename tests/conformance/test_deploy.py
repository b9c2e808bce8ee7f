"""Deploy, revert and rollback on every kind of device."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace

import pytest

import edgesdk
from edgesdk import (
    BundleRefused,
    DeployEvent,
    Device,
    DeviceReverted,
    DeviceUnavailable,
    DoesNotFit,
    DowngradeRefused,
    LinkFailed,
    ModelNotFound,
    SignatureRefused,
    UsageError,
    VerificationMismatch,
)
from edgesdk.backend import SIGNED_BY
from edgesdk.bundle import Part, Requirements
from edgesdk.bundle.golden import decode_vectors, encode_vectors
from edgesdk.bundle.signing import generate
from tests.conformance.conftest import Bench, equal

StillOld = Callable[[], bool]


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


def test_upgrade_and_rollback(bench: Bench, device: Device, installed: StillOld) -> None:
    with bench.bundle(3, version="1.1.0") as bundle:
        report = edgesdk.deploy(bundle, device)
    assert report.previous_version == "1.0.0"
    assert bench.answers(3)
    assert device.rollback("scale").version == "1.0.0"
    assert bench.answers(2)
    assert device.rollback("scale").version == "1.1.0"
    assert bench.answers(3)


def test_events_tell_every_stage_in_order(bench: Bench, device: Device) -> None:
    events: list[DeployEvent] = []
    with bench.bundle(2) as bundle:
        edgesdk.deploy(bundle, device, on_event=events.append)
    stages = list(dict.fromkeys(event.stage for event in events))
    assert stages == ["check", "stage", "verify", "trial", "confirm"]
    for part in filter(device.wants, bundle.manifest.parts):
        counts = [e.done for e in events if e.stage == "stage" and e.part == part.name]
        assert counts == sorted(counts)
        assert counts[-1] == part.size


def test_a_wrong_answer_reverts(bench: Bench, device: Device, installed: StillOld) -> None:
    good = bench.bundle(3, version="1.1.0")
    manifest = good.manifest
    golden = manifest.part("golden")
    vectors = decode_vectors(good.read_part(golden), manifest)
    wrong = [(i, {k: v + v.dtype.type(1) for k, v in o.items()}) for i, o in vectors]
    data = encode_vectors(manifest.inputs, manifest.outputs, wrong)
    bad = _with_part(bench, good, golden.name, data)
    with pytest.raises(DeviceReverted) as caught:
        edgesdk.deploy(bad, device)
    assert caught.value.exit_code == 10
    assert "golden vector 0" in caught.value.evidence
    assert installed()
    edgesdk.deploy(good, device)
    assert bench.answers(3)


def test_a_model_that_does_not_load_reverts(
    bench: Bench, device: Device, installed: StillOld
) -> None:
    good = bench.bundle(3, version="1.1.0")
    model = good.manifest.part("model")
    data = b"\x00" * 8 + good.read_part(model)[8:]
    with pytest.raises(DeviceReverted):
        edgesdk.deploy(_with_part(bench, good, model.name, data), device)
    assert installed()


def _with_part(bench: Bench, bundle: edgesdk.Bundle, name: str, data: bytes) -> edgesdk.Bundle:
    digest = hashlib.sha256(data).hexdigest()
    parts = tuple(
        Part(p.name, p.role, len(data), digest) if p.name == name else p
        for p in bundle.manifest.parts
    )
    return bench.rewritten(bundle, {name: data}, parts=parts)


def test_bytes_that_change_on_the_way_are_noticed(
    bench: Bench, device: Device, installed: StillOld, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = device.stage
    monkeypatch.setattr(device, "stage", lambda p, s, t: stage(p, s, t)[::-1])
    with bench.bundle(3) as bundle, pytest.raises(VerificationMismatch):
        edgesdk.deploy(bundle, device)
    assert installed()


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
    assert installed()


def test_another_target_does_not_fit(bench: Bench, device: Device, installed: StillOld) -> None:
    foreign = bench.rewritten(bench.bundle(3), target="fpga:elsewhere")
    with pytest.raises(DoesNotFit) as caught:
        edgesdk.deploy(foreign, device)
    assert "fpga:elsewhere" in caught.value.evidence
    assert installed()


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


def test_rollback_below_the_counter_is_refused(bench: Bench, device: Device) -> None:
    edgesdk.deploy(bench.bundle(2, security_counter=1), device)
    edgesdk.deploy(bench.bundle(3, security_counter=2), device)
    with pytest.raises(DowngradeRefused):
        device.rollback("scale")
    assert bench.answers(3)


def test_a_key_that_the_device_does_not_trust_is_refused(
    bench: Bench, device: Device, installed: StillOld
) -> None:
    key = generate()
    foreign = bench.bundle(3, key=key)
    with pytest.raises(SignatureRefused):
        edgesdk.deploy(foreign, device)
    assert installed()
    device.trust(key.public)
    edgesdk.deploy(foreign, device)
    assert bench.answers(3)


def test_a_key_that_is_taken_back_is_refused(bench: Bench, device: Device) -> None:
    key = generate()
    edgesdk.deploy(bench.bundle(2), device)
    device.trust(key.public)
    device.distrust(key.public)
    with pytest.raises(SignatureRefused):
        edgesdk.deploy(bench.bundle(3, key=key), device)
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


def test_an_interrupt_in_the_middle_leaves_the_old_model(
    bench: Bench, device: Device, installed: StillOld
) -> None:
    for stop in ["check", "stage", "verify", "trial", "confirm"]:
        with bench.bundle(3) as bundle, pytest.raises(KeyboardInterrupt):
            edgesdk.deploy(bundle, device, on_event=_at_first(stop))
        assert installed(), stop


def _at_first(stop: str) -> Callable[[DeployEvent], None]:
    def tell(event: DeployEvent) -> None:
        if event.stage == stop:
            raise KeyboardInterrupt

    return tell


def refuses_a_second_host(bench: Bench) -> bool:
    """An exclusive device lets no second host in at all, and says so."""
    if not bench.case.exclusive:
        return False
    with pytest.raises(DeviceUnavailable) as caught:
        bench.connect()
    assert caught.value.exit_code == 5
    return True


def test_two_deploys_at_once(bench: Bench, device: Device, installed: StillOld) -> None:
    if refuses_a_second_host(bench):
        assert installed()
        return
    with bench.connect() as other, bench.bundle(3) as bundle:
        other.begin(bundle.signed)
        with pytest.raises(DeviceUnavailable) as caught:
            edgesdk.deploy(bundle, device)
        assert caught.value.exit_code == 5
        assert installed()
        other.revert()
        edgesdk.deploy(bundle, device)
    assert bench.answers(3)


def test_closing_in_the_middle_reverts(bench: Bench, device: Device, installed: StillOld) -> None:
    with bench.bundle(3) as bundle:
        device.begin(bundle.signed)
        device.close()
        device.close()
        with bench.connect() as again:
            bench.current = again
            assert installed()
            edgesdk.deploy(bundle, again)
            assert bench.answers(3)


def test_revert_is_safe_at_any_moment(device: Device, installed: StillOld) -> None:
    device.revert()
    device.revert()
    assert installed()


def test_a_session_and_the_next_deploys(bench: Bench, device: Device, installed: StillOld) -> None:
    with device.open("scale") as session:
        edgesdk.deploy(bench.bundle(3), device)
        edgesdk.deploy(bench.bundle(4), device)
        if bench.case.one_session:  # the trial took its place, and it says so
            with pytest.raises(LinkFailed):
                session.run(bench.case.inputs)
        else:
            assert equal(session.run(bench.case.inputs), bench.case.answer(2))
    assert bench.answers(4)


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


def test_check_sees_a_key_that_the_device_does_not_trust(bench: Bench, device: Device) -> None:
    edgesdk.deploy(bench.bundle(2), device)
    foreign = bench.bundle(3, key=generate())
    assert not device.check(foreign.signed).fits
    [row] = [row for row in device.check(foreign.signed).rows if row.resource == SIGNED_BY]
    assert row.available == foreign.signed.key_id


def test_the_device_itself_refuses_another_target(bench: Bench, device: Device) -> None:
    foreign = bench.rewritten(bench.bundle(3), target="fpga:elsewhere")
    with pytest.raises(DoesNotFit):
        device.begin(foreign.signed)
    edgesdk.deploy(bench.bundle(2), device)
    assert bench.answers(2)
    if bench.case.opens_bundles:
        with pytest.raises(DoesNotFit):
            device.open_bundle(foreign)


def test_a_refused_begin_does_not_disturb_the_deploy_under_way(
    bench: Bench, device: Device, installed: StillOld
) -> None:
    if refuses_a_second_host(bench):
        assert installed()
        return
    bundle = bench.bundle(3)
    with bench.connect() as other:
        other.begin(bundle.signed)
        with pytest.raises(DeviceUnavailable):
            edgesdk.deploy(bundle, device)
        for part in bundle.manifest.parts:
            if other.wants(part):
                with bundle.open_part(part) as stream:
                    assert other.stage(part, stream, lambda done: None) == part.sha256
        other.confirm()
    assert bench.answers(3)


def test_a_confirm_whose_answer_is_lost_is_found_out(
    bench: Bench, device: Device, installed: StillOld, monkeypatch: pytest.MonkeyPatch
) -> None:
    confirm = device.confirm

    def lost() -> None:
        confirm()
        raise LinkFailed("the answer was lost")

    monkeypatch.setattr(device, "confirm", lost)
    report = edgesdk.deploy(bench.bundle(3, version="1.1.0"), device)
    assert report.version == "1.1.0"
    assert bench.answers(3)


def test_a_confirm_that_never_arrived_is_found_out(
    bench: Bench, device: Device, installed: StillOld, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lost() -> None:
        raise LinkFailed("the cable is out")

    monkeypatch.setattr(device, "confirm", lost)
    with pytest.raises(LinkFailed):
        edgesdk.deploy(bench.bundle(3, version="1.1.0"), device)
    assert installed()


def test_what_the_caller_raises_is_not_the_device_s_fault(
    bench: Bench, device: Device, installed: StillOld
) -> None:
    def broken(event: DeployEvent) -> None:
        if event.stage == "trial":
            raise BrokenPipeError

    with pytest.raises(BrokenPipeError):
        edgesdk.deploy(bench.bundle(3), device, on_event=broken)
    assert installed()
