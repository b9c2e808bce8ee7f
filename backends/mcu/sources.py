"""The planner's graph of a source model, by its format."""

from __future__ import annotations

from edgesdk.errors import ModelRefused
from edgesdk.formats import SourceModel

from .planner.graph import Graph


def graph_of(source: SourceModel) -> Graph:
    """Read an int8 network. Raises ``ModelRefused`` (EDGE-0290) for another format."""
    if source.format == "tflite":
        from .planner.tflite_graph import read_graph

        return read_graph(source.content)
    if source.format == "onnx":
        from .planner.onnx_graph import read_onnx_graph

        return read_onnx_graph(source.content)
    raise ModelRefused(
        f"{source.path.name} cannot be planned for a microcontroller",
        evidence="it is a language model"
        if source.decoder
        else f"its format is {source.format}; .tflite (int8) and .onnx (QDQ, int8) can",
        next_step="Compile it with --target cpu" if source.decoder else "",
        code=90,
    )
