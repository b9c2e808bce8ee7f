"""The models of a sensing program: their bytes, and how their scores become probabilities."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import Any

from ..errors import DoesNotFit
from ..native import ffi, lib

_LOWEST, _HIGHEST = -(1 << 31), (1 << 31) - 1


@dataclass(frozen=True)
class Model:
    """A part with a model. ``kind`` and ``link`` are numbers of ``firmware/lib/sensing/program.h``.

    A score s stands for the probability, or its log-odds, of (s - ``zero``) * ``gain``. ``shape``,
    ``input_scale`` and ``input_zero`` are those of a plan's int8 input.
    """

    content: bytes
    kind: int
    link: int
    gain: float
    zero: int = 0
    shape: tuple[int, ...] = ()
    input_scale: float = 0.0
    input_zero: int = 0

    @property
    def scale(self) -> int:
        """The gain as the program holds it: Q15 or Q12, times 2^16."""
        bits = 28 if self.link == lib.EDGE_LINK_LOGISTIC else 31
        return max(_LOWEST, min(round(self.gain * 2.0**bits), _HIGHEST))

    def threshold(self, probability: float) -> int:
        """The lowest score that stands for at least this probability."""
        if probability <= 0.0:
            return _LOWEST
        value = probability
        if self.link == lib.EDGE_LINK_LOGISTIC:
            if probability >= 1.0:
                return _HIGHEST
            value = math.log(probability / (1.0 - probability))
        score = math.ceil(self.zero + value / self.gain - 1e-9)
        return max(_LOWEST, min(score, _HIGHEST))


def forest_model(content: bytes, *, votes: bool = False) -> Model:
    """A forest whose score is a log-odds, or counts ``votes`` of +1 and -1 of its trees.

    Raises ``DoesNotFit`` (EDGE-0972).
    """
    forest = ffi.new("struct edge_forest *")
    values = int.from_bytes(content[8:10], "little")
    if not lib.edge_forest_check(Aligned(content).pointer, len(content), values, forest):
        raise refused("the forest is malformed, or of another version")
    one = 1 << forest.fraction_bits
    if not votes:
        return Model(content, lib.EDGE_PART_FOREST, lib.EDGE_LINK_LOGISTIC, 1 / one)
    most = forest.tree_count * one
    return Model(content, lib.EDGE_PART_FOREST, lib.EDGE_LINK_LINEAR, 1 / (2 * most), -most)


def plan_model(content: bytes) -> Model:
    """An execution plan, int8 rows in and int8 probabilities out.

    Raises ``DoesNotFit`` (EDGE-0972).
    """
    try:
        interface = json.loads(_interface(content))
        [given], [output] = interface["inputs"], interface["outputs"]
        shape = tuple(int(axis) for axis in given["shape"])
        quantised = [_quantisation(given), _quantisation(output)]
    except (ValueError, KeyError, TypeError) as error:
        raise refused("the plan must have one int8 input and one int8 output") from error
    (input_scale, input_zero), (scale, zero) = quantised
    lowest, highest = (-128 - zero) * scale, (127 - zero) * scale
    if lowest < -0.01 or highest > 1.01:
        raise refused(f"the plan's output is from {lowest:g} to {highest:g}, not probabilities")
    return Model(
        content=content,
        kind=lib.EDGE_PART_PLAN,
        link=lib.EDGE_LINK_LINEAR,
        gain=scale,
        zero=zero,
        shape=shape,
        input_scale=input_scale,
        input_zero=input_zero,
    )


def _quantisation(tensor: dict[str, Any]) -> tuple[float, int]:
    [scale], [zero], _ = tensor["quantisation"]
    if tensor["dtype"] != "int8":
        raise ValueError(tensor["dtype"])
    return float(scale), int(zero)


def _interface(content: bytes) -> bytes:
    aligned = Aligned(content)
    plan = ffi.new("struct edge_plan *")
    status = lib.edge_plan_check(
        aligned.pointer,
        len(content),
        lib.EDGE_SPAN_MOST,
        lib.edge_operators_plain,
        lib.EDGE_KINDS,
        plan,
    )
    if status != lib.EDGE_PLAN_OK:
        raise refused(f"the execution plan is refused, status {status}")
    return bytes(ffi.buffer(plan.interface, plan.interface_bytes))


class Aligned:
    """Memory for C at a multiple of 16, kept alive by this object."""

    def __init__(self, content: bytes | int) -> None:
        size = content if isinstance(content, int) else len(content)
        self._memory = ffi.new("uint8_t[]", size + 16)
        address = int(ffi.cast("uintptr_t", self._memory))
        self.pointer: Any = self._memory + (-address % 16)
        if not isinstance(content, int):
            ffi.memmove(self.pointer, content, size)


def refused(evidence: str) -> DoesNotFit:
    """The error for a model that a stage cannot have."""
    return DoesNotFit(
        "The model does not fit its stage",
        evidence=evidence,
        next_step="Train or compile the model for this description, or change the description",
        code=72,
    )
