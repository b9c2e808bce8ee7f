"""From a published file to text: every source format through compile, deploy and generate."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from gguf import GGMLQuantizationType as Type

from edgesdk.decoder.reference import Reference
from edgesdk.formats import read_source
from tests.formats.decoder import folder_builder, gguf_builder
from tests.models.llama2c_random import random_llama2c

from .conftest import Edge
from .error_ids import ROOT

STORY = ROOT / "models" / "story"
PROMPT = [1, 2, 3]


def _packed_folder(home: Path) -> Path:
    config = {**folder_builder.BITNET, "quantization_config": folder_builder.AUTO}
    content = folder_builder.tensors(sub_norms=folder_builder.SUB_NORMS, packed=True)
    return folder_builder.write(home / "packed", config, content)


def _master_folder(home: Path) -> Path:
    content = folder_builder.tensors(sub_norms=folder_builder.SUB_NORMS)
    return folder_builder.write(home / "masters", folder_builder.BITNET, content)


def _llama_folder(home: Path) -> Path:
    config = {**folder_builder.LLAMA, "quantization_config": folder_builder.PLAIN}
    content = folder_builder.tensors(packed=True, head=True)
    return folder_builder.write(home / "llama", config, content)


def _gguf(kind: Type, arch: str, home: Path) -> Path:
    return gguf_builder.write(home / f"{kind.name}.gguf", arch, gguf_builder.tensors(arch), kind)


def _llama2c(home: Path) -> Path:
    path = home / "small.bin"
    path.write_bytes(random_llama2c(seed=4))
    return path


SOURCES = {
    "packed": _packed_folder,
    "masters": _master_folder,
    "dividing-scale": _llama_folder,
    "tq1": lambda home: _gguf(Type.TQ1_0, "bitnet-b1.58", home),
    "tq2": lambda home: _gguf(Type.TQ2_0, "bitnet", home),
    "gguf-f16": lambda home: _gguf(Type.F16, "llama", home),
    "llama2c": _llama2c,
}


@pytest.mark.parametrize("source", SOURCES)
def test_tokens_of_every_format_are_the_references(edge: Edge, home: Path, source: str) -> None:
    path = SOURCES[source](home)
    made = edge("compile", path, "-t", "cpu", "-o", "m.edge", "--name", "m", "--json")
    assert made.code == 0, made.err
    assert made.json["executor"] == "the numpy reference"
    assert edge("deploy", "m.edge", "-d", "cpu:").code == 0
    tokens = ",".join(map(str, PROMPT))
    arguments = ["m", "--tokens", tokens, "-n", "12", "--temperature", "0", "--ignore-end"]
    done = edge("generate", *arguments, "-d", "cpu:", "--json")
    assert done.code == 0, done.err
    assert _tokens(done.json) == _greedy(path, 12)


def _tokens(document: dict[str, object]) -> list[int]:
    found = document["tokens"]
    assert isinstance(found, list)
    return found


def _greedy(path: Path, count: int) -> list[int]:
    model = read_source(path).decoder
    assert model is not None
    reference = Reference(model)
    logits, found = reference.prefill(PROMPT), []
    for _ in range(count):
        found.append(int(logits.argmax()))
        logits = reference.decode(found[-1])
    return found


def test_the_shipped_model_writes(edge: Edge) -> None:
    assert edge("compile", STORY, "-t", "cpu", "-o", "story.edge").code == 0
    assert edge("deploy", "story.edge", "-d", "cpu:").code == 0
    arguments = ["story", "Once upon a time", "-d", "cpu:", "-n", "60", "--seed", "1"]
    first = edge("generate", *arguments)
    assert first.code == 0, first.err
    assert len(first.out.split()) > 25
    assert edge("generate", *arguments).out == first.out
    assert edge("generate", *arguments, "--seed", "2").out != first.out


def test_inspect_tells_what_a_decoder_is(edge: Edge) -> None:
    shown = edge("inspect", STORY)
    assert "4 layers, 256 wide" in shown.out
    assert "512, tokenizer.json, no chat template" in shown.out
    assert edge("inspect", STORY, "--json").json["decoder"]["activation"] == "relu2"


def test_the_layout_of_i2s_is_an_option_of_compile(edge: Edge, home: Path) -> None:
    path = SOURCES["tq2"](home)
    for layout in ("128/32", "sideways"):
        refused = edge("compile", path, "-t", "cpu", "--option", f"i2s_layout={layout}")
        assert (refused.code, "[EDGE-02112]" in refused.err) == (2, True)


@pytest.mark.parametrize("target", ["mcu:cortex-m33"])
def test_another_target_says_what_it_does_not_run(edge: Edge, home: Path, target: str) -> None:
    refused = edge("compile", STORY, "-t", target)
    assert refused.code == 2
    assert "language model" in refused.err


def test_run_gives_the_continuation(edge: Edge, home: Path) -> None:
    path = SOURCES["llama2c"](home)
    assert edge("compile", path, "-t", "cpu", "-o", "m.edge").code == 0
    np.save("prompt.npy", np.array(PROMPT, np.int32))
    done = edge("run", "m.edge", "-d", "cpu:", "-i", "prompt.npy", "--json")
    assert done.json["outputs"]["continuation"]["data"] == _greedy(path, 16)
