"""Two sessions and two hosts at once: they do not disturb each other, or are told so."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import edgesdk
from edgesdk import Device, DeviceUnavailable, Session
from edgesdk.backend import Arrays
from tests.conformance.bench import Bench, StillOld, equal
from tests.conformance.columns import TWO, column
from tests.conformance.conftest import Note
from tests.conformance.processes import doomed

pytestmark = column(TWO)
RUNS = 5
SECOND_DEPLOY = "EDGE-0502"  # of a device that lets a second host in


def refused_second(session: Session, device: Device, bench: Bench, note: Note) -> bool:
    """Where there is room for one session, the second is refused, and the first goes on."""
    if not bench.case.second_session:
        return False
    with pytest.raises(DeviceUnavailable) as caught:
        device.open("scale")
    assert (caught.value.id, caught.value.exit_code) == (bench.case.second_session, 5)
    note(f"a second session is refused ({caught.value.id})")
    assert equal(session.run(bench.case.inputs), bench.case.answer(2))
    return True


def refused_host(bench: Bench, note: Note) -> bool:
    """One with room for one host lets no second in at all, and says so."""
    error = bench.refused_second_host()
    if error is not None:
        note(f"a second host is refused ({error.id})")
    return error is not None


def in_turns(first: Session, second: Session, bench: Bench) -> None:
    """Each has answers of its own, whatever the other was asked before."""
    zeros = {name: np.zeros_like(array) for name, array in bench.case.inputs.items()}
    of_zeros = first.run(zeros)
    for _ in range(2):
        assert equal(first.run(bench.case.inputs), bench.case.answer(2))
        assert equal(second.run(zeros), of_zeros)
        assert equal(second.run(bench.case.inputs), bench.case.answer(2))
        assert equal(first.run(zeros), of_zeros)


def in_threads(first: Session, second: Session, bench: Bench) -> None:
    """Both at once with inputs of their own, again and again."""
    zeros = {name: np.zeros_like(array) for name, array in bench.case.inputs.items()}
    of_zeros = first.run(zeros)

    def rightly(session: Session, inputs: Arrays, want: Arrays) -> bool:
        return all(equal(session.run(inputs), want) for _ in range(RUNS))

    given, wanted = (bench.case.inputs, zeros), (bench.case.answer(2), of_zeros)
    with ThreadPoolExecutor(2) as threads:
        assert all(threads.map(rightly, (first, second), given, wanted))


def test_two_sessions_do_not_disturb_each_other(
    session: Session, device: Device, bench: Bench, note: Note
) -> None:
    if refused_second(session, device, bench, note):
        session.close()
    with device.open("scale") as other:
        assert equal(other.run(bench.case.inputs), bench.case.answer(2))
        session.close()
        assert equal(other.run(bench.case.inputs), bench.case.answer(2))


def test_two_sessions_in_turns_and_in_threads(
    session: Session, device: Device, bench: Bench, note: Note
) -> None:
    if not refused_second(session, device, bench, note):
        with device.open("scale") as other:
            in_turns(session, other, bench)
            in_threads(session, other, bench)


def test_two_hosts(session: Session, bench: Bench, note: Note) -> None:
    if refused_host(bench, note):
        assert equal(session.run(bench.case.inputs), bench.case.answer(2))
        return
    with bench.connect() as second_host:
        if bench.case.second_host_session:
            with pytest.raises(DeviceUnavailable) as caught:
                second_host.open("scale")
            assert caught.value.id == bench.case.second_host_session
            note(f"a second host's session is refused ({caught.value.id})")
            assert equal(session.run(bench.case.inputs), bench.case.answer(2))
            return
        with second_host.open("scale") as other:
            in_turns(session, other, bench)
            in_threads(session, other, bench)


def test_two_deploys_at_once(bench: Bench, device: Device, installed: StillOld, note: Note) -> None:
    if refused_host(bench, note):
        assert installed()
        return
    with bench.connect() as other, bench.bundle(3) as bundle:
        other.begin(bundle.signed)
        with pytest.raises(DeviceUnavailable) as caught:
            edgesdk.deploy(bundle, device)
        assert (caught.value.id, caught.value.exit_code) == (SECOND_DEPLOY, 5)
        assert installed()
        other.revert()
        edgesdk.deploy(bundle, device)
    assert bench.answers(3)


def test_a_deploy_of_another_process(bench: Bench, device: Device, installed: StillOld) -> None:
    """It is refused while this process has begun one, and taken afterwards."""
    with doomed(bench) as kill:
        device.begin(bench.bundle(3).signed)
        refused = kill("never")["seen"][-1]
        assert refused.startswith(f"error: {bench.case.second_host or SECOND_DEPLOY} "), refused
        device.revert()
        assert installed()
        device.close()
        assert kill("never")["seen"][-1] == "ended"


def test_a_refused_begin_does_not_disturb_the_deploy_under_way(
    bench: Bench, device: Device, installed: StillOld, note: Note
) -> None:
    if refused_host(bench, note):
        assert installed()
        return
    bundle = bench.bundle(3)
    with bench.connect() as other:
        other.begin(bundle.signed)
        with pytest.raises(DeviceUnavailable):
            edgesdk.deploy(bundle, device)
        bench.stage(other, bundle, filter(other.wants, bundle.manifest.parts))
        other.confirm()
    assert bench.answers(3)
