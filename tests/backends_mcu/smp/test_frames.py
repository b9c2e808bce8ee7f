"""Framings: ours in C and in Python against smp's and smpclient's own."""

from __future__ import annotations

import base64
import random
import sys
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgesdk_backends.mcu.smp import body
from edgesdk_backends.mcu.smp.frames import Cobs, Console, Framing, cobs_decode, cobs_encode, seal
from edgesdk_backends.mcu.smp.header import READ, WRITE, Header, decode
from tests.backends_mcu.smp.device import Device

FRAMINGS: list[Callable[[], Framing]] = [Cobs, Console]
messages = st.binary(min_size=1, max_size=700)


def echo(text: str, operation: int = WRITE, sequence: int = 7) -> bytes:
    data = body.encode({"d": text})
    return Header(operation, 0, 0, sequence, len(data)).encode() + data


def asked(device: Device, data: bytes, framing: Framing) -> list[bytes]:
    return list(framing.feed(device.receive(data)))


@pytest.mark.parametrize("framing", FRAMINGS)
@given(st.lists(messages, max_size=5), st.integers(1, 999))
def test_what_is_encoded_is_read_back_in_any_pieces(
    framing: Callable[[], Framing], sent: list[bytes], piece: int
) -> None:
    line = b"".join(framing().encode(message) for message in sent)
    reader = framing()
    pieces = [line[at : at + piece] for at in range(0, len(line), piece)]
    assert [message for part in pieces for message in reader.feed(part)] == sent


@given(st.binary(max_size=1200))
def test_cobs_has_no_zero_and_an_inverse(data: bytes) -> None:
    stuffed = cobs_encode(data)
    assert 0 not in stuffed
    assert len(stuffed) <= len(data) + len(data) // 254 + 1
    assert cobs_decode(stuffed) == data


@pytest.mark.parametrize("size", [253, 254, 255, 507, 508, 509])
def test_cobs_around_whole_blocks(size: int) -> None:
    for data in (bytes([1]) * size, bytes([1]) * size + b"\0", b"\0" * size):
        assert cobs_decode(cobs_encode(data)) == data


@pytest.mark.skipif(sys.version_info < (3, 11), reason="smpclient needs Python 3.11")
@given(messages)
def test_frames_are_those_of_smpclient(message: bytes) -> None:
    from smp import packet
    from smpclient.transport.serial.framing.cobs import Cobs as Theirs

    assert Cobs().encode(message) == b"\0" + b"".join(Theirs().encode(message))
    theirs = Theirs()
    theirs.feed(Cobs().encode(message))
    assert theirs.take() == message
    assert Console().encode(message) == b"".join(packet.encode(message, line_length=128))


@pytest.mark.parametrize("framing", FRAMINGS)
@given(st.binary(max_size=400), st.data())
def test_junk_and_damage_are_dropped(
    framing: Callable[[], Framing], junk: bytes, data: st.DataObject
) -> None:
    frame = framing().encode(b"first message")
    damaged = bytearray(frame)
    place = data.draw(st.integers(2, len(frame) - 3))
    damaged[place] ^= data.draw(st.integers(1, 255))
    reader = framing()
    line = junk + b"\n\0" + bytes(damaged) + b"\n\0" + framing().encode(b"second")
    assert list(reader.feed(line))[-1] == b"second"


@pytest.mark.parametrize("framing", FRAMINGS)
def test_endless_junk_takes_no_memory(framing: Callable[[], Framing]) -> None:
    reader = framing()
    for _ in range(40):
        assert list(reader.feed(b"\x06\x09" * 4096)) == []
        assert len(reader._held) <= 65536  # type: ignore[attr-defined]
    ends = b"\n\0" + framing().encode(b"still there")
    assert list(reader.feed(ends)) == [b"still there"]


@pytest.mark.parametrize("framing", FRAMINGS)
@given(st.text(max_size=900), st.integers(0, 255))
def test_the_device_answers_in_kind(
    framing: Callable[[], Framing], text: str, sequence: int
) -> None:
    request = echo(text, sequence=sequence)
    answers = asked(Device(), framing().encode(request), framing())
    assert [body.decode(answer[8:]) for answer in answers] == [{"r": text}]
    header, asked_for = decode(answers[0]), decode(request)
    assert header is not None and asked_for is not None and header.answers(asked_for)


@pytest.mark.parametrize("operation", [READ, WRITE])
@pytest.mark.parametrize("version", [0, 1])
def test_every_kind_of_request_begins_a_cobs_frame(operation: int, version: int) -> None:
    data = body.encode({"d": "x"})
    message = Header(operation, 0, 0, 0, len(data), version).encode() + data
    assert len(asked(Device(), Cobs().encode(message), Cobs())) == 1


def test_the_longest_message_fits_and_a_longer_one_does_not() -> None:
    device = Device()
    longest = echo("x" * (4352 - 8 - 6))
    assert len(longest) == 4352
    for framing in FRAMINGS:
        assert len(asked(device, framing().encode(longest), framing())) == 1
        assert asked(device, framing().encode(longest + b"x"), framing()) == []
        assert len(asked(device, framing().encode(echo("after")), framing())) == 1


def test_both_framings_on_one_line() -> None:
    device = Device()
    for number in range(20):
        framing = FRAMINGS[number % 2]
        request = framing().encode(echo(f"number {number}", sequence=number))
        assert len(asked(device, request, framing())) == 1


def test_junk_before_a_request_is_dropped() -> None:
    numbers = random.Random(5)
    device = Device()
    for trial in range(300):
        framing = FRAMINGS[trial % 2]
        device.receive(numbers.randbytes(numbers.randrange(1, 200)))
        if framing is Console:
            device.wait(500)  # a console client cannot end what looks like a frame
            device.receive(b"\n")
        request = framing().encode(echo("here", sequence=trial % 256))
        assert len(asked(device, request, framing())) == 1


def test_a_frame_that_stands_still_is_dropped() -> None:
    device = Device()
    request = Cobs().encode(echo("slow"))
    device.receive(request[:9])
    device.wait(249)
    assert len(asked(device, request[9:], Cobs())) == 1  # slow, but it came
    device.receive(request[:9])
    device.wait(250)
    assert asked(device, request[9:], Cobs()) == []
    console = Console().encode(echo("console"))
    device.receive(request[:9])
    device.wait(250)
    assert len(asked(device, console, Console())) == 1


def test_the_clock_may_wrap() -> None:
    device = Device()
    device.clock = 2**32 - 100
    request = Cobs().encode(echo("slow"))
    device.receive(request[:9])
    device.wait(200)
    assert len(asked(device, request[9:], Cobs())) == 1


def test_megabytes_of_junk_leave_the_device_whole() -> None:
    numbers = random.Random(9)
    device = Device()
    for _ in range(40):
        device.receive(numbers.randbytes(65536))
    assert len(asked(device, Cobs().encode(echo("whole")), Cobs())) == 1


def test_console_lines_may_have_any_length() -> None:
    sealed = seal(echo("any length"))
    digits = base64.b64encode(len(sealed).to_bytes(2, "big") + sealed)
    for step in (1, 3, 5, 17, len(digits)):
        lines = [digits[at : at + step] for at in range(0, len(digits), step)]
        marks = [b"\x06\x09"] + [b"\x04\x14"] * len(lines)
        request = b"".join(mark + line + b"\r\n" for mark, line in zip(marks, lines, strict=False))
        assert len(asked(Device(), request, Console())) == 1


@pytest.mark.parametrize("framing", FRAMINGS)
def test_no_wrong_bit_makes_another_request(framing: Callable[[], Framing]) -> None:
    """Every single wrong bit, and many pairs and triples: dropped, or what was meant."""
    numbers = random.Random(3)
    frame = framing().encode(echo("\0a\0" + "x" * 40))
    device = Device()
    meant = asked(device, frame, framing())
    places = [[bit] for bit in range(8 * len(frame))]
    places += [numbers.sample(range(8 * len(frame)), 2 + n % 2) for n in range(4000)]
    for bits in places:
        damaged = bytearray(frame)
        for bit in bits:
            damaged[bit // 8] ^= 1 << bit % 8
        assert asked(device, bytes(damaged) + b"\n\0", framing()) in ([], meant)
