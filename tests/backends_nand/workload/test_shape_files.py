"""Files of sizes alone, and the ones that come with edgesdk."""

from __future__ import annotations

from pathlib import Path

import pytest

from edgesdk.errors import EdgeError
from edgesdk.predict.model import named_shape, read_subject, shape_names
from edgesdk.predict.shape import Experts

ROOT = Path(__file__).parents[3]
FILE = (ROOT / "edgesdk" / "shapes" / "qwen3-30b-a3b.toml").read_text()


def read(content: str, folder: Path) -> EdgeError:
    path = folder / "mine.toml"
    path.write_text(content)
    with pytest.raises(EdgeError) as caught:
        read_subject(str(path))
    return caught.value


def test_shapes_with_a_name() -> None:
    wanted = {"opt-6.7b", "opt-13b", "opt-30b", "opt-66b", "llama-2-7b", "llama-2-13b"}
    wanted |= {"llama-2-70b", "llama-3-8b", "mixtral-8x7b", "qwen3-30b-a3b", "bitnet-2b4t"}
    assert wanted <= set(shape_names())
    for name in shape_names():
        found = named_shape(name)
        assert found.name == found.shape.name == name
        assert found.ternary is name.startswith("bitnet")
        assert (found.config is None) is (not found.ternary)


def test_a_file_of_our_arithmetic_has_the_same_sizes_in_both_forms() -> None:
    found = named_shape("bitnet-2b4t")
    assert found.config is not None
    for size in ("layers", "hidden", "heads", "kv_heads", "head_size", "vocabulary", "context"):
        assert getattr(found.shape, size) == getattr(found.config, size)
    assert (found.shape.gated, found.shape.tied) == (True, True)


def test_what_a_file_of_sizes_may_say(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(FILE + "parallel = true\nwindow = 512\npositions = 7\n")
    shape = read_subject(str(path)).shape
    assert (shape.parallel, shape.window, shape.positions) == (True, 512, 7)
    plain = named_shape("qwen3-30b-a3b").shape
    assert (plain.parallel, plain.window, plain.positions) == (False, 0, 0)


def test_experts_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    more = "intermediate = 6144\nshared_intermediate = 99\ndense_layers = [0, 3]\nternary = true\n"
    path.write_text(FILE + more)
    found = read_subject(str(path))
    assert found.shape.experts == Experts(128, 8, 768, 99, (0, 3))
    assert (found.shape.intermediate, found.ternary) == (6144, True)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (FILE + "expert = 3\n", "unknown key 'expert'"),
        (FILE + 'activation = "silu"\n', "unknown key 'expert_intermediate'"),
        (FILE.replace("experts = 128\n", ""), "needs experts"),
        (FILE.replace("experts_per_token = 8\n", ""), "experts_per_token is missing"),
        (FILE + "dense_layers = [0.5]\n", "dense_layers are no list"),
        (FILE + "dense_layers = 3\n", "dense_layers are no list"),
        (FILE + "dense_layers = [3]\n", "intermediate is missing"),
        (FILE + "gated = 1\n", "gated is 1, and must be true or false"),
        (FILE + "positions = -1\n", "positions is -1"),
    ],
)
def test_a_file_that_is_none(content: str, why: str, tmp_path: Path) -> None:
    error = read(content, tmp_path)
    assert error.id == "EDGE-02193"
    assert why in error.evidence
    assert "experts" in error.next_step


@pytest.mark.parametrize(
    "content",
    [
        FILE.replace("experts = 128", "experts = 4"),
        FILE.replace("layers = 48", "layers = 1025"),
        FILE + "intermediate = 6144\ndense_layers = [48]\n",
        FILE + "intermediate = 6144\ndense_layers = [3, 3]\n",
    ],
)
def test_sizes_that_no_decoder_has(content: str, tmp_path: Path) -> None:
    assert read(content, tmp_path).id == "EDGE-02101"
