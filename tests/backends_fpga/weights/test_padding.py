"""Sizes that are no multiples of 16: zeros fill them up, and nobody sees them in a result."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from edgesdk.decoder.config import ADJACENT, RELU2
from edgesdk.decoder.reference import Reference
from edgesdk_backends.fpga.driver.patience import CHECKED, NATIVE, NUMPY
from edgesdk_backends.fpga.driver.resident import register_shape
from edgesdk_backends.fpga.weights import layout
from edgesdk_backends.fpga.weights.axes import Axis, laid_out
from edgesdk_backends.fpga.weights.index_code import port_bytes, weights_of
from edgesdk_backends.fpga.weights.reader import ModelFile
from tests.backends_fpga.device.opened import drawn, greedy, opened, packed
from tests.decoder.models import random_model

# Of bitnet_b1_58-xl, 2048 and 5460 with 32 heads of 64, the smallest: 5460 is 4 more than 16 * 341.
MODELS: dict[str, dict[str, Any]] = {
    "intermediate": {"hidden": 64, "intermediate": 164},
    "hidden": {"hidden": 72, "heads": 4, "head_size": 16, "sub_norms": False},
    "heads": {"hidden": 64, "heads": 8, "kv_heads": 4, "activation": RELU2},
    "adjacent pairs": {"hidden": 96, "heads": 4, "head_size": 18, "pairing": ADJACENT},
    "all": {"hidden": 100, "heads": 5, "kv_heads": 1, "intermediate": 273, "tied": False},
}
TOKENS = drawn(24)


def small(name: str, seed: int = 7) -> Any:
    return random_model(seed, **MODELS[name])


@pytest.mark.parametrize("name", MODELS)
def test_it_computes_what_the_reference_does(name: str) -> None:
    """With means of the padded sizes the difference would be 0.028 at the least."""
    model = small(name)
    wanted = Reference(model).prefill(TOKENS, every=True)
    with opened(packed(model)) as session:
        found = session.prefill(TOKENS, every=True)
    assert (found - wanted).std() < 0.025 * wanted.std()


@pytest.mark.parametrize("name", MODELS)
def test_it_continues_as_the_reference_does(name: str) -> None:
    """Every token is the reference's likeliest too, or within what roundings move."""
    model, reference = small(name), Reference(small(name))
    with opened(packed(model)) as session:
        tokens = greedy(session, TOKENS[:5], 16)
    logits, same = reference.prefill(TOKENS[:5]), 0
    for token in tokens:
        same += int(token == logits.argmax())
        assert logits[token] > logits.max() - 0.1 * logits.std()
        logits = reference.decode(token)
    assert same >= 14


@pytest.mark.parametrize("head", ["fabric", "host"])
def test_all_engines_give_the_same_bits(head: str) -> None:
    content = packed(small("all"))
    found = []
    for engine in (NATIVE, CHECKED, NUMPY):
        with opened(content, engine, head=head) as session:
            found.append(session.prefill(TOKENS, every=True))
    assert np.array_equal(found[0], found[1])
    assert np.array_equal(found[0], found[2])


def test_means_and_scores_are_divided_by_the_model_s_own_sizes() -> None:
    content = packed(small("all"))
    shape = layout.decode_header(content[:4096], len(content))
    assert (shape.hidden, shape.intermediate, shape.head_size) == (112, 288, 32)
    registers = register_shape(shape, 16, fabric_head=True).registers()
    assert (registers["hidden"], registers["intermediate"]) == (112, 288)
    assert (registers["head_size"], registers["heads"]) == (32, 5)
    assert registers["inverse_hidden"] == 1 / 100
    assert registers["inverse_intermediate"] == 1 / 273
    assert registers["inverse_width"] == 1 / 100
    assert registers["attention_scale"] == 20**-0.5


def test_norms_rotations_and_embedding_end_in_zeros(tmp_path: Any) -> None:
    model = small("all")
    path = tmp_path / "accelerator.bin"
    path.write_bytes(packed(model))
    with path.open("rb") as opened_file:
        file = ModelFile(opened_file.fileno(), 0, path.stat().st_size)
    layer = model.weights.layer(0)
    parameters = file.floats("parameters")[: 2 * 112 + 5 * 32 + 288]
    first, width, second, inner = np.split(parameters, np.cumsum([112, 160, 112]))
    assert np.array_equal(first[:100], layer.attention_norm)
    assert np.array_equal(width.reshape(5, 32)[:, :20].reshape(-1), layer.attention_sub_norm)
    assert np.array_equal(inner[:273], layer.ffn_sub_norm)
    assert np.array_equal(file.embedding()[:, :100], model.weights.embedding())
    turned = file.floats("rotations").reshape(-1, 32)
    assert np.array_equal(
        np.hypot(turned[:, 0:20:2], turned[:, 1:20:2]).round(5), np.ones((64, 10))
    )
    for rest in (first[100:], second[100:], width.reshape(5, 32)[:, 20:], inner[273:]):
        assert rest.size
        assert not rest.any()
    assert not file.embedding()[:, 100:].any()
    assert not turned[:, 20:].any()
    file.close()


def test_the_sizes_of_bitnet_xl() -> None:
    """One of its 24 layers: every matrix that it has, with zeros around it."""
    model = random_model(1, hidden=2048, intermediate=5460, heads=32, kv_heads=32, layers=1,
                         vocabulary=32, half=True)  # fmt: skip
    content = packed(model)
    shape = layout.decode_header(content[:4096], len(content))
    assert (shape.hidden, shape.intermediate, shape.real_intermediate) == (2048, 5472, 5460)
    down = model.weights.layer(0).down.codes  # type: ignore[union-attr]
    size = port_bytes(2048, 5472)
    streams = np.stack(
        [
            np.frombuffer(content, np.uint8, section.size, section.offset)[-size:]
            for name, section in layout.sections(shape).items()
            if name.startswith("weights_")
        ]
    )
    found = weights_of(streams, 2048, 5472)
    assert np.array_equal(found[:, :5460], down)
    assert not found[:, 5460:].any()
    with opened(content) as session:
        found = session.prefill(TOKENS[:3] % 32)
    wanted = Reference(model).prefill(TOKENS[:3] % 32)
    assert np.abs(found - wanted).max() < 0.1 * wanted.std()
    assert found.argmax() == wanted.argmax()


def test_what_is_a_multiple_already_is_not_copied() -> None:
    values = np.ones((32, 48), np.int8)
    assert laid_out(values, Axis(32), Axis(16, 3)) is values


def test_each_group_has_its_own_zeros() -> None:
    values = np.arange(1, 13).reshape(2, 6)
    found = laid_out(values, Axis(3, 2))
    assert found.shape == (2, 32)
    assert found[:, [0, 1, 2, 16, 17, 18]].tolist() == values.tolist()
    assert np.count_nonzero(found) == 12
    assert laid_out(values, Axis(2), Axis(6)).shape == (16, 16)
