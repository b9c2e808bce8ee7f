"""Importing ONNX's Resize: to the nearest pixel, or between the nearest."""

from __future__ import annotations

from typing import Any

import numpy as np

from .onnx_builder import numbers
from .onnx_handlers import imports
from .onnx_node import Node
from .onnx_values import IMAGE, Value, stored_shape

# How ONNX finds the place in the input, in TFLite's options.
_LINEAR: dict[bytes, dict[str, Any]] = {
    b"asymmetric": {"align_corners": False, "half_pixel_centers": False},
    b"half_pixel": {"align_corners": False, "half_pixel_centers": True},
    b"align_corners": {"align_corners": True, "half_pixel_centers": False},
}
_FLOORS = {(b"asymmetric", b"floor"), (b"half_pixel", b"round_prefer_floor")}


@imports("Resize")
def resize(node: Node) -> Value:
    """RESIZE_NEAREST_NEIGHBOR or RESIZE_BILINEAR of height and width."""
    value, shape = node.builder.image(node.value(0)), node.shape()
    node.require(shape[:2] == value.shape[:2], "it resizes batches or channels")
    factors = [new / old for new, old in zip(shape, value.shape, strict=True)]
    _check_scales(node, factors)
    usual = b"half_pixel" if node.builder.opset > 10 else b"asymmetric"
    places = node.attribute("coordinate_transformation_mode", usual)
    if places == b"pytorch_half_pixel" and min(shape[2:]) > 1:
        places = b"half_pixel"
    mode = node.attribute("mode", b"nearest")
    node.require(mode in {b"nearest", b"linear"}, f"its mode is {mode!r}")
    if mode == b"linear":
        node.require(places in _LINEAR, f"its places are {places!r}")
        kind, options = "RESIZE_BILINEAR", _LINEAR[places]
    else:
        _check_nearest(node, factors, places)
        kind, options = "RESIZE_NEAREST_NEIGHBOR", _LINEAR[b"asymmetric"]
    target = stored_shape(shape, IMAGE)
    inputs = [value.tensor, numbers(target[1:3])]
    return Value(node.builder.emit(kind, inputs, target, value.scheme, **options), shape, IMAGE)


def _check_nearest(node: Node, factors: list[float], places: bytes) -> None:
    """By whole factors, which ONNX's ways of rounding agree on."""
    node.require(
        all(factor == int(factor) for factor in factors),
        f"its factors {factors} are not whole numbers",
    )
    usual = b"round_prefer_floor" if node.builder.opset > 10 else b"floor"
    rounds = node.attribute("nearest_mode", usual)
    node.require((places, rounds) in _FLOORS, f"its modes are {places!r} and {rounds!r}")


def _check_scales(node: Node, factors: list[float]) -> None:
    """ONNX counts places by the scales that it is given, TFLite by the sizes."""
    node.require(not node.attribute("antialias", 0), "it has antialias")
    node.require("axes" not in node.attributes, "it names axes")
    policy = node.attribute("keep_aspect_ratio_policy", b"stretch")
    node.require(policy == b"stretch", "it keeps the aspect ratio")
    index = 2 if node.builder.opset > 10 else 1
    scales = node.constant(index).values.reshape(-1) if node.has(index) else np.array([])
    if scales.size:
        exact = bool(np.allclose(scales, factors, rtol=1e-6, atol=0))
        node.require(exact, f"its scales are {scales.tolist()}, and its sizes give {factors}")
