"""Runs models in LiteRT: for answers, and for what every tensor holds on the way."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
from ai_edge_litert.interpreter import Interpreter, OpResolverType
from numpy.typing import NDArray

Array = NDArray[np.float32]

REFERENCE, DEFAULT = OpResolverType.BUILTIN_REF, OpResolverType.AUTO
_SAMPLES = 256  # of a tensor, from each clip


def answers(content: bytes, features: Array, kernels: OpResolverType = REFERENCE) -> Array:
    """features [clips, frames, mels] -> scores [clips, classes]."""
    model = Interpreter(model_content=content, experimental_op_resolver_type=kernels, num_threads=1)
    model.allocate_tensors()
    (source,), (result,) = model.get_input_details(), model.get_output_details()
    found = []
    for clip in features:
        model.set_tensor(source["index"], clip[None])
        model.invoke()
        found.append(model.get_tensor(result["index"])[0])
    return np.stack(found)


def sample(content: bytes, features: Array) -> dict[str, Array]:
    """What the tensors of a float32 model hold, by name: the ends of each clip, and a sample."""
    model = Interpreter(
        model_content=content,
        experimental_op_resolver_type=REFERENCE,
        experimental_preserve_all_tensors=True,
    )
    model.allocate_tensors()
    (source,) = model.get_input_details()
    tensors = [t for t in model.get_tensor_details() if t["dtype"] == np.float32 and t["name"]]
    held: dict[str, list[Array]] = defaultdict(list)
    generator = np.random.default_rng(0)
    for clip in features:
        model.set_tensor(source["index"], clip[None])
        model.invoke()
        for tensor in tensors:
            values = model.get_tensor(tensor["index"]).ravel()
            some = generator.choice(values, min(_SAMPLES, len(values)), replace=False)
            held[tensor["name"]] += [some, values.min(keepdims=True), values.max(keepdims=True)]
    return {name: np.concatenate(parts) for name, parts in held.items()}
