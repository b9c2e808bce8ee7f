"""A session that takes raw samples: the front end runs first, then the model on its features."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..backend import Arrays, Session
from ..session import BaseSession
from ..tensors import Array
from .frontend import apply, audio_spec, feature_spec


class FrontEndSession(BaseSession):
    """Input ``audio``, float32[samples] in -1..1; outputs are the inner session's."""

    def __init__(self, inner: Session, frontend: Mapping[str, Any]) -> None:
        super().__init__((audio_spec(frontend),), inner.outputs)
        self._inner = inner
        self._frontend = frontend
        self._feature = feature_spec(frontend).name

    def __getattr__(self, name: str) -> Any:
        """What only some sessions have, such as figures that the host cannot measure."""
        return getattr(self.__dict__["_inner"], name)

    def _run(self, arrays: Arrays) -> Arrays:
        return self._inner.run(self._features(arrays))

    def _run_into(self, arrays: Arrays, out: Mapping[str, Array]) -> Arrays:
        return self._inner.run(self._features(arrays), out)

    def _features(self, arrays: Arrays) -> Arrays:
        return {self._feature: apply(self._frontend, arrays[self.inputs[0].name])}

    def _close(self) -> None:
        self._inner.close()
