"""Why a node test case is not applicable: a group for each reason, by what the library says."""

from __future__ import annotations

from tests.peers.node_cases import Outcome

# The first that matches counts: (an id of edgesdk or part of onnxruntime's message, the group).
_GROUPS = [
    ("EDGE-0271", "A sequence or an optional goes in or out: a bundle has tensors only"),
    ("EDGE-0272", "A type of less than 8 bits, or float8e8m0, goes in or out: numpy has no array"),
    ("Unsupported model IR version", "The case's IR version is newer than onnxruntime"),
    ("guarantees", "The case's opset is newer than onnxruntime"),
    ("ai.onnx.preview", "A training or preview operator, which onnxruntime lacks"),
    ("NOT_IMPLEMENTED", "onnxruntime has no kernel for the operator with these types"),
    ("INVALID_GRAPH", "onnxruntime refuses the graph"),
    ("Type Error", "onnxruntime refuses the graph"),
    ("Exception during initialization", "onnxruntime refuses the operator's settings"),
    ("training_dropout", "The expected output is random"),
    ("the answer differs", "onnxruntime's answer differs by more than the case's tolerance"),
]


def group(name: str, library: Outcome, ours: Outcome) -> str:
    """The reason why a case that does not pass does not."""
    evidence = f"{ours.error_id} {name} {library.why}"
    return next((reason for key, reason in _GROUPS if key in evidence), "onnxruntime fails on it")
