"""The gate of a quantised model: exact, and honest about what quantising cost."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import pytest

import edgesdk
from edgesdk.bundle import Bundle, Tolerance
from edgesdk.decoder.weights import DecoderModel, Dense, Layer
from edgesdk.errors import DeviceReverted, EdgeError, InternalFault, VerificationMismatch
from edgesdk_backends.nand import golden as gate
from edgesdk_backends.nand.golden import EXECUTOR, QuantisedGolden
from edgesdk_backends.nand.memory.in_ram import RamMemory, laid_out
from edgesdk_backends.nand.memory.layout import model_layout
from edgesdk_backends.nand.npu import forward
from edgesdk_backends.nand.npu.page_products import PageProducts
from edgesdk_backends.nand.opening import in_ram, on_host
from edgesdk_backends.nand.quantise import model_writer
from edgesdk_backends.nand.quantise.model_file import ModelFile
from edgesdk_backends.nand.quantise.tables import tables
from edgesdk_backends.nand.session import NandSession
from tests.backends_nand.device.deployed import ADDRESS
from tests.backends_nand.device.models_in_ram import content_of, design
from tests.decoder.models import Changed, random_model

MODEL = random_model(22, ternary=False)
CONTENT = content_of(MODEL, "w8a8")
PROMPT = [{"tokens": np.array([1, 5, 2], np.int32)}]


def _golden(
    model: DecoderModel, content: bytes, pages: Callable[[], NandSession] | None = None
) -> QuantisedGolden:
    opened = pages or partial(in_ram, content, design(), None, 4)
    host = partial(on_host, content, None, 4)
    return QuantisedGolden(model, partial(ModelFile.of, content), opened, host)


def test_answers_are_those_of_numpys_integers() -> None:
    golden = _golden(MODEL, CONTENT)
    samples = golden.samples(2)
    answers = golden.answers(samples)
    assert answers.executor == EXECUTOR
    assert answers.tolerance == Tolerance()
    with golden.open_host() as session:
        for sample, output in zip(samples, answers.outputs, strict=True):
            assert np.array_equal(session.run(sample)["continuation"], output["continuation"])
    [note] = answers.notes
    assert "golden vectors are exact" in note
    assert "of 8 next tokens the same" in note


@pytest.mark.parametrize("cache", ["float16", "int8"])
@pytest.mark.parametrize("weights", ["w8a8", "w4a16", "ternary"])
@pytest.mark.parametrize("seed", [22, 23, 30])
def test_right_models_pass(seed: int, weights: str, cache: str) -> None:
    sizes = {"sub_norms": seed != 23, "layers": 3, "vocabulary": 2 if seed == 30 else 96}
    model = random_model(seed, ternary=weights == "ternary", **sizes)
    golden = _golden(model, content_of(model, weights, cache))
    assert len(golden.answers(golden.samples(1)).outputs) == 1


def _unscaled(quantise: Callable[[Any], Any], factor: float) -> Callable[[Any], Any]:
    def wrong(values: Any) -> Any:
        codes, scales = quantise(values)
        return codes, scales * np.float32(factor) if factor else np.ones_like(scales)

    return wrong


def _break(patch: pytest.MonkeyPatch, what: str) -> None:
    """A defect of the writer or of the forward pass, as somebody may make one."""
    swapped = {
        "key and value": {"query_key_value": ("query", "value", "key")},
        "query and key": {"query_key_value": ("key", "query", "value")},
        "gate and up": {"gate_up": ("up", "gate")},
    }
    if what in swapped:
        patch.setattr(model_writer, "PARTS", {**model_writer.PARTS, **swapped[what]})
    elif what.startswith("scales"):
        factor = 0.0 if what == "scales of 1" else 1.1
        for bits, quantise in model_writer.QUANTISERS.items():
            patch.setitem(model_writer.QUANTISERS, bits, _unscaled(quantise, factor))
    elif what == "pairs":
        right = forward.rotate
        patch.setattr(forward, "rotate", lambda x, at, turns, _: right(x, at, turns, "adjacent"))
    elif what == "activation":
        patch.setattr(forward, "activate", lambda gate, _: np.maximum(gate, 0))
    else:
        many = np.float32(1e-4) * (np.arange(512) % 7 + 1).astype(np.float32) ** 9
        patch.setattr(model_writer, "multipliers", lambda peaks, columns: many[: len(peaks)])


CODES, PASS = "EDGE-0776", "EDGE-0140"
BROKEN = [
    *((weights, "pairs", PASS) for weights in ("w8a8", "w4a16", "ternary")),
    *((weights, "activation", PASS) for weights in ("w8a8", "w4a16", "ternary")),
    *((weights, "key and value", CODES) for weights in ("w8a8", "w4a16", "ternary")),
    *((weights, "query and key", CODES) for weights in ("w8a8", "w4a16", "ternary")),
    *((weights, "gate and up", CODES) for weights in ("w8a8", "w4a16", "ternary")),
    *((weights, "scales of 1", CODES) for weights in ("w8a8", "w4a16")),
    *((weights, "scales by 1.1", CODES) for weights in ("w8a8", "w4a16")),
    ("w8a8", "smoothing", PASS),
]


@pytest.mark.parametrize(("weights", "what", "refusal"), BROKEN)
def test_a_wrong_quantiser_or_forward_pass_does_not_compile(
    monkeypatch: pytest.MonkeyPatch, weights: str, what: str, refusal: str
) -> None:
    _break(monkeypatch, what)
    model = random_model(22, ternary=weights == "ternary", kv_heads=4)
    with pytest.raises((VerificationMismatch, InternalFault)) as caught:
        _golden(model, content_of(model, weights)).answers(PROMPT)
    assert caught.value.id == refusal


def test_one_wrong_code_is_found() -> None:
    with ModelFile.of(CONTENT) as file:
        place = tables(file.shape)["layers.1.down.codes"].offset + 777
    damaged = bytearray(CONTENT)
    damaged[place] = (damaged[place] + 1) % 256
    with pytest.raises(VerificationMismatch) as caught:
        _golden(MODEL, bytes(damaged)).answers(PROMPT)
    assert caught.value.id == CODES
    assert "1 of 6144 of layers.1.down" in caught.value.evidence


def test_a_model_of_which_little_is_left_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gate, "MOST_APART", 0.01)
    with pytest.raises(EdgeError) as caught:
        _golden(MODEL, CONTENT).answers(PROMPT)
    assert caught.value.id == "EDGE-02269"


def test_the_note_is_of_logits_however_large() -> None:
    ours = [np.full((2, 3), 3e38, np.float32)]
    theirs = [np.array([[1e38, 2e38, 3e38]] * 2, np.float32)]
    with np.errstate(all="raise"):
        assert "1.581 standard deviations" in gate._note(ours, theirs)


def _grown(layer: Layer) -> Layer:
    """Its keys no float16 holds."""
    assert isinstance(layer.key, Dense)
    return replace(layer, key=Dense(layer.key.weights * np.float32(1e6)))


def test_keys_that_no_float16_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    model = replace(MODEL, weights=Changed(MODEL, _grown))
    golden = _golden(model, content_of(model, "w8a8"))
    with pytest.raises(VerificationMismatch) as caught:
        golden.samples(1)
    assert caught.value.id == "EDGE-0775"
    assert "cache=int8" in caught.value.next_step
    assert _golden(model, content_of(model, "w8a8", "int8")).samples(1)


def _with_one_bit_more() -> NandSession:
    """Its pages have one bit that the model's do not."""
    file = ModelFile.of(CONTENT)
    layout = model_layout(design(), file.shape)
    data = laid_out(file, layout)
    data[layout.placed["layers.0.down"].first, 3] ^= 0x40
    return NandSession(RamMemory(file, layout, data), None, 4)


def test_one_bit_of_a_page_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(gate.NOISE, "w8a8", 10.0)  # what floats can tell, or cannot
    with pytest.raises(VerificationMismatch) as caught:
        _golden(MODEL, CONTENT, _with_one_bit_more).answers(PROMPT)
    assert caught.value.id == "EDGE-0777"


def test_a_kernel_that_is_wrong_by_too_little_for_a_token_does_not_deploy(
    old: Bundle, monkeypatch: pytest.MonkeyPatch
) -> None:
    right = PageProducts.sums

    def wrong(products: PageProducts, matrix: str, x: Any) -> Any:
        found = right(products, matrix, x)
        found[:, ::97] += matrix == "layers.0.down"
        return found

    monkeypatch.setattr(PageProducts, "sums", wrong)
    with edgesdk.connect(ADDRESS) as device:
        with pytest.raises(DeviceReverted) as caught:
            edgesdk.deploy(old, device)
        assert device.models() == ()
    assert "EDGE-0777" in str(caught.value.__cause__)
    with edgesdk.connect(f"{ADDRESS}&results=round") as device:
        edgesdk.deploy(old, device)  # whose sums are not exact anyway


def test_pages_of_another_model_are_found() -> None:
    other = partial(in_ram, content_of(random_model(23, ternary=False), "w8a8"), design(), None, 4)
    with pytest.raises(InternalFault) as caught:
        _golden(MODEL, CONTENT, other).answers(PROMPT)
    assert caught.value.id == PASS
