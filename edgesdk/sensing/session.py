"""A session that takes raw samples: the front end runs first, then the model on its features."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..backend import Arrays, Session
from ..session import BaseSession
from .frontend import apply, audio_spec, feature_spec


class FrontEndSession(BaseSession):
    """Input ``audio``, float32[samples] in -1..1; outputs are the inner session's."""

    def __init__(self, inner: Session, frontend: Mapping[str, Any]) -> None:
        super().__init__((audio_spec(frontend),), inner.outputs)
        self._inner = inner
        self._frontend = frontend
        self._feature = feature_spec(frontend).name

    def _run(self, arrays: Arrays) -> Arrays:
        features = apply(self._frontend, arrays[self.inputs[0].name])
        return self._inner.run({self._feature: features})

    def _close(self) -> None:
        self._inner.close()
