"""What a window is called, and what is measured of it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.sensing.cough.takes import take
from tools.cough import windows
from tools.cough.features import AUDIO, GENDER, IMU, Detector, fraction_bits, without

BOTH = pytest.mark.parametrize("detector", [IMU, AUDIO], ids=lambda each: each.name)


def test_candidates() -> None:
    assert len(set(AUDIO.candidates)) == len(AUDIO.candidates) == 291 + 1
    assert len(set(IMU.candidates)) == len(IMU.candidates) == 104 + 1
    for detector in (IMU, AUDIO):
        assert detector.candidates[-1] == GENDER
        assert len(detector.features(detector.candidates).features) == len(detector.candidates) - 1
    assert without(["rms", "envelope_50", "rolloff", GENDER], frozenset({"envelope"})) == [
        "rms",
        "rolloff",
        GENDER,
    ]


def test_share() -> None:
    assert windows.share(1.0, 1.8, [(1.2, 1.6)]) == pytest.approx(1.0)
    assert windows.share(1.0, 1.8, [(0.9, 1.1), (1.7, 2.1)]) == pytest.approx(0.5)
    assert windows.share(1.0, 1.5, [(0.0, 9.0)]) == pytest.approx(1.0)  # longer than the window
    assert windows.share(1.0, 1.8, [(1.8, 2.0)]) == 0.0
    assert windows.share(1.0, 1.8, [(1.5, 1.5)]) == 0.0  # a label without a length


@BOTH
@given(start=st.floats(0.0, 3.0), length=st.floats(0.05, 1.5))
def test_some_window_holds_a_cough_wherever_it_lies(
    detector: Detector, start: float, length: float
) -> None:
    at = [n * detector.step / detector.rate for n in range(40)]
    held = [
        windows.share(first, first + detector.seconds, [(start, start + length)]) for first in at
    ]
    assert max(held) >= windows.LEAST_SHARE - 1e-9


@BOTH
def test_no_window_need_hold_more(detector: Detector) -> None:
    """A cough as long as a window, a quarter of it behind one's start."""
    start = detector.seconds / 4
    held = [windows.share(at, at + detector.seconds, [(start, 5 * start)]) for at in (0, 2 * start)]
    assert held == pytest.approx([windows.LEAST_SHARE] * 2)


@BOTH
def test_rows_are_the_device_s_features(detector: Detector) -> None:
    names = ["rms@0", "zcr@0", GENDER]
    given_take = take("7")
    found = windows.extract(detector, [given_take], names)
    rows, labels, features = [], [], detector.features(names)
    for start in windows.starts(detector, given_take):
        at = start / detector.rate
        held = windows.share(at, at + detector.seconds, given_take.coughs)
        if held == 0 or held >= windows.LEAST_SHARE:
            signal = detector.signal(given_take)[start : start + detector.window]
            rows.append([*features.compute(signal).tolist(), 1])
            labels.append(int(held > 0))
    assert found.values.tolist() == rows
    assert found.labels.tolist() == labels
    assert 0 < sum(labels) < len(labels) < len(windows.starts(detector, given_take))
    assert set(found.subjects.tolist()) == {"7"}
    assert fraction_bits(names)[2] == 0
    np.testing.assert_array_equal(found.numbers[:, 2], 1)
    expected = features.numbers(found.values[:, :2]).astype(np.float32)
    np.testing.assert_array_equal(found.numbers[:, :2], expected)


def test_parts_of_windows() -> None:
    names = ["rms@0", "crest@0", GENDER]
    found = windows.extract(IMU, [take("1"), take("2", seed=1), take("3", seed=2)], names)
    assert sorted(set(found.of(["3", "1"]).subjects.tolist())) == ["1", "3"]
    less = found.only(["crest@0"])
    np.testing.assert_array_equal(less.values[:, 0], found.values[:, 1])
    np.testing.assert_array_equal(less.labels, found.labels)


def test_a_take_shorter_than_a_window() -> None:
    assert windows.starts(AUDIO, take(seconds=0.7, coughs=())) == []
    assert windows.starts(IMU, take(seconds=0.7, coughs=())) == [0]
