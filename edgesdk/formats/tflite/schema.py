"""The tables of a TFLite file that edgesdk reads, with their field numbers.

From the schema of TensorFlow Lite, version 3:
https://github.com/tensorflow/tensorflow/blob/master/tensorflow/compiler/mlir/lite/schema/schema.fbs
"""

from __future__ import annotations

from ..flatbuffer import Forbidden, Scalar, String, Table, Tables, Union, Vector

_BYTE, _INT, _LONG = Scalar(1), Scalar(4), Scalar(8)
_BYTES, _INTS, _LONGS = Vector(1), Vector(4), Vector(8)

_VALUES = Table({0: _INTS})  # Int32Vector
_ARRAYS = {1: _VALUES, 2: Table({0: Vector(2)}), 3: Table({0: _BYTES})}

_DIMENSION = Table(
    {0: _BYTE, 1: _INT, 2: _BYTE, 3: Union(2, _ARRAYS), 4: _BYTE, 5: Union(4, _ARRAYS)}
)
_SPARSITY = Table({0: _INTS, 1: _INTS, 2: Tables(_DIMENSION)})
_CUSTOM_QUANTISATION = Table({0: _BYTES})
_QUANTISATION = Table(
    {
        0: _INTS,  # minima, float32
        1: _INTS,  # maxima, float32
        2: _INTS,  # scales, float32
        3: _LONGS,  # zero points, int64
        4: _BYTE,
        5: Union(4, {1: _CUSTOM_QUANTISATION}),
        6: _INT,  # axis
    }
)
_VARIANT = Table({0: _INTS, 1: _BYTE, 2: _BYTE})
_TENSOR = Table(
    {
        0: _INTS,  # shape
        1: _BYTE,  # type
        2: _INT,  # buffer
        3: String(),
        4: _QUANTISATION,
        5: _BYTE,  # is variable
        6: _SPARSITY,
        7: _INTS,  # shape signature
        8: _BYTE,  # has rank
        9: Tables(_VARIANT),
    }
)

# Fields of operator options that hold the index of a subgraph, by the options' number in the unions
# BuiltinOptions and BuiltinOptions2.
SUBGRAPH_FIELDS = {
    16: (0,),  # CallOptions
    92: (0, 1),  # IfOptions: then, else
    93: (0, 1),  # WhileOptions: condition, body
    103: (0,),  # CallOnceOptions
}
SUBGRAPH_FIELDS_2 = {
    6: (1,),  # StablehloReduceOptions
    7: (6,),  # StablehloScatterOptions
    13: (5,),  # StablehloReduceWindowOptions
    14: (2,),  # StablehloSortOptions
    15: (0, 1),  # StablehloWhileOptions: condition, body
    21: (1,),  # StableHLOCompositeOptions
}
# Options without which a runtime does not know what the operator does, by operator.
NEEDED_OPTIONS = {
    "IF": 92,
    "WHILE": 93,
    "CALL_ONCE": 103,
    "VAR_HANDLE": 111,
    "SPLIT": 35,
    "SPLIT_V": 79,
    "PACK": 59,
    "UNPACK": 64,
}
# The field of those that says how many tensors the operator has: inputs if True, else outputs.
COUNT_FIELDS = {
    "SPLIT": (0, False),
    "SPLIT_V": (0, False),
    "PACK": (0, True),
    "UNPACK": (0, False),
}
# Fields with limits that LiteRT does not check: the options' kind, the field, and the limits.
LIMITED_FIELDS = {
    "LOCAL_RESPONSE_NORMALIZATION": (13, 0, 0, 65_535),  # the radius, in channels
}

_LIMITED = {kind: Table({field: _INT}) for kind, field, _, _ in LIMITED_FIELDS.values()}
_COUNTS = {NEEDED_OPTIONS[name]: Table({field: _INT}) for name, (field, _) in COUNT_FIELDS.items()}
_CALLS = {k: Table(dict.fromkeys(fields, _INT)) for k, fields in SUBGRAPH_FIELDS.items()}
_CALLS_2 = {k: Table(dict.fromkeys(fields, _INT)) for k, fields in SUBGRAPH_FIELDS_2.items()}
_OPERATOR = Table(
    {
        0: _INT,  # operator code
        1: _INTS,  # inputs
        2: _INTS,  # outputs
        3: _BYTE,
        4: Union(3, _CALLS | _COUNTS | _LIMITED),
        5: _BYTES,  # custom options
        6: _BYTE,
        7: _BYTES,  # mutating inputs
        8: _INTS,  # intermediates
        9: _LONG,  # offset of large custom options
        10: _LONG,  # and size
        11: _BYTE,
        12: Union(11, _CALLS_2),
        13: _INT,
    }
)
_OPERATOR_CODE = Table({0: _BYTE, 1: String(), 2: _INT, 3: _INT})
_SUBGRAPH = Table(
    {0: Tables(_TENSOR), 1: _INTS, 2: _INTS, 3: Tables(_OPERATOR), 4: String(), 5: _INT}
)
_BUFFER = Table({0: _BYTES, 1: _LONG, 2: _LONG})
_METADATA = Table({0: String(), 1: _INT})
_TENSOR_NAME = Table({0: String(), 1: _INT})
_SIGNATURE = Table({0: Tables(_TENSOR_NAME), 1: Tables(_TENSOR_NAME), 2: String(), 4: _INT})

MODEL = Table(
    {
        0: _INT,  # version
        1: Tables(_OPERATOR_CODE),
        2: Tables(_SUBGRAPH),
        3: String(),
        4: Tables(_BUFFER),
        5: _INTS,  # metadata buffers
        6: Tables(_METADATA),
        7: Tables(_SIGNATURE),
        # LiteRT would open whatever files these name.
        8: Forbidden("external buffers, which are data in other files"),
        9: Forbidden("external buffers, which are data in other files"),
    }
)
