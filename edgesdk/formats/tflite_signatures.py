"""How many tensors each TFLite operator takes and gives, and which have one type.

Runtimes look some of this up without asking whether it is there, and crash. A signature has a
character for each input, ``>``, and a character for each output: letters that are the same stand
for types that are the same, a dot for any type. ``?`` after one says that it may be missing, ``+``
and ``*`` that the last one comes once or more, or any number of times. Operators that are not
listed, custom ones among them, are the runtime's business alone.
From the kernels' own checks:
https://github.com/tensorflow/tensorflow/tree/master/tensorflow/lite/kernels
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

_TABLE = {
    "a>a": "ABS AVERAGE_POOL_2D CEIL COS DEPTH_TO_SPACE ELU EXP FAKE_QUANT FLOOR GELU HARD_SWISH "
    "L2_NORMALIZATION L2_POOL_2D LEAKY_RELU LOCAL_RESPONSE_NORMALIZATION LOG LOGICAL_NOT LOGISTIC "
    "LOG_SOFTMAX MATRIX_DIAG MAX_POOL_2D NEG RELU RELU6 RELU_0_TO_1 RELU_N1_TO_1 ROUND RSQRT SIGN "
    "SIN SPACE_TO_DEPTH SQRT SQUARE SQUEEZE TANH ZEROS_LIKE",
    ".>.": "BITCAST BUCKETIZE CAST COMPLEX_ABS DENSIFY DEQUANTIZE IMAG QUANTIZE RANK READ_VARIABLE "
    "REAL SHAPE SOFTMAX WHERE RANDOM_UNIFORM RANDOM_STANDARD_NORMAL",
    "aa>a": "ATAN2 BITWISE_XOR BROADCAST_ARGS DIV FLOOR_DIV FLOOR_MOD LOGICAL_AND LOGICAL_OR "
    "MATRIX_SET_DIAG MAXIMUM MINIMUM POW RIGHT_SHIFT SQUARED_DIFFERENCE",
    "aa>.": "ADD EQUAL GREATER GREATER_EQUAL LESS LESS_EQUAL MUL NOT_EQUAL SUB",
    "a.>a": "BROADCAST_TO CUMSUM EXPAND_DIMS GATHER GATHER_ND MEAN MIRROR_PAD PAD PRELU REDUCE_ALL "
    "REDUCE_ANY REDUCE_MAX REDUCE_MIN REDUCE_PROD RESIZE_BILINEAR RESIZE_NEAREST_NEIGHBOR "
    "REVERSE_SEQUENCE REVERSE_V2 SEGMENT_SUM SUM TILE TRANSPOSE",
    "..>.": "ARG_MAX ARG_MIN BATCH_MATMUL EMBEDDING_LOOKUP MULTINOMIAL RFFT2D",
    "a..>a": "BATCH_TO_SPACE_ND DYNAMIC_UPDATE_SLICE PADV2 SLICE SPACE_TO_BATCH_ND "
    "UNSORTED_SEGMENT_MAX UNSORTED_SEGMENT_MIN UNSORTED_SEGMENT_PROD UNSORTED_SEGMENT_SUM",
    "a..?>a": "CONV_2D CONV_3D DEPTHWISE_CONV_2D",
    "...>.": "RANGE",
    "....>.": "ONE_HOT SPARSE_TO_DENSE",
    ".....>.": "EMBEDDING_LOOKUP_SPARSE RNN UNIDIRECTIONAL_SEQUENCE_RNN",
    "...?.?>.+": "FULLY_CONNECTED",
    "....?>.": "CONV_3D_TRANSPOSE TRANSPOSE_CONV",
    "....?.>.": "SVDF",
    "a.?>a": "RESHAPE",
    "a...>a": "STRIDED_SLICE",
    "a+>a": "ADD_N CONCATENATION PACK",
    "a>a+": "UNPACK",
    ".a>a+": "SPLIT",
    "a..>a+": "SPLIT_V",
    ".a>a": "FILL",
    ".a.>a": "SCATTER_ND",
    ".aa>a": "SELECT SELECT_V2",
    "a.>a.": "TOPK_V2",
    ".>..": "UNIQUE",
    ".....>..": "NON_MAX_SUPPRESSION_V4",
    "......>...": "NON_MAX_SUPPRESSION_V5",
    "..*>.*": "IF",
    ".*>.*": "WHILE",
    ">": "CALL_ONCE",
    ">.": "VAR_HANDLE",
    "..>": "ASSIGN_VARIABLE",
}
_SIGNATURES = {name: signature for signature, names in _TABLE.items() for name in names.split()}

_Items = tuple[tuple[str, str], ...]  # character, mark after it or ""


def matches(name: str, inputs: Sequence[int | None], outputs: Sequence[int | None]) -> bool:
    """Whether an operator has its signature, given types by number, None for a missing input."""
    signature = _SIGNATURES.get(name)
    if signature is None:
        return True
    taken, given = _parsed(signature)
    bound: dict[str, int] = {}
    return _match(taken, inputs, bound) and _match(given, outputs, bound)


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


def _match(items: _Items, types: Sequence[int | None], bound: dict[str, int]) -> bool:
    if items and items[-1][1] in {"+", "*"}:
        last, mark = items[-1]
        repeats = max(len(types) - len(items) + 1, mark == "+")
        items = items[:-1] + ((last, ""),) * repeats
    needed = max((i + 1 for i, (_, mark) in enumerate(items) if mark != "?"), default=0)
    if not needed <= len(types) <= len(items):
        return False
    return all(
        mark == "?" if given is None else letter == "." or bound.setdefault(letter, given) == given
        for (letter, mark), given in zip(items, types, strict=False)
    )
