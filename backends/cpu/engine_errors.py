"""What an inference library raises, as errors of ours."""

from __future__ import annotations

from edgesdk.errors import ModelRefused, UsageError


def refused(library: str, error: Exception) -> ModelRefused:
    """The library would not load the model (EDGE-0217)."""
    return ModelRefused(f"{library} does not load the model", evidence=_first_line(error), code=17)


def failed(error: Exception) -> UsageError:
    """The library loaded the model, and failed to run it (EDGE-0215)."""
    return UsageError("The model failed on these inputs", evidence=_first_line(error), code=15)


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0][:400]
