"""Checks of one operator of a TFLite model: its name, its tensors, the options it cannot lack."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ...errors import ModelRefused
from ..flatbuffer import Malformed
from .check_tensor import DTYPE_NAMES
from .schema import COUNT_FIELDS, LIMITED_FIELDS, NEEDED_OPTIONS
from .signatures import Facts, lacks_scale, matches, signature
from .vectors import int32_field, text

if TYPE_CHECKING:
    from tflite import Operator, OperatorCode

_CUSTOM = 32  # BuiltinOperator.CUSTOM
_LONGEST_NAME = 128  # characters of a custom operator's name


def operator_name(code: OperatorCode) -> str:
    """The name of a built-in operator, or ``custom.NAME``.

    Raises ``Malformed``, and ``ModelRefused`` (EDGE-0277) for a number that nobody has named yet.
    """
    # Codes past 127 do not fit the older of the two fields, which then holds 127. Runtimes take the
    # larger one; the library's accessor of field 3 does not give the field, but a guess.
    number = max(code.DeprecatedBuiltinCode(), int32_field(code._tab, 3))
    return _custom_name(code.CustomCode()) if number == _CUSTOM else _builtin_name(number)


def _builtin_name(number: int) -> str:
    from tflite.utils import BUILTIN_OPCODE2NAME

    if number not in BUILTIN_OPCODE2NAME:
        raise ModelRefused(
            f"The model uses operator number {number}, which is not known",
            next_step="Update the Python package tflite: it brings the names of operators",
            code=77,
        )
    return str(BUILTIN_OPCODE2NAME[number])


def _custom_name(name: bytes | None) -> str:
    label = text(name)
    if not 0 < len(label) <= _LONGEST_NAME or ":" in label:
        raise Malformed(f"a custom operator is named {label[:80]!r}")
    return f"custom.{label}"


def check_operator(
    operator: Operator, name: str, inputs: Sequence[Facts | None], outputs: Sequence[Facts]
) -> None:
    """Check an operator, given its tensors, None for a missing input. Raises ``Malformed``."""
    if not matches(name, inputs, outputs):
        types = [[None if t is None else t.dtype for t in ts][:9] for ts in (inputs, outputs)]
        raise Malformed(
            f"{name} takes {_types(inputs)} and gives {_types(outputs)}, which no runtime can do: "
            f"types {types[0]} and {types[1]} are not {signature(name)}"
        )
    if lacks_scale(name, [*inputs, *outputs]):
        raise Malformed(f"{name} has an 8-bit tensor without a scale")
    if name in NEEDED_OPTIONS and operator.BuiltinOptionsType() != NEEDED_OPTIONS[name]:
        raise Malformed(f"{name} has no options of its kind")
    if name in COUNT_FIELDS:
        field, counts_inputs = COUNT_FIELDS[name]
        _check_count(operator, name, field, len(inputs) if counts_inputs else len(outputs))
    if name in LIMITED_FIELDS:
        _check_limits(operator, name)


def check_bias(name: str, inputs: Sequence[Facts | None]) -> None:
    """Refuse a convolution without a bias, with which LiteRT would crash. Raises ``Malformed``."""
    if name == "DEPTHWISE_CONV_2D" and (len(inputs) < 3 or inputs[2] is None):
        raise Malformed(f"{name} has no bias, and LiteRT crashes without; give it one of zeros")


def _types(tensors: Sequence[Facts | None]) -> str:
    names = ["nothing" if t is None else DTYPE_NAMES.get(t.dtype) or "other" for t in tensors[:9]]
    return ", ".join(names) or "nothing"


def _check_limits(operator: Operator, name: str) -> None:
    kind, field, low, high = LIMITED_FIELDS[name]
    options = operator.BuiltinOptions()
    if options is None or operator.BuiltinOptionsType() != kind:
        return
    if not low <= int32_field(options, field) <= high:
        raise Malformed(f"{name} has an option that is not {low} to {high}")


def _check_count(operator: Operator, name: str, field: int, wanted: int) -> None:
    options = operator.BuiltinOptions()
    count = 0 if options is None else int32_field(options, field)
    if count != wanted:
        raise Malformed(f"{name} says that it has {count} tensors, and has {wanted}")
