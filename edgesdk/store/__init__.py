"""The A/B model store of devices that have a file system. ``docs/store-format.md`` specifies it."""

from __future__ import annotations

from .device import StoreDevice
from .files import MUTATIONS, Files
from .lock import FileLock
from .model import StoredModel
from .source import Source, bundled_source, stored_source
from .store import ModelStore

__all__ = [
    "MUTATIONS",
    "FileLock",
    "Files",
    "ModelStore",
    "Source",
    "StoreDevice",
    "StoredModel",
    "bundled_source",
    "stored_source",
]
