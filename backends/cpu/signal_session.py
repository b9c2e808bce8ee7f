"""A session on our own executor of the TFLite-Micro signal operators."""

from __future__ import annotations

from edgesdk.backend import Arrays
from edgesdk.session import BaseSession
from edgesdk.tensors import TensorSpec

from .signal import SignalGraph


class SignalSession(BaseSession):
    """Inputs and outputs go by their order in the model, under the specs' names.

    Some signal operators keep state from frame to frame (the noise estimate of spectral
    subtraction); a new session starts afresh.
    """

    def __init__(
        self, content: bytes, inputs: tuple[TensorSpec, ...], outputs: tuple[TensorSpec, ...]
    ) -> None:
        super().__init__(inputs, outputs)
        self._graph = SignalGraph(content)
        self._in = [(s.name, g.name) for s, g in zip(inputs, self._graph.inputs, strict=True)]
        self._out = [(s.name, g.name) for s, g in zip(outputs, self._graph.outputs, strict=True)]

    def _run(self, arrays: Arrays) -> Arrays:
        results = self._graph.run({inner: arrays[name] for name, inner in self._in})
        return {name: results[inner] for name, inner in self._out}
