"""Reading source models, one file per format."""

from __future__ import annotations

from .reading import read_source
from .source import SourceModel

__all__ = ["SourceModel", "read_source"]
