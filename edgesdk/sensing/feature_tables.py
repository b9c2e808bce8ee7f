"""Settings and tables of the features: a part of a sensing program, read in place by the device.

``firmware/lib/features/settings.c`` reads it: a header of twelve words, then of each transform in
use a quarter of a sine, then of each mel spectrogram its bands' edges, slopes and weights.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

WHOLE = frozenset("rolloff centroid spread skew kurtosis slope decrease".split())
SEGMENT = frozenset("flatness psd_std dominant psd".split())
MEL = frozenset("mel_mean mel_std mel_max mel_entropy".split())
MFCC = frozenset("mfcc_mean mfcc_std".split())
FULL_SCALE = 32768  # steps of a sample
LARGEST = 1 << 18  # of any number in the settings

Table = NDArray[np.uint32]


@dataclass(frozen=True)
class Settings:
    """How features are computed. The defaults are those of scipy's Welch, but for its segments,
    and of librosa; ``zeros`` stand beyond the ends of a window, which else is mirrored there."""

    rate: int  # Hz
    window: int  # samples of each channel
    channels: int = 1
    segment: int = 900  # samples, of the power density
    overlap: int = 450
    frame: int = 2048  # samples, of the mel spectrograms
    hop: int = 512
    mel_bands: int = 64
    mel_zeros: bool = False
    mfcc_bands: int = 128
    mfcc_zeros: bool = False

    def sensible(self) -> bool:
        """Whether the tables can be made; only the extractors know whether they can be used."""
        sizes = (self.rate, self.window, self.channels, self.segment, self.frame, self.hop)
        counts = (self.mel_bands, self.mfcc_bands)
        return (
            all(1 <= each <= LARGEST for each in (*sizes, *counts))
            and 0 <= self.overlap < self.segment
        )

    def bin_hertz(self) -> NDArray[np.float64]:
        """[segment / 2 + 1] frequencies of the power density's bins."""
        return np.asarray(np.fft.rfftfreq(self.segment, 1 / self.rate), np.float64)

    def part(self, kinds: Collection[str]) -> bytes:
        """The part for features of these kinds: what they do not need is not in it."""
        wanted = set(kinds)
        mel_bands = self.mel_bands if wanted & MEL else 0
        mfcc_bands = self.mfcc_bands if wanted & MFCC else 0
        whole = self.window if wanted & WHOLE else 0
        segment = self.segment if wanted & SEGMENT else 0
        frame = self.frame if mel_bands or mfcc_bands else 0
        lengths = (whole, segment, frame)
        bands = (mel_bands, self.mel_zeros, mfcc_bands, self.mfcc_zeros)
        sizes = (self.rate, self.window, self.channels, self.segment - self.overlap, self.hop)
        tables = [quarter_sine(length) for length in lengths if length]
        tables += [mel_tables(self.rate, frame, each) for each in (mel_bands, mfcc_bands) if each]
        body = b"".join(table.astype("<u4").tobytes() for table in tables)
        return struct.pack("<12I", *sizes, *lengths, *bands) + body


def quarter_sine(length: int) -> Table:
    """[length / 4 + 1] Q31 sin(2 pi k / length), saturated."""
    sines = np.sin(2 * np.pi * np.arange(length // 4 + 1) / length)
    return np.asarray(np.minimum(np.rint(sines * 2**31), 2**31 - 1), np.uint32)


def mel_edges(rate: int, bands: int) -> NDArray[np.float64]:
    """[bands + 2] Hz, evenly spaced on Slaney's mel scale from 0 to half the rate: 3 mel in 200 Hz
    up to 1000 Hz, then 27 in each factor of 6.4."""
    octave = 27 / math.log(6.4)
    highest = rate / 2
    top = 15 + octave * math.log(highest / 1000) if highest > 1000 else highest * 3 / 200
    mels = np.linspace(0, top, bands + 2)
    return np.where(mels < 15, mels * 200 / 3, 1000 * np.exp((mels - 15) / octave))


def mel_tables(rate: int, frame: int, bands: int) -> Table:
    """Edges in bins (Q16), slopes between them (Q32), and dB of each band's weight (Q20): twice the
    inverse of its width in Hz, as Slaney normalises, for a full scale of 1."""
    hertz = mel_edges(rate, bands)
    edges = np.rint(hertz * frame / rate * 65536).astype(np.int64)
    slopes = np.minimum(2**48 // np.maximum(np.diff(edges), 1), 2**32 - 1)
    weights = 2 / (hertz[2:] - hertz[:-2]) / FULL_SCALE**2
    decibels = np.rint(10 * np.log10(weights) * 2**20).astype(np.int64)
    return np.concatenate([edges, slopes, decibels]).astype(np.uint32)
