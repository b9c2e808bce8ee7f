"""Requests over a line that goes wrong, against the firmware's server."""

from __future__ import annotations

from typing import Any

import pytest

from edgesdk.errors import LinkFailed, NoDevice
from edgesdk_backends.mcu.smp import body, image_group, os_group
from edgesdk_backends.mcu.smp.client import Parameters, SmpClient, SmpNotSupported, SmpRefused
from edgesdk_backends.mcu.smp.frames import Cobs, Console
from edgesdk_backends.mcu.smp.header import READ, WRITE, Header
from edgesdk_backends.mcu.smp.refused import IMAGE_REASONS, Reason
from tests.backends_mcu.smp.device import Device, Loop, client

ADD, FETCH, FAIL = 0, 2, 3  # of the test device's group 64


def add(speaker: SmpClient, amount: int = 1) -> int:
    return int(speaker.request(WRITE, 64, ADD, {"n": amount})["sum"])


def test_parameters_and_payload() -> None:
    speaker, _ = client(Device())
    assert speaker.negotiate() == Parameters(4352, 2)
    assert speaker.payload == 4096
    data = speaker.request(READ, 64, FETCH, {"len": 4096})["data"]
    assert data == bytes(i % 251 for i in range(4096))


def test_the_groups_of_the_operating_system() -> None:
    device = Device()
    speaker, _ = client(device)
    assert os_group.echo(speaker, "grüezi") == "grüezi"
    assert os_group.description(speaker) == "edgesdk test 1.2.3"
    os_group.reset(speaker)
    assert device.count("reset") == 1
    os_group.reset(speaker, to_recovery=True)
    assert device.count("reset") == 2


def test_console_framing_serves_as_well() -> None:
    loop = Loop(Device())
    speaker = SmpClient(loop, seconds=2.0, framing=Console(), clock=loop.clock)
    assert os_group.echo(speaker, "x" * 3000) == "x" * 3000


FAULTS: list[dict[str, Any]] = [
    {"drop": 0.2},
    {"double": 0.5},
    {"delay": 0.3, "late": 2.5},
    {"bit_errors": 1e-3},
    {"drop": 0.1, "double": 0.2, "delay": 0.1, "late": 5.0, "bit_errors": 3e-4},
]


@pytest.mark.parametrize("faults", FAULTS)
@pytest.mark.parametrize("seed", range(3))
def test_every_request_is_carried_out_once(faults: dict[str, Any], seed: int) -> None:
    device = Device()
    speaker, link = client(device, attempts=30, seed=seed, **faults)
    for number in range(1, 101):
        assert add(speaker) == number
    assert device.count("additions") == 100
    assert link.frames == 100 + speaker.resent


def test_a_lost_answer_is_repeated_and_a_new_request_is_not() -> None:
    device = Device()
    data = body.encode({"n": 5})

    def send(sequence: int) -> bytes:
        message = Header(WRITE, 64, ADD, sequence, len(data)).encode() + data
        return device.receive(Cobs().encode(message))

    first = send(1)
    assert send(1) == first
    assert send(1) == first
    assert device.count("additions") == 5
    assert device.count("repeats") == 2
    assert send(2) != first
    assert device.count("additions") == 10


def test_a_read_is_never_answered_from_memory() -> None:
    device = Device()
    message = Header(READ, 1, 0, 1, 0).encode()
    assert device.receive(Cobs().encode(message)) == device.receive(Cobs().encode(message))
    assert (device.count("requests"), device.count("repeats")) == (2, 0)


def test_silence_ends_in_link_failed() -> None:
    speaker, link = client(Device(), drop=1.0)
    with pytest.raises(LinkFailed) as caught:
        os_group.echo(speaker, "anybody?")
    assert caught.value.id == "EDGE-0602"
    assert link.frames == 5
    assert speaker.now() == pytest.approx(2 * (1 + 1.5 + 1.5**2 + 1.5**3 + 1.5**4))
    with pytest.raises(NoDevice) as nobody:
        speaker.negotiate()
    assert nobody.value.id == "EDGE-0302"


def test_a_request_may_say_how_long_it_takes() -> None:
    """It is sent again after 2, 6 and 18 seconds, for it may have been lost."""
    speaker, link = client(Device(), drop=1.0)
    with pytest.raises(LinkFailed):
        speaker.request(WRITE, 64, ADD, {"n": 1}, seconds=30.0)
    assert speaker.now() == pytest.approx(30)
    assert link.frames == 4


def test_refusals_carry_their_reason() -> None:
    device = Device()
    speaker, _ = client(device)
    with pytest.raises(SmpRefused) as own:
        speaker.request(WRITE, 64, FAIL, {})
    assert own.value.rc == Reason.NOT_OPEN
    with pytest.raises(SmpRefused) as malformed:
        speaker.request(WRITE, 1, 1, {"off": "no number", "data": b""})
    assert malformed.value.rc == Reason.BAD_REQUEST
    with pytest.raises(SmpNotSupported) as unknown:
        speaker.request(READ, 64, 200, {})
    assert unknown.value.id == "EDGE-0607"
    with pytest.raises(SmpNotSupported):
        speaker.request(READ, 9, 0, {})
    with pytest.raises(SmpRefused) as too_long:
        speaker.request(READ, 64, FETCH, {"len": 5000})
    assert (too_long.value.group, too_long.value.number) == (None, 7)


def test_every_reason_of_the_image_group_comes_back_as_itself() -> None:
    device = Device()
    speaker, _ = client(device)
    heard = {}
    for reason in range(1, Reason.NOT_PROVISIONED + 1):
        device.refuse(reason)
        with pytest.raises(SmpRefused) as caught:
            image_group.erase(speaker, 0, 0)
        heard[caught.value.number] = caught.value.rc
        assert caught.value.rc == reason
    assert heard == IMAGE_REASONS


def test_an_old_client_gets_a_word_for_the_reason() -> None:
    device = Device()
    device.refuse(Reason.DOWNGRADE)
    data = body.encode({"slot": 0})
    message = Header(WRITE, 1, 5, 1, len(data), version=0).encode() + data
    (answer,) = Cobs().feed(device.receive(Cobs().encode(message)))
    assert answer[0] >> 3 == 0
    assert body.decode(answer[8:]) == {"rc": 1, "rsn": "downgrade"}


@pytest.mark.parametrize(
    ("data", "rc"),
    [
        (b"", 3),  # no fields at all
        (b"\xa0", 3),
        (b"\xa1\x61n\x01\x00", 3),  # something behind the map
        (b"\xa1\x61n\xf9\x3c\x00", 3),  # a float
        (b"\xa2\x61n\x01\x61n\x01", 3),  # a key twice
        (b"\x81\x01", 3),  # no map
        (b"\xa1\x01\x01", 3),  # a key that is no text
        (b"\xa1\x61n\x81\x81\x81\x81\x01", 3),  # too deep
    ],
)
def test_malformed_bodies_are_refused(data: bytes, rc: int) -> None:
    device = Device()
    message = Header(WRITE, 0, 0, 1, len(data)).encode() + data
    (answer,) = Cobs().feed(device.receive(Cobs().encode(message)))
    assert body.decode(answer[8:]) == {"rc": rc}


def test_an_indefinite_map_is_taken() -> None:
    device = Device()
    data = b"\xbf\x61n\x02\x61x\x9f\x01\xbf\xff\xff\xff"  # {"n": 2, "x": [1, {}]}
    message = Header(WRITE, 64, ADD, 1, len(data)).encode() + data
    device.receive(Cobs().encode(message))
    assert device.count("additions") == 2


def test_a_newer_version_is_refused() -> None:
    data = body.encode({"n": 1})
    message = Header(WRITE, 64, ADD, 1, len(data), version=2).encode() + data
    (answer,) = Cobs().feed(Device().receive(Cobs().encode(message)))
    assert body.decode(answer[8:]) == {"rc": 13}


def test_what_is_no_request_is_dropped() -> None:
    device = Device()
    data = body.encode({"n": 1})
    good = Header(WRITE, 64, ADD, 1, len(data)).encode()
    for message in (
        Header(WRITE, 64, ADD, 1, len(data) + 1).encode() + data,
        Header(WRITE + 1, 64, ADD, 1, len(data)).encode() + data,  # an answer
        good[:1] + b"\x01" + good[2:] + data,  # flags
        b"\0" + good + data,  # its CRC is right
        good[:7],
    ):
        assert device.receive(Cobs().encode(message)) == b""
    assert device.count("requests") == 0
    assert device.receive(Cobs().encode(good + data)) != b""


class Liar:
    """A link that answers every request with one body."""

    def __init__(self, answer: bytes) -> None:
        self._answer, self._queue, self.now = answer, b"", 0.0

    def write(self, data: bytes) -> None:
        (message,) = Cobs().feed(data)
        reply = bytes([message[0] + 1, 0, *len(self._answer).to_bytes(2, "big"), *message[4:8]])
        self._queue += Cobs().encode(reply + self._answer)

    def read(self, seconds: float) -> bytes:
        data, self._queue = self._queue, b""
        self.now += 0.0 if data else seconds
        return data

    def close(self) -> None:
        pass


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (body.encode({"buf_size": "big", "buf_count": 2}), "EDGE-0605"),
        (body.encode({"buf_size": 10, "buf_count": 2}), "EDGE-0605"),
        (body.encode({"buf_size": 4000}), "EDGE-0605"),
        (b"\xff\xff", "EDGE-0302"),  # never a whole answer
        (b"\xa1\x61n\xc1\x01", "EDGE-0302"),  # a tag: a time
        (body.encode({"err": {"group": "x", "rc": "y"}}), "EDGE-0606"),
    ],
)
def test_answers_that_mean_nothing(answer: bytes, error: str) -> None:
    liar = Liar(answer)
    speaker = SmpClient(liar, seconds=2.0, clock=lambda: liar.now)
    with pytest.raises((LinkFailed, NoDevice)) as caught:
        speaker.negotiate()
    assert caught.value.id == error
