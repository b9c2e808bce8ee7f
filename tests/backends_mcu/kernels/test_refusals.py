"""What no kernel can do is refused when planning, with the reason."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from edgesdk.errors import ModelRefused
from edgesdk_backends.mcu.planner import Graph, Operation, Tensor, plan

NONE = {"fused_activation_function": "NONE"}


def _tensor(*shape: int, dtype: str = "int8", scale: float = 0.5, zero: int = 0) -> Tensor:
    quantised = ((), ()) if dtype in {"float32", "int32"} else ((scale,), (zero,))
    return Tensor("t", shape, dtype, *quantised)


def _numbers(*values: int) -> Tensor:
    return Tensor("c", (len(values),), "int32", data=np.array(values, np.int32))


X, WIDE, REAL = _tensor(2, 6), _tensor(2, 6, dtype="int16"), _tensor(2, 6, dtype="float32")
OTHER = _tensor(2, 6, scale=0.25)
POOL = {"stride_h": 1, "stride_w": 1, "filter_height": 1, "filter_width": 1, **NONE}
MASKS = dict.fromkeys("begin_mask end_mask ellipsis_mask new_axis_mask shrink_axis_mask".split(), 0)
BACKWARDS = _numbers(-2, 0), _numbers(-2, 6), _numbers(-1, 1)

CASES: list[tuple[str, list[Any], list[Tensor], dict[str, Any], str]] = [
    ("ADD", [REAL, REAL], [REAL], NONE, "is of type float32"),
    ("ADD", [X, WIDE], [X], NONE, "several types"),
    ("ADD", [X, X], [_tensor(3, 6)], NONE, "do not give"),
    ("ADD", [X, X], [_tensor(2, 6, scale=1e-9)], NONE, "far smaller"),
    ("ADD", [X, X], [X], {"fused_activation_function": "TANH"}, "the activation TANH"),
    ("ADD", [WIDE, WIDE], [_tensor(2, 6, dtype="int16", zero=4)], NONE, "is not 0"),
    ("MAXIMUM", [X, OTHER], [X], {}, "different scales"),
    ("MAX_POOL_2D", [X], [X], POOL, "2 axes, not 4"),
    ("LOGISTIC", [X], [X], {}, "its output's scale and zero point are not"),
    ("SOFTMAX", [X], [X], {"beta": 1.0}, "not all of [0, 1)"),
    ("LOG_SOFTMAX", [X], [X], {}, "not 1/16"),
    ("MEAN", [X, _tensor(1, dtype="int32")], [X], {"keep_dims": True}, "are not constants"),
    ("MEAN", [X, _numbers(3)], [X], {"keep_dims": True}, "axis 3 does not exist"),
    ("REDUCE_MAX", [X, _numbers(1)], [_tensor(2, scale=1.0)], {"keep_dims": False}, "different"),
    ("TRANSPOSE", [X, _numbers(0, 0)], [X], {}, "not each there once"),
    ("TRANSPOSE", [X, _numbers(1, 0)], [X], {}, "has shape [2, 6], not [6, 2]"),
    ("SLICE", [X, _numbers(0, 4), _numbers(2, 6)], [X], {}, "outside its input"),
    ("CONCATENATION", [X, OTHER], [_tensor(2, 12)], {"axis": 1, **NONE}, "different scales"),
    ("PAD", [X, _numbers(0, -1, 0, 1)], [X], {}, "less than nothing"),
    ("QUANTIZE", [X], [_tensor(2, 6, dtype="int64")], {}, "from int8 to int64"),
    ("CAST", [X], [WIDE], {}, "from int8 to int16"),
    ("HARD_SWISH", [WIDE], [WIDE], {}, "of type int16"),
    ("ARG_MAX", [WIDE, _numbers(1)], [_tensor(2, dtype="int32")], {}, "of type int16"),
    ("RELU6", [X], [_tensor(2, 6, scale=2e-9)], {}, "too small to hold 6"),
    ("RELU_N1_TO_1", [X], [_tensor(2, 6, scale=4e-10)], {}, "too small to hold -1"),
    ("HARD_SWISH", [X], [_tensor(2, 6, scale=300.0)], {}, "far larger than its input's"),
    ("EXP", [_tensor(2, 6, dtype="int16", scale=0.003)], [WIDE], {}, "no exponential"),
    ("STRIDED_SLICE", [X, *BACKWARDS], [_tensor(6)], {**MASKS, "shrink_axis_mask": 1}, "backwards"),
    ("SOFTMAX", [_tensor(4096)], [_tensor(4096, scale=1 / 256, zero=-128)], {"beta": 1.0}, "4095"),
    ("UNIDIRECTIONAL_SEQUENCE_LSTM", [X, None, *[X] * 8, X], [X], {}, "it has peepholes"),
]


@pytest.mark.parametrize("case", CASES, ids=[f"{case[0]}: {case[4]}" for case in CASES])
def test_the_reason_is_told(case: Any) -> None:
    kind, inputs, outputs, options, reason = case
    operation = Operation(kind, tuple(inputs), tuple(outputs), options, layer="3 here")
    given = tuple(dict.fromkeys(t for t in inputs if t is not None and t.data is None))
    with pytest.raises(ModelRefused) as caught:
        plan(Graph(given, tuple(outputs), (operation,)))
    assert "3 here: " in str(caught.value)
    assert reason in str(caught.value)
