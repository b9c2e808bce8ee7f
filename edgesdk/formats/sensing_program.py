"""A sensing description as a source model: ``NAME.json``, with its models in files beside it."""

from __future__ import annotations

import hashlib
from pathlib import Path

from ..errors import ModelRefused
from ..sensing.description import LARGEST, read
from ..sensing.streaming import OUTPUTS, stream_specs
from .files import read_whole
from .source import SourceModel

FORMAT = "sensing"
LARGEST_MODEL = 16 << 20  # bytes of one model's file


def read_sensing(path: Path) -> SourceModel:
    """Read a description, and the files that its stages name as their models.

    Raises ``ModelRefused`` (EDGE-0204, and EDGE-0270 for a file that is too large), ``UsageError``
    (EDGE-0210) where a file cannot be read.
    """
    content = read_whole(path, LARGEST_MODEL)
    if b'"learner"' in content[:4096] or len(content) > LARGEST:
        raise ModelRefused(
            f"{path.name} is not the description of a sensing program",
            evidence="an XGBoost model is one part of such a program",
            next_step="Write a description that names it: docs/sensing-program.md",
        )
    description = read(content)
    names = sorted({stage.model for stage in description.stages})
    files = {name: read_whole(_beside(path, name), LARGEST_MODEL) for name in names}
    digest = hashlib.sha256(content)
    for name in names:
        digest.update(hashlib.sha256(files[name]).digest())
    return SourceModel(
        format=FORMAT,
        path=path,
        sha256=digest.hexdigest(),
        content=content,
        inputs=stream_specs(description),
        outputs=OUTPUTS,
        operators=(),
        metadata={"edgesdk.name": description.name},
        files=files,
    )


def _beside(path: Path, name: str) -> Path:
    """A file in the description's own folder, and in no other."""
    if Path(name).name != name or name.startswith(".") or not name.isprintable():
        raise ModelRefused(
            f"{path.name} names a model that is not a file beside it", evidence=repr(name[:100])
        )
    return path.parent / name
