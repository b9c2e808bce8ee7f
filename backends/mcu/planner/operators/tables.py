"""Lowering of LOOKUP, which importers make of functions that TFLite does not have."""

from __future__ import annotations

from ..graph import Operation
from ..step import Step, lowers
from .lookups import step
from .operands import given, is_shape, is_type, known, need, only_output


@lowers("LOOKUP")
def lookup(operation: Operation) -> Step:
    """Input 1 has what each stored number of input 0 becomes, from -128 on."""
    source, target = given(operation, 0), only_output(operation)
    is_type(source, "int8")
    is_type(target, "int8")
    is_shape(target, source.shape)
    table = known(operation, 1, "table's numbers")
    need(table.shape == (256,), f"its table has {table.size} entries, not 256")
    return step(source, target, table)
