"""The operators that a runtime must have to run an ONNX model."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from ...errors import ModelRefused

if TYPE_CHECKING:
    from onnx import GraphProto, ModelProto, NodeProto, OperatorSetIdProto

_Opsets = Mapping[str, int]  # version by domain
_Key = tuple[str, str, str]  # domain, name, overload


def operators_of(model: ModelProto) -> tuple[str, ...]:
    """``domain:Name:since_version`` of each operator, sorted, without repeats.

    Operators inside subgraphs and model-local functions count; a call of such a function does not.
    An operator of a domain that the onnx package does not know has the imported opset's version.
    """
    functions = {(_domain(f.domain), f.name, f.overload) for f in model.functions}
    found = set(_operators(model.graph.node, _opsets(model.opset_import), functions))
    for function in model.functions:
        found.update(_operators(function.node, _opsets(function.opset_import), functions))
    return tuple(sorted(found))


def _operators(nodes: Iterable[NodeProto], opsets: _Opsets, local: set[_Key]) -> Iterator[str]:
    for node in nodes:
        domain = _domain(node.domain)
        if (domain, node.op_type, node.overload) not in local:
            yield f"{domain}:{node.op_type}:{_since(domain, node.op_type, opsets)}"
        for graph in _subgraphs(node):
            yield from _operators(graph.node, opsets, local)


def _subgraphs(node: NodeProto) -> Iterator[GraphProto]:
    for attribute in node.attribute:
        if attribute.HasField("g"):
            yield attribute.g
        yield from attribute.graphs


def _since(domain: str, name: str, opsets: _Opsets) -> int:
    """The opset version that brought the operator in the form that the model uses."""
    from onnx import defs

    if domain not in opsets:
        raise ModelRefused(
            f"The model uses operator {domain}:{name} without importing the domain's opset"
        )
    try:
        schema = defs.get_schema(name, opsets[domain], "" if domain == "ai.onnx" else domain)
    except defs.SchemaError:
        return opsets[domain]
    return schema.since_version


def _opsets(imports: Iterable[OperatorSetIdProto]) -> dict[str, int]:
    return {_domain(opset.domain): opset.version for opset in imports}


def _domain(name: str) -> str:
    return name or "ai.onnx"
