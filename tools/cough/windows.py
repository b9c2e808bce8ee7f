"""Windows of the takes as rows of features with labels: what the models learn from.

A window is a **cough** when it holds at least three quarters of one (or is itself so full of one,
where coughs are longer than windows). Windows overlap by half, so that wherever a cough lies, one
of them holds so much of it: three quarters is the most that can be asked. A window that holds less
of a cough is neither: it teaches the wrong thing with either label, so that no model learns from
it or is scored by it. On a device, and in the event scores, it is there like all others.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .features import GENDER, Detector, fraction_bits
from .recordings import Recording

LEAST_SHARE = 0.75
JOBS = 2  # the extractors are C, which runs beside Python


@dataclass(frozen=True)
class Windows:
    """Rows of one detector's features. ``labels``: 1 for a cough, 0 for none."""

    detector: Detector
    names: tuple[str, ...]
    values: NDArray[np.int32]  # [rows, names] fixed point, as the device has them
    labels: NDArray[np.int8]  # [rows]
    subjects: NDArray[np.str_]  # [rows]

    @property
    def numbers(self) -> NDArray[np.float32]:
        """The values with their fraction bits applied: what XGBoost sees."""
        scale = np.ldexp(1.0, -np.array(fraction_bits(self.names)))
        return (self.values * scale).astype(np.float32)

    def only(self, names: Sequence[str]) -> Windows:
        """The same rows with fewer features."""
        columns = [self.names.index(name) for name in names]
        values = np.ascontiguousarray(self.values[:, columns])
        return Windows(self.detector, tuple(names), values, self.labels, self.subjects)

    def of(self, subjects: Iterable[str]) -> Windows:
        """The rows of these subjects."""
        rows = np.isin(self.subjects, list(subjects))
        found = self.values[rows], self.labels[rows], self.subjects[rows]
        return Windows(self.detector, self.names, *found)


def starts(detector: Detector, take: Recording) -> list[int]:
    """The frame at which each whole window of a take begins."""
    frames = int(take.seconds * detector.rate)
    return list(range(0, frames - detector.window + 1, detector.step))


def share(start: float, end: float, coughs: Iterable[tuple[float, float]]) -> float:
    """How much of a cough a window holds at most, or how much of itself is cough; seconds."""
    held = [
        (min(end, last) - max(start, first)) / min(end - start, last - first)
        for first, last in coughs
        if last > first
    ]
    return max([0.0, *held])


def label_of(detector: Detector, start: int, take: Recording) -> int | None:
    """1, 0, or None for a window that is neither."""
    at = start / detector.rate
    held = share(at, at + detector.seconds, take.coughs)
    if held >= LEAST_SHARE - 1e-9:
        return 1
    return None if held > 0 else 0


def extract(detector: Detector, takes: Iterable[Recording], names: Sequence[str]) -> Windows:
    """All labelled windows of the takes, in their order."""
    features = detector.features(names)

    def rows_of(take: Recording) -> tuple[list[list[int]], list[int], str]:
        rows, labels, signal = [], [], detector.signal(take)
        facts = [take.gender] if GENDER in names else []
        for start in starts(detector, take):
            label = label_of(detector, start, take)
            if label is not None:
                values = features.compute(signal[start : start + detector.window])
                rows.append([*values.tolist(), *facts])
                labels.append(label)
        return rows, labels, take.subject

    with ThreadPoolExecutor(JOBS) as pool:
        found = list(pool.map(rows_of, takes))
    return Windows(
        detector,
        tuple(names),
        np.array([row for rows, _, _ in found for row in rows], np.int32).reshape(-1, len(names)),
        np.array([label for _, labels, _ in found for label in labels], np.int8),
        np.array([subject for rows, _, subject in found for _ in rows]),
    )
