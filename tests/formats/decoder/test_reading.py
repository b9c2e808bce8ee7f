"""Which reader a path goes to."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from edgesdk.errors import EdgeError, ModelRefused, UsageError
from edgesdk.formats import read_source
from edgesdk.formats.gguf.i2s import ARM
from tests.formats.decoder import folder_builder, gguf_builder


def test_one_of_each(tmp_path: Path) -> None:
    config, tensors = folder_builder.LLAMA, folder_builder.tensors(head=True)
    folder = folder_builder.write(tmp_path / "folder.gguf", config, tensors)
    assert read_source(str(folder)).format == "huggingface"
    path = gguf_builder.write(tmp_path / "m.GGUF", "llama", gguf_builder.tensors("llama"))
    source = read_source(path)
    assert (source.format, source.versions) == ("gguf", {"gguf": "3"})
    assert source.metadata == {"format": "gguf", "architecture": "llama"}


def test_a_part_of_a_folder_is_sent_to_its_folder(tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").write_bytes(b"")
    with pytest.raises(ModelRefused) as caught:
        read_source(tmp_path / "model.safetensors")
    assert "folder that holds this file" in caught.value.next_step


def test_a_layout_is_for_i2s_tensors_only(tmp_path: Path) -> None:
    folder = folder_builder.write(tmp_path / "m", folder_builder.LLAMA, {})
    for path in (folder, tmp_path / "m.bin", tmp_path / "m.onnx"):
        with pytest.raises(UsageError) as caught:
            read_source(path, i2s_layout=ARM)
        assert caught.value.id == "EDGE-02112"
    path = gguf_builder.write(tmp_path / "m.gguf", "llama", gguf_builder.tensors("llama"))
    for layout in ("nothing", ARM):
        with pytest.raises(UsageError) as caught:
            read_source(path, i2s_layout=layout)
        assert caught.value.id == "EDGE-02112"


def test_a_moved_model_is_read_from_where_it_was_opened(tmp_path: Path) -> None:
    path = gguf_builder.write(tmp_path / "m.gguf", "llama", gguf_builder.tensors("llama"))
    model = read_source(path).decoder
    assert model is not None
    shutil.move(path, tmp_path / "other.gguf")
    assert model.weights.final_norm().shape == (256,)


def test_pipes_and_folders_are_no_files(tmp_path: Path) -> None:
    import os

    os.mkfifo(tmp_path / "m.gguf")
    with pytest.raises(EdgeError) as caught:
        read_source(tmp_path / "m.gguf")
    assert caught.value.id == "EDGE-0210"
