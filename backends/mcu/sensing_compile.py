"""From a sensing description to a signed image for a microcontroller."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from edgesdk.backend import Answers, Arrays, Compiled, Seal
from edgesdk.bundle import Requirements, Tolerance
from edgesdk.errors import ModelRefused
from edgesdk.formats import SourceModel
from edgesdk.formats.xgboost import parse_xgboost
from edgesdk.native import lib
from edgesdk.sensing.description import Description, read
from edgesdk.sensing.feature_names import read_feature
from edgesdk.sensing.feature_tables import Settings
from edgesdk.sensing.forest_pack import pack
from edgesdk.sensing.models import Model, forest_model, plan_model
from edgesdk.sensing.program import Program, build
from edgesdk.sensing.stage_description import Stage
from edgesdk.sensing.streaming import OUTPUTS, HostSession, stream_specs

from . import announcement
from .fit import LAYER
from .interface import Interface, encode
from .planner import assemble, plan
from .planner.edges import int8_edges
from .planner.tflite_graph import read_graph

_MAGIC, _VERSION = b"EDSG", 1
_VECTORS, _SEED = 2, 20260101
_WINDOWS = 1.5  # of the longest window, in a golden vector


def compile_sensing(source: SourceModel, target: str) -> Compiled:
    """Pack the models, write the program, and run it here for the answers that the device gives."""
    description = read(source.content)
    models = {
        stage.model: _model(stage, description, source.files[stage.model], target)
        for stage in description.stages
    }
    program = build(description, models)
    return Compiled(
        parts=[],
        requirements=Requirements(
            memory={"ram": program.arena},
            runtime={"sensing": f"=={lib.EDGE_PROGRAM_FORMAT}"},
            firmware=">=0.1",
        ),
        inputs=stream_specs(description),
        outputs=OUTPUTS,
        reference=partial(_answers, program),
        options=_parts(description, models),
        notes=(_note(program, models),),
        seal=partial(_seal, program, target),
        samples=partial(_drawn, description),
    )


def _model(stage: Stage, description: Description, content: bytes, target: str) -> Model:
    suffix = Path(stage.model).suffix.lower()
    if suffix == ".json":
        trees = parse_xgboost(content, stage.model)
        return forest_model(pack(trees.best(), _bits(stage, description)).content)
    if suffix == ".forest":
        return forest_model(content)
    if suffix == ".tflite":
        return plan_model(_plan(content, stage.model))
    raise ModelRefused(
        f"The stage {stage.name!r} has a model of an unknown kind: {stage.model}",
        next_step="Name an XGBoost model (.json), a packed forest (.forest) or an int8 .tflite",
    )


def _bits(stage: Stage, description: Description) -> list[int]:
    """Fraction bits of the model's inputs: the features, then the facts."""
    stream = description.streams[stage.stream]
    settings = Settings(
        rate=stream.rate, window=stage.window, channels=stream.channels, **stage.settings
    )
    units = [1.0 / stream.step] * stream.channels
    features = [read_feature(name, settings, units).bits for name in stage.features]
    return features + [0] * len(stage.facts)


def _plan(content: bytes, name: str) -> bytes:
    planned = plan(int8_edges(read_graph(content)))
    interface = Interface(name, "0", planned.inputs, planned.outputs)
    return assemble(planned, encode(interface), [])


def _parts(description: Description, models: Mapping[str, Model]) -> dict[str, str]:
    """What ``check`` shows of each stage."""
    return {
        f"{LAYER}{number:03}": f"{stage.name}: {len(stage.features) or 'log-mel'} inputs, "
        f"{len(models[stage.model].content)} bytes of model"
        for number, stage in enumerate(description.stages)
    }


def _note(program: Program, models: Mapping[str, Model]) -> str:
    sizes = ", ".join(f"{name} {len(model.content)}" for name, model in models.items())
    return (
        f"Program: {len(program.content)} bytes of flash (models: {sizes}), {program.arena} bytes "
        "of RAM, all of it fixed"
    )


def _drawn(description: Description, count: int) -> list[Arrays]:
    """Noise that swells and fades, so that every stage has something to look at."""
    spans = [s.window / description.streams[s.stream].rate for s in description.stages]
    seconds = _WINDOWS * max(spans)
    random = np.random.default_rng(_SEED)
    return [
        {
            stream.name: _noise(random, round(seconds * stream.rate), stream.channels, number)
            for stream in description.streams
        }
        for number in range(min(count, _VECTORS))
    ]


def _noise(
    random: np.random.Generator, frames: int, channels: int, number: int
) -> NDArray[np.int16]:
    swell = 2.0 ** (10 + 4 * np.sin(np.arange(frames) / frames * (9 + 4 * number)))[:, None]
    made = np.rint(random.standard_normal((frames, channels)) * swell)
    whole = np.clip(made, -32768, 32767).astype(np.int16)
    return whole[:, 0] if channels == 1 else whole


def _answers(program: Program, samples: Sequence[Arrays]) -> Answers:
    with HostSession(program) as session:
        outputs = tuple(session.run(arrays) for arrays in samples)
    return Answers(outputs, "the sensing engine on the host", Tolerance())


def _seal(program: Program, target: str, seal: Seal) -> Sequence[tuple[str, str, bytes]]:
    description = program.description
    inputs = stream_specs(description)
    interface = Interface(
        seal.name, seal.version, inputs, OUTPUTS, sensing=dict(description.document)
    )
    return announcement.sealed(payload(program.content, encode(interface)), seal, target)


def payload(program: bytes, interface: bytes) -> bytes:
    """What stands in a model's image: the interface, then the program, each at a multiple of 16."""
    header = _MAGIC + struct.pack("<3I", _VERSION, len(interface), len(program))
    return header + interface + bytes(-len(interface) % 16) + program
