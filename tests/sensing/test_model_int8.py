"""The int8 form of the sound model: what the card says of it, and that it hears the same."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
from ai_edge_litert.interpreter import Interpreter, OpResolverType
from numpy.typing import NDArray

from edgesdk.formats import SourceModel, read_source
from edgesdk.sensing import frontend

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "models" / "sound"
FLOAT, INT8 = FOLDER / "sound.onnx", FOLDER / "sound_int8.tflite"

# Those that the microcontroller runtime has in integers, and its entrance and exit.
OPERATORS = set(
    "ADD BATCH_MATMUL CONCATENATION CONV_2D DEQUANTIZE FULLY_CONNECTED MAX_POOL_2D MEAN MUL PAD "
    "QUANTIZE RESHAPE RSQRT SOFTMAX STRIDED_SLICE SUB TRANSPOSE".split()
)

Array = NDArray[np.float32]


@pytest.fixture(scope="module")
def source() -> SourceModel:
    return read_source(INT8)


@pytest.fixture
def tools(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "tools"))


def features_of(audio: Array) -> Array:
    return frontend.apply(frontend.frontend_of(), audio)


def sounds(seeds: range) -> dict[str, Array]:
    """Features of each synthesised sound and seed."""
    from synthesise_sounds import SOUNDS, synthesise

    return {f"{name} {s}": features_of(synthesise(name, s)) for name in SOUNDS for s in seeds}


def litert(kernels: OpResolverType, content: bytes) -> Any:
    """features -> scores."""
    model = Interpreter(model_content=content, experimental_op_resolver_type=kernels)
    model.allocate_tensors()
    (given,), (result,) = model.get_input_details(), model.get_output_details()

    def run(features: Array) -> Array:
        model.set_tensor(given["index"], features)
        model.invoke()
        return np.array(model.get_tensor(result["index"]))

    return run


@pytest.fixture(scope="module")
def reference() -> Any:
    return litert(OpResolverType.BUILTIN_REF, INT8.read_bytes())


@pytest.fixture(scope="module")
def optimised() -> Any:
    return litert(OpResolverType.AUTO, INT8.read_bytes())


@pytest.fixture(scope="module")
def plain() -> Any:
    session = onnxruntime.InferenceSession(str(FLOAT), providers=["CPUExecutionProvider"])
    return lambda features: session.run(["scores"], {"features": features})[0]


def test_the_card_and_the_results_speak_of_this_file() -> None:
    content = INT8.read_bytes()
    shipped = json.loads((FOLDER / "results_int8.json").read_text())["shipped"]
    digest = hashlib.sha256(content).hexdigest()
    assert (shipped["sha256"], shipped["bytes"]) == (digest, len(content))
    card = (FOLDER / "README.md").read_text()
    assert digest in card and f"{len(content):,} bytes" in card


def test_it_carries_what_the_float_model_carries(source: SourceModel) -> None:
    entries = {entry.key: entry.value for entry in onnx.load(FLOAT).metadata_props}
    assert {key: source.metadata[key] for key in entries} == entries
    assert frontend.of_source(source) == frontend.frontend_of()
    original = read_source(FLOAT)
    assert (source.inputs, source.outputs) == (original.inputs, original.outputs)
    assert len(source.outputs[0].labels) == 10


def test_its_operators_are_those_that_the_results_count(source: SourceModel) -> None:
    assert {name.split(":")[1] for name in source.operators} == OPERATORS
    model = Interpreter(
        model_content=INT8.read_bytes(), experimental_op_resolver_type=OpResolverType.BUILTIN_REF
    )
    counts = Counter(detail["op_name"] for detail in model._get_ops_details())
    shipped = json.loads((FOLDER / "results_int8.json").read_text())["shipped"]
    assert dict(counts) == shipped["operators"]


def test_it_computes_in_integers() -> None:
    model = Interpreter(model_content=INT8.read_bytes())
    dtypes = Counter(np.dtype(d["dtype"]).name for d in model.get_tensor_details() if d["name"])
    assert set(dtypes) == {"float32", "int8", "int16", "int32"}
    assert dtypes["float32"] == 2  # the features and the scores


@pytest.mark.usefixtures("tools")
def test_hears_synthesised_sounds_as_the_float_model(
    reference: Any, optimised: Any, plain: Any
) -> None:
    for name, features in sounds(range(3)).items():
        wanted, given, fast = plain(features)[0], reference(features)[0], optimised(features)[0]
        assert given.argmax() == wanted.argmax() == fast.argmax(), name
        assert np.abs(given - wanted).max() < 0.06, name
        assert np.abs(given - fast).max() < 0.06, name


def test_nothing_that_a_microphone_gives_stops_it(reference: Any) -> None:
    """The square root wants numbers above zero, and the sums must not wrap."""
    generator = np.random.default_rng(0)
    loud = generator.choice([-1.0, 1.0], 80000).astype(np.float32)
    silent = np.zeros(80000, np.float32)
    half = np.where(np.arange(80000) < 40000, loud, silent)
    for features in (*map(features_of, (loud, silent, half)), wild(generator), -wild(generator)):
        scores = reference(features)
        assert abs(float(scores.sum()) - 1) < 0.03 and scores.min() >= 0


def wild(generator: np.random.Generator) -> Array:
    """Features far outside of what was measured."""
    return generator.normal(0, 100, (1, 128, 64)).astype(np.float32)


@pytest.mark.usefixtures("tools")
def test_quantising_twice_gives_the_same_bytes(plain: Any) -> None:
    from sound.int8.quantise import quantise
    from synthesise_sounds import SOUNDS, synthesise

    audio = np.stack([synthesise(name, 0) for name in SOUNDS])
    content = quantise(FLOAT, audio)
    assert quantise(FLOAT, audio) == content
    run = litert(OpResolverType.BUILTIN_REF, content)
    for features in map(features_of, audio):
        assert run(features).argmax() == plain(features).argmax()


def test_names_the_clips_that_it_learnt(reference: Any, data: Path, tools: None) -> None:
    """Not a measure of quality: a wrong file, front end or order of labels fails here."""
    from sound import data as clips_of

    clips = clips_of.load(data / "esc10", [1])
    found = [int(reference(features_of(audio)).argmax()) for audio in clips.audio]
    labels = read_source(INT8).outputs[0].labels
    right = [labels[i] == clips.labels[j] for i, j in zip(found, clips.targets, strict=True)]
    assert np.mean(right) > 0.9
