"""How many tensors each TFLite operator takes and gives, and which have one type.

Runtimes look some of this up without asking whether it is there, and crash. A signature has a
character for each input, ``>``, and a character for each output: letters that are the same stand
for types that are the same (in upper case also for another quantised type), a dot for any type,
``B`` for booleans, ``I`` for integers, ``S`` for a shape or the like, which is integers, few enough
for the axes of a tensor. ``?`` after one says that it may be missing, ``+`` and ``*`` that the last
one comes once or more, or any number of times. Operators that are not listed, custom ones among
them, are the runtime's business alone.
From the kernels' own checks:
https://github.com/tensorflow/tensorflow/tree/master/tensorflow/lite/kernels
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

from ...bundle.limits import RANK


class Facts(NamedTuple):
    """What is known of a tensor: its type by number, its size, whether it has a scale.

    ``ready``: it holds data before the graph runs.
    """

    dtype: int
    entries: int
    scaled: bool
    ready: bool


_TABLE = {
    "a>a": "ABS AVERAGE_POOL_2D CEIL COS DEPTH_TO_SPACE ELU EXP FAKE_QUANT FLOOR GELU HARD_SWISH "
    "L2_NORMALIZATION L2_POOL_2D LEAKY_RELU LOCAL_RESPONSE_NORMALIZATION LOG LOGISTIC "
    "LOG_SOFTMAX MATRIX_DIAG MAX_POOL_2D NEG RELU RELU6 RELU_0_TO_1 RELU_N1_TO_1 ROUND RSQRT SIGN "
    "SIN SPACE_TO_DEPTH SQRT SQUARE SQUEEZE TANH ZEROS_LIKE",
    ".>.": "BITCAST BUCKETIZE CAST COMPLEX_ABS DENSIFY DEQUANTIZE IMAG QUANTIZE READ_VARIABLE "
    "REAL SOFTMAX RANDOM_UNIFORM RANDOM_STANDARD_NORMAL",
    ".>I": "RANK SHAPE WHERE",
    "aa>a": "ADD ATAN2 BITWISE_XOR BROADCAST_ARGS DIV FLOOR_DIV FLOOR_MOD "
    "MATRIX_SET_DIAG MAXIMUM MINIMUM POW RIGHT_SHIFT SQUARED_DIFFERENCE SUB",
    "aa>A": "MUL",
    "B>B": "LOGICAL_NOT",
    "BB>B": "LOGICAL_AND LOGICAL_OR",
    "BS>B": "REDUCE_ALL REDUCE_ANY",
    "aa>B": "EQUAL GREATER GREATER_EQUAL LESS LESS_EQUAL NOT_EQUAL",
    "a.>a": "CUMSUM GATHER GATHER_ND PRELU REVERSE_SEQUENCE SEGMENT_SUM",
    "aS>a": "BROADCAST_TO EXPAND_DIMS MEAN MIRROR_PAD PAD REDUCE_MAX "
    "REDUCE_MIN REDUCE_PROD RESIZE_BILINEAR RESIZE_NEAREST_NEIGHBOR REVERSE_V2 SUM TILE TRANSPOSE",
    "..>.": "BATCH_MATMUL EMBEDDING_LOOKUP MULTINOMIAL",
    ".S>I": "ARG_MAX ARG_MIN",
    ".S>.": "RFFT2D",
    "a..>a": "CONV_2D "
    "UNSORTED_SEGMENT_MAX UNSORTED_SEGMENT_MIN UNSORTED_SEGMENT_PROD UNSORTED_SEGMENT_SUM",
    "aSS>a": "BATCH_TO_SPACE_ND SLICE SPACE_TO_BATCH_ND",
    "aaS>a": "DYNAMIC_UPDATE_SLICE",
    "aSa>a": "PADV2",
    "a..?>a": "CONV_3D DEPTHWISE_CONV_2D",
    "...>.": "RANGE",
    "....>.": "ONE_HOT SPARSE_TO_DENSE",
    ".....>.": "EMBEDDING_LOOKUP_SPARSE RNN UNIDIRECTIONAL_SEQUENCE_RNN",
    "...?.?>.+": "FULLY_CONNECTED",
    "S...?>.": "CONV_3D_TRANSPOSE TRANSPOSE_CONV",
    "....?.>.": "SVDF",
    "aS?>a": "RESHAPE",
    "aSSS>a": "STRIDED_SLICE",
    "a+>a": "ADD_N CONCATENATION PACK",
    "a>a+": "UNPACK",
    "Sa>a+": "SPLIT",
    "a.S>a+": "SPLIT_V",
    "Sa>a": "FILL",
    ".aS>a": "SCATTER_ND",
    "Baa>a": "SELECT SELECT_V2",
    "a.>aI": "TOPK_V2",
    ".>.I": "UNIQUE",
    ".....>..": "NON_MAX_SUPPRESSION_V4",
    "......>...": "NON_MAX_SUPPRESSION_V5",
    "B.*>.*": "IF",
    ".*>.*": "WHILE",
    ">": "CALL_ONCE",
    ">.": "VAR_HANDLE",
    "..>": "ASSIGN_VARIABLE",
}
# Operators that compute with the scales of 8-bit tensors, and do not ask whether there are any.
_SCALED = frozenset(
    "ADD AVERAGE_POOL_2D BATCH_MATMUL CONV_2D DEPTHWISE_CONV_2D DEQUANTIZE DIV ELU EXP "
    "FULLY_CONNECTED GELU HARD_SWISH L2_NORMALIZATION LEAKY_RELU LOG LOGISTIC LOG_SOFTMAX MEAN MUL "
    "PRELU QUANTIZE RELU RELU6 RELU_0_TO_1 RELU_N1_TO_1 RSQRT SOFTMAX SQRT SQUARED_DIFFERENCE SUB "
    "SUM SVDF TANH TRANSPOSE_CONV".split()
)
# Operators over axes that may be none at all: then they give what they take.
REDUCTIONS = frozenset("MEAN REDUCE_MAX REDUCE_MIN REDUCE_PROD SUM".split())
_SIGNATURES = {name: signature for signature, names in _TABLE.items() for name in names.split()}

# TensorType of the schema, by number.
_BOOL = 6
_EIGHT_BIT = {3, 9}
_QUANTISED = {3, 7, 9}
_INTEGERS = {2, 3, 4, 7, 9, 12, 15, 16}

_Items = tuple[tuple[str, str], ...]  # character, mark after it or ""


def matches(name: str, inputs: Sequence[Facts | None], outputs: Sequence[Facts | None]) -> bool:
    """Whether an operator has its signature; None stands for a missing input."""
    signature = _SIGNATURES.get(name)
    if signature is None:
        return True
    taken, given = _parsed(signature)
    bound: dict[str, int] = {}
    return _match(taken, inputs, bound) and _match(given, outputs, bound)


def lacks_scale(name: str, tensors: Sequence[Facts | None]) -> bool:
    """Whether an operator computes with a scale that one of its 8-bit tensors does not have."""
    return name in _SCALED and any(
        tensor is not None and tensor.dtype in _EIGHT_BIT and not tensor.scaled
        for tensor in tensors
    )


def signature(name: str) -> str:
    """The signature of an operator, or nothing."""
    return _SIGNATURES.get(name, "")


@cache
def _parsed(signature: str) -> tuple[_Items, _Items]:
    taken, _, given = signature.partition(">")
    return _items(taken), _items(given)


def _items(text: str) -> _Items:
    items: list[tuple[str, str]] = []
    for character in text:
        if character in "?+*":
            items[-1] = (items[-1][0], character)
        else:
            items.append((character, ""))
    return tuple(items)


def _match(items: _Items, tensors: Sequence[Facts | None], bound: dict[str, int]) -> bool:
    if items and items[-1][1] in {"+", "*"}:
        last, mark = items[-1]
        repeats = max(len(tensors) - len(items) + 1, mark == "+")
        items = items[:-1] + ((last, ""),) * repeats
    needed = max((i + 1 for i, (_, mark) in enumerate(items) if mark != "?"), default=0)
    return needed <= len(tensors) <= len(items) and all(
        mark == "?" if tensor is None else _fits(letter, tensor, bound)
        for (letter, mark), tensor in zip(items, tensors, strict=False)
    )


def _fits(letter: str, tensor: Facts, bound: dict[str, int]) -> bool:
    if letter in "IS":
        return tensor.dtype in _INTEGERS and (letter == "I" or tensor.entries <= 2 * RANK)
    if letter == "B":
        return tensor.dtype == _BOOL
    if letter.isupper():
        same = bound.get(letter.lower())
        return tensor.dtype == same or {tensor.dtype, same} <= _QUANTISED
    return letter == "." or bound.setdefault(letter, tensor.dtype) == tensor.dtype
