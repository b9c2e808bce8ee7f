"""Any bytes in an XGBoost file end in a forest or in an EdgeError, soon and in little memory."""

from __future__ import annotations

import json
import math
import time
import tracemalloc
from copy import deepcopy
from functools import cache
from typing import Any

import numpy as np
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from edgesdk import EdgeError
from edgesdk.formats.xgboost import BoostedTrees, parse_xgboost
from edgesdk.sensing.forest_pack import pack
from tests.sensing.forest.models import content_of, drawn_values, trained

SECONDS = 5.0
BYTES = 16 * 1024 * 1024  # for files of some kilobytes
SETTINGS = settings(max_examples=200, suppress_health_check=[HealthCheck.too_slow])
NUMBERS: list[Any] = [
    -1, 0, 1, 2, 7, 2**15, 2**16, 2**31 - 1, 2**31, 2**32 - 1, 2**64, 10**400,
    0.5, -0.0, 1e-45, 1e38, 1e39, 1e308, math.inf, math.nan,
]  # fmt: skip
OTHERS: list[Any] = [
    None, True, "", "0", "[5E-1]", "9" * 30, "nan", [], {}, [[]], [0], {"a": 1}, "reg:logistic",
]  # fmt: skip


@cache
def seed() -> bytes:
    """A small model with something in each of its parts."""
    return content_of(trained(drawn_values(60), rounds=2, max_depth=3))


def settled(content: bytes) -> BoostedTrees | None:
    """The model, or nothing where it is refused; within the limits of time and memory."""
    tracemalloc.start()
    began = time.monotonic()
    try:
        model = parse_xgboost(content)
    except EdgeError as error:
        assert error.id in {"EDGE-0291", "EDGE-0292", "EDGE-0293"}
        model = None
    finally:
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert time.monotonic() - began < SECONDS
    assert peak < BYTES
    return model


def used(model: BoostedTrees) -> None:
    """What was read can be walked and packed, or the packer says why not."""
    if model.features > 1000:  # a row of more would be no use
        return
    values = np.zeros((2, model.features), np.int32)
    assert np.isfinite(model.margins(values.astype(np.float64))).all()
    try:
        assert len(pack(model, [8] * model.features, values).scores(values)) == 2
    except EdgeError as error:
        assert error.id == "EDGE-0985"


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The ways to everything in a JSON document."""
    inner = value.items() if isinstance(value, dict) else enumerate(value)
    found = []
    for key, entry in inner:
        found.append((*path, key))
        if isinstance(entry, (dict, list)):
            found += places(entry, (*path, key))
    return found


@SETTINGS
@given(st.data())
def test_values_changed(data: st.DataObject) -> None:
    document = json.loads(seed())
    for _ in range(data.draw(st.integers(1, 2))):
        *path, last = data.draw(st.sampled_from(places(document)))
        at = document
        for key in path:
            at = at[key]
        if data.draw(st.booleans()):
            at[last] = deepcopy(data.draw(st.sampled_from(NUMBERS + OTHERS)))
        else:
            del at[last]
    if model := settled(json.dumps(document).encode()):
        used(model)


@SETTINGS
@given(st.data())
def test_nodes_changed(data: st.DataObject) -> None:
    """In the lists of a tree only: cycles, features and thresholds of all kinds."""
    document = json.loads(seed())
    [tree, _] = document["learner"]["gradient_booster"]["model"]["trees"]
    keys = ["left_children", "right_children", "split_indices", "split_conditions"]
    for _ in range(data.draw(st.integers(1, 3))):
        entries = tree[data.draw(st.sampled_from(keys))]
        near = st.integers(-1, len(entries))
        at = data.draw(st.integers(0, len(entries) - 1))
        entries[at] = data.draw(st.one_of(near, st.sampled_from(NUMBERS)))
    if model := settled(json.dumps(document).encode()):
        used(model)


@SETTINGS
@given(st.data())
def test_bytes_changed(data: st.DataObject) -> None:
    content = bytearray(seed())
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(content) - 1))
        end = start + data.draw(st.sampled_from([0, 1, 1, 1, 8]))
        content[start:end] = data.draw(st.binary(max_size=4))
    if model := settled(bytes(content)):
        used(model)


@SETTINGS
@given(st.binary(max_size=200))
@example(b"")
@example(b"{")
@example(b"{L")
@example(b"[" * 100_000)
@example(b'{"learner":' * 100_000)
@example(b'{"learner":{"learner_model_param":{},"objective":{"name":"x"},"gradient_booster":{}}}')
def test_any_bytes(content: bytes) -> None:
    settled(content)
