"""Reading source models, one file per format."""

from __future__ import annotations

from .source import SourceModel, read_source

__all__ = ["SourceModel", "read_source"]
