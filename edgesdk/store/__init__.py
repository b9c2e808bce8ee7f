"""The A/B model store of devices that have a file system. ``docs/store-format.md`` specifies it."""

from __future__ import annotations

from .files import MUTATIONS, Files
from .model import StoredModel
from .store import ModelStore

__all__ = ["MUTATIONS", "Files", "ModelStore", "StoredModel"]
