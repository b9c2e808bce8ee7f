"""Checks of one operator of a TFLite model: its name, its tensors, the options it cannot lack."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..errors import ModelRefused
from .flatbuffer import Malformed
from .tflite_schema import COUNT_FIELDS, NEEDED_OPTIONS
from .tflite_signatures import matches, signature
from .tflite_vectors import text

if TYPE_CHECKING:
    from tflite import Operator, OperatorCode

_CUSTOM = 32  # BuiltinOperator.CUSTOM
_LONGEST_NAME = 128  # characters of a custom operator's name


def operator_name(code: OperatorCode) -> str:
    """The name of a built-in operator, or ``custom.NAME``.

    Raises ``Malformed``, and ``ModelRefused`` (EDGE-0277) for a number that nobody has named yet.
    """
    # Codes past 127 do not fit the older of the two fields, which then holds 127.
    number = max(code.DeprecatedBuiltinCode(), code.BuiltinCode())
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
    operator: Operator, name: str, inputs: Sequence[int | None], outputs: Sequence[int]
) -> None:
    """Check an operator, given the types of its tensors by number, None for a missing input."""
    if not matches(name, inputs, outputs):
        raise Malformed(
            f"{name} has inputs of types {list(inputs)[:9]} and outputs of {list(outputs)[:9]}, "
            f"which is not {signature(name)}"
        )
    if name in NEEDED_OPTIONS and operator.BuiltinOptionsType() != NEEDED_OPTIONS[name]:
        raise Malformed(f"{name} has no options of its kind")
    if name in COUNT_FIELDS:
        field, counts_inputs = COUNT_FIELDS[name]
        _check_count(operator, name, field, len(inputs) if counts_inputs else len(outputs))


def _check_count(operator: Operator, name: str, field: int, wanted: int) -> None:
    from flatbuffers.number_types import Int32Flags

    options = operator.BuiltinOptions()
    count = 0 if options is None else options.GetSlot(4 + 2 * field, 0, Int32Flags)
    if count != wanted:
        raise Malformed(f"{name} says that it has {count} tensors, and has {wanted}")
