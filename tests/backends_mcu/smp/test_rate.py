"""How much of a line's rate an upload uses: modelled, from counted bytes and stated delays.

Assumed of a frame: 2 ms on the host (a USB converter), 5 ms of work on the device. A board's flash
may take longer than the line; that is the board's, and not modelled here.
"""

from __future__ import annotations

import pytest

from edgesdk_backends.mcu.smp.client import SmpClient
from edgesdk_backends.mcu.smp.upload import Pace, upload
from tests.backends_mcu.smp.counting import CountingLink
from tests.backends_mcu.smp.device import Device
from tests.backends_mcu.smp.images import image
from tests.backends_mcu.smp.timed_line import TimedLine, Timing

CONTENT = image(350_000)
DELAYS = {"work": 0.005, "host": 0.002}


def use_of_line(baud: int, pace: Pace) -> tuple[float, CountingLink]:
    """Payload bytes a second over bytes a second of the line."""
    line = TimedLine(Device(), Timing(baud, **DELAYS))
    counting = CountingLink(line)
    speaker = SmpClient(counting, seconds=2.0, clock=line.clock)
    speaker.negotiate()
    began = line.now
    upload(speaker, 1, CONTENT, pace=pace)
    return len(CONTENT) / (line.now - began) / (baud / 10), counting


@pytest.mark.parametrize("baud", [115_200, 1_000_000])
def test_an_upload_uses_nine_tenths_of_the_line(baud: int) -> None:
    use, counting = use_of_line(baud, Pace())
    assert use >= 0.90
    assert counting.written <= 1.03 * len(CONTENT)


def test_one_chunk_at_a_time_would_not() -> None:
    use, _ = use_of_line(1_000_000, Pace(window=1))
    assert use < 0.80


def test_the_longest_chunks_gain_little() -> None:
    usual, counting = use_of_line(1_000_000, Pace())
    longest, fewer = use_of_line(1_000_000, Pace(chunk=4096))
    assert longest - usual < 0.02
    assert counting.written - fewer.written < 0.02 * len(CONTENT)


def test_counts() -> None:
    _, counting = use_of_line(1_000_000, Pace())
    assert counting.writes == 172  # the device's buffers, then 171 chunks
    assert counting.turnarounds <= counting.writes
    assert counting.received < 30 * counting.writes
