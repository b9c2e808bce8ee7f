"""Features of a window of samples, by the C that the device runs.

    settings = Settings(rate=16000, window=12800)
    features = FeatureSet(["rolloff", "psd_50_140", "mel_max_7"], settings)
    values = features.compute(samples)   # int16[window][channels] -> int32[count]
    numbers = features.numbers(values)   # float64[count], in the units of features.h

A name is a kind of ``features.def``, with the numbers that it needs behind it:

=================================  ==============================================================
``psd_50_140``                     the power from 50 to 140 Hz, both included, over all power
``mel_mean_7``, ``mfcc_std_2``     of band 7, of coefficient 2; they count from 0
``rms_centred``                    ``zcr``, ``rms`` and ``crest``, with the mean taken away first
``envelope_100``                   of the band from 100 to 150 Hz; ``envelope_100_300`` to 300 Hz
``azc_0.4``                        tolerance in the channel's unit: 0.4 g, or m/s^2
``rms@2``, ``rms@|3|``             of channel 2; of the magnitude of channels 3, 4 and 5
=================================  ==============================================================
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import DoesNotFit, InputMismatch
from ..native import ffi, lib
from .feature_names import Feature, kind_of, not_there, read_feature
from .feature_tables import FULL_SCALE, Settings

_POWERS = {"rms": 1, "line_length": 1, "slope": 1, "psd_std": 2}  # of the samples' unit
_DECIBELS = ("mel_mean", "mel_max")


class FeatureSet:
    """Wanted features with the settings and tables that they need.

    ``units``: steps of a sample to one of its unit, of every channel or of each: 32768 for audio
    of full scale 1. They are what the tolerance of ``azc`` and ``in_units`` go by.
    ``part`` and ``features`` are what a sensing program holds. Raises ``DoesNotFit`` (EDGE-0980:
    no such feature; EDGE-0981: settings that the extractors do not take; EDGE-0982: a feature that
    these settings do not give).
    """

    def __init__(
        self, names: Sequence[str], settings: Settings, units: float | Sequence[float] = 1.0
    ) -> None:
        if not settings.sensible():
            raise _refused(settings)
        self.settings = settings
        self.units: tuple[float, ...] = tuple(
            np.broadcast_to(np.asarray(units, float), settings.channels).tolist()
        )
        self.part = settings.part([kind_of(name) for name in names])
        self.features = tuple(read_feature(name, settings, self.units) for name in names)
        self._content = ffi.new("uint32_t[]", len(self.part) // 4)
        ffi.buffer(self._content)[:] = self.part
        self._settings = self._read()
        self._records = ffi.new("struct edge_feature[]", [_record(each) for each in self.features])
        for index, feature in enumerate(self.features):
            if not lib.edge_features_check(self._settings, self._records + index, 1):
                raise not_there(feature.name, f"they are {settings}")
        count = len(self.features)
        self.scratch = int(lib.edge_features_scratch(self._settings, self._records, count))

    def _read(self) -> Any:
        read = ffi.new("struct edge_feature_settings *")
        content = ffi.cast("const uint8_t *", self._content)
        if lib.edge_feature_settings_read(content, len(self.part), read):
            return read
        raise _refused(self.settings)

    def compute(self, samples: NDArray[np.int16]) -> NDArray[np.int32]:
        """samples[window][channels], or [window] of one channel -> values[count], as the device
        has them. Raises ``InputMismatch``."""
        window = np.ascontiguousarray(samples)
        shape = (self.settings.window, self.settings.channels)
        if window.dtype != np.int16 or window.reshape(len(window), -1).shape != shape:
            raise InputMismatch(
                f"The features want int16[{shape[0]}][{shape[1]}]",
                evidence=f"they were given {window.dtype}{list(window.shape)}",
            )
        values = np.zeros(len(self.features), np.int32)
        lib.edge_features_run(
            self._settings,
            self._records,
            len(self.features),
            ffi.from_buffer("int16_t[]", window),
            ffi.from_buffer("int32_t[]", values),
            ffi.new("uint64_t[]", self.scratch // 8 + 1),
        )
        return values

    def numbers(self, values: ArrayLike) -> NDArray[np.float64]:
        """values[..., count] -> numbers[..., count] in the samples' own unit; dB are of full scale,
        32768 steps."""
        scales = [2.0**-each.bits for each in self.features]
        numbers: NDArray[np.float64] = np.multiply(values, scales)
        return numbers

    def in_units(self, values: ArrayLike) -> NDArray[np.float64]:
        """values[..., count] -> numbers[..., count], of samples in their channels' units: of a
        signal that was scaled up to use 16 bits, what they would have been without."""
        factors = [self._unit(each) ** -_POWERS.get(each.kind, 0) for each in self.features]
        decibels = [self._decibels(each) for each in self.features]
        numbers: NDArray[np.float64] = self.numbers(values) * factors + decibels
        return numbers

    def _unit(self, feature: Feature) -> float:
        return self.units[feature.channel % self.settings.channels]

    def _decibels(self, feature: Feature) -> float:
        """What a unit that is not full scale adds."""
        each = 20.0 * float(np.log10(FULL_SCALE / self._unit(feature)))
        if feature.kind == "mfcc_mean" and feature.a == 0:
            return each * float(np.sqrt(self.settings.mfcc_bands))
        return each if feature.kind in _DECIBELS else 0.0


def _refused(settings: Settings) -> DoesNotFit:
    return DoesNotFit(
        "The feature extractors do not take these settings",
        evidence=str(settings),
        next_step="Transforms have 4 * 2^a * 3^b * 5^c samples, 16384 at most, and fit into the "
        "window; the hop and the segments' step are above 0, mel bands are at most 128",
        code=81,
    )


def _record(feature: Feature) -> dict[str, int]:
    return {
        "kind": feature.number,
        "channel": feature.channel,
        "a": feature.a,
        "b": feature.b,
    }
