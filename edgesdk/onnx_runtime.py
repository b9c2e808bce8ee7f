"""onnxruntime, imported so that it tells its makers nothing."""

from __future__ import annotations

import os
from typing import Any

from .errors import MissingExtra

# Read once, when the library is loaded. Without it, builds that have telemetry look up a server on
# the network and keep a database of their use in ~/.cache.
_SILENT = "ORT_DISABLE_TELEMETRY"


def import_onnxruntime() -> Any:
    """The library. Raises ``MissingExtra``. A value that the environment has stays as it is."""
    os.environ.setdefault(_SILENT, "1")
    try:
        import onnxruntime
    except ImportError:
        raise MissingExtra("onnxruntime", "cpu") from None
    return onnxruntime
