"""Reading a Hugging Face folder: BitNet, a ternary Llama, or a plain Llama in floats."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

from ...decoder.weights import DecoderModel
from ...errors import ModelRefused
from ..decoder_source import decoder_source
from ..files import read_whole
from ..json_file import parse_json
from ..other_kinds import advice_for_folder
from ..safetensors import LARGEST_HEADER, Safetensors, read_safetensors, read_sharded
from ..source import SourceModel
from .config import folder_config
from .vocabulary import folder_vocabulary
from .weights import HEAD, FolderWeights

LARGEST_CONFIG = 1 << 20  # bytes
_WHOLE, _INDEX = "model.safetensors", "model.safetensors.index.json"


def read_folder(path: Path | str) -> SourceModel:
    """Read the folder that ``save_pretrained`` writes or a model is published as.

    The hash is over the names and hashes of the files read. Raises ``ModelRefused`` (EDGE-0270,
    02100 to 02107, 02109 to 02111) and ``UsageError`` (EDGE-0210).
    """
    folder = Path(path)
    _check_folder(folder)
    content = read_whole(folder / "config.json", LARGEST_CONFIG)
    document = parse_json(content, "config.json")
    config = folder_config(document, "config.json")
    tensors = _tensors(folder)
    tied = config.tied if config.tied is not None else HEAD not in tensors
    decoder = config.decoder(tied=tied, name="config.json")
    weights = FolderWeights(tensors, decoder, config)
    weights.check()
    vocabulary, files = folder_vocabulary(folder, document, decoder.vocabulary)
    hashes = {name: hashlib.sha256(text).hexdigest() for name, text in files.items()}
    hashes["config.json"] = hashlib.sha256(content).hexdigest()
    hashes |= {file.name: file.sha256() for file in tensors.files}
    if not (folder / _WHOLE).exists():  # which shard holds a tensor matters too
        index = read_whole(folder / _INDEX, LARGEST_HEADER)
        hashes[_INDEX] = hashlib.sha256(index).hexdigest()
    model = DecoderModel(decoder, weights, vocabulary)
    return decoder_source(
        "huggingface", folder, _hash(hashes), model, {"linear layers": config.linear}
    )


def _check_folder(folder: Path) -> None:
    """Say what is missing before it is missed, and what else the folder might be."""
    if not (folder / "config.json").exists():
        raise _no_model(folder, "it has no config.json", advice_for_folder(folder))
    if not any((folder / name).exists() for name in (_WHOLE, _INDEX)):
        raise _no_model(
            folder,
            f"it has neither {_WHOLE} nor {_INDEX}",
            "Load it with transformers and save it with model.save_pretrained(FOLDER)",
        )


def _tensors(folder: Path) -> Safetensors:
    if (folder / _WHOLE).exists():
        return read_safetensors(folder / _WHOLE)
    return read_sharded(folder / _INDEX)


def _hash(hashes: Mapping[str, str]) -> str:
    lines = "".join(f"{digest}  {name}\n" for name, digest in sorted(hashes.items()))
    return hashlib.sha256(lines.encode()).hexdigest()


def _no_model(folder: Path, why: str, next_step: str) -> ModelRefused:
    return ModelRefused(
        f"{folder} is not the folder of a model", evidence=why, next_step=next_step, code=111
    )
