"""The time line of a prediction, as a file that Perfetto and Chrome open."""

from __future__ import annotations

import json
from pathlib import Path

from ...bundle.atomic import replacing
from ...errors import UsageError
from ...predict import Question, Tracing
from ...registry import for_target


def write_trace(path: Path, question: Question) -> None:
    """Raises ``UsageError``: EDGE-02232 where the backend has no time line, EDGE-0249 where the
    file cannot be written; ``DoesNotFit`` (EDGE-0940) on a full disk."""
    backend = for_target(question.target)
    if not isinstance(backend, Tracing):
        raise UsageError(
            f"A prediction for {question.target} has no time line",
            evidence=f"backend: {backend.name}",
            next_step="Leave --trace out",
            code=232,
        )
    document = backend.trace(question)
    with replacing(path) as file:
        file.write(json.dumps(document, allow_nan=False, separators=(",", ":")).encode())
