"""The keyword model on the Cortex-M33, layer by layer: ``make bench`` prints the instructions."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from edgesdk_backends.mcu.planner import plan
from edgesdk_backends.mcu.planner.tflite_graph import read_graph
from tests.backends_mcu.kernels import m33
from tests.backends_mcu.kernels.networks import Spec, numbers

PEER = 1.74  # cycles for each MAC: the best published stack for this model on a Cortex-M


def test_keyword_model_layer_by_layer(data: Path, tmp_path: Path) -> None:
    planned = plan(read_graph((data / "mlperf-tiny" / "kws_ref_model.tflite").read_bytes()))
    machine = m33.Machine(m33.build(tmp_path))
    given = numbers(np.random.default_rng(1), Spec(planned.inputs[0].shape))
    _, counted = machine.run(planned.content, [given])
    print("\n  instructions        MACs  per MAC  layer")
    for layer, count in zip(planned.layers, machine.records, strict=True):
        each = f"{count / layer.macs:7.2f}" if layer.macs else "      -"
        print(f"{count:14,} {layer.macs:11,}  {each}  {layer.kernel} {layer.name[:50]}")
    whole = sum(counted.values())
    print(f"{whole:14,} {planned.macs:11,}  {whole / planned.macs:7.2f}  all")
    print(
        f"RAM {planned.arena} bytes, {planned.arena / planned.lower_bound - 1:.1%} over the bound;"
    )
    print(f"the best published stack: about {PEER} cycles (not instructions) for each MAC")
    assert whole / planned.macs <= 1.6
