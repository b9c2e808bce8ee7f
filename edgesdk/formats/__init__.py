"""Reading source models, one file per format."""

from __future__ import annotations

from .reading import is_source, read_source
from .source import SourceModel

__all__ = ["SourceModel", "is_source", "read_source"]
