"""A plan is proved by the device's own check before anybody gets it."""

from __future__ import annotations

import numpy as np
import pytest

from edgesdk.errors import ModelRefused
from edgesdk_backends.mcu.planner import plan
from edgesdk_backends.mcu.planner.graph import Graph, Operation, Tensor
from edgesdk_backends.mcu.planner.plan_file import decode
from edgesdk_backends.mcu.planner.proof import prove
from edgesdk_backends.mcu.planner.step import Step

from .hand_made import plan as hand_made
from .hand_made import with_word

STEPS = [Step("load", "the layer", {"bytes": 8})]


def test_a_good_plan_is_proved() -> None:
    prove(hand_made(), decode(hand_made()), STEPS)


def test_a_record_that_its_kernel_refuses_is_told_by_its_layer() -> None:
    content = with_word(hand_made(), 112, 1000)  # bytes to load, far more than there are
    with pytest.raises(ModelRefused) as caught:
        prove(content, decode(content), [Step("load", "the layer", {"bytes": 1000})])
    assert caught.value.id == "EDGE-0287"
    assert "the layer: the kernel load does not take its sizes" in caught.value.evidence
    assert "bytes 1000" in caught.value.evidence


def test_what_no_record_says_is_told_of_the_whole() -> None:
    with pytest.raises(ModelRefused) as caught:
        prove(with_word(hand_made(), 4, 2), decode(hand_made()), STEPS)
    assert caught.value.id == "EDGE-0288"
    assert "status 2" in caught.value.evidence


def test_names_too_long_to_travel_are_refused_when_planning() -> None:
    given, made = (Tensor(name * 9000, (4,), "int8", (0.5,), (0,)) for name in "xy")
    shape = Tensor("c", (1,), "int32", data=np.array([4], np.int32))
    graph = Graph((given,), (made,), (Operation("RESHAPE", (given, shape), (made,)),))
    with pytest.raises(ModelRefused) as caught:
        plan(graph)
    assert caught.value.id == "EDGE-0288"
    assert "at most 16384 travel" in caught.value.evidence
