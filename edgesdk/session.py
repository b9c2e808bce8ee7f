"""What every session shares: inputs checked, closed once, usable in a ``with`` block."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from typing import Any, final

import numpy as np

from .backend import Arrays
from .errors import InputMismatch, UsageError
from .tensors import Array, InputChecker, TensorSpec, type_of


class BaseSession(ABC):
    """A session whose subclass only computes.

    A subclass sets up in ``__init__``, and gives ``_run`` (checked arrays in, arrays by output name
    out) and, where it holds something, ``_close``.
    """

    def __init__(self, inputs: tuple[TensorSpec, ...], outputs: tuple[TensorSpec, ...]) -> None:
        self.inputs = inputs
        self.outputs = outputs
        self._check = InputChecker(inputs)
        self._closed = False
        self._behind = ExitStack()

    def run(self, inputs: Mapping[str, Any], out: Mapping[str, Array] | None = None) -> Arrays:
        """Run once; see ``edgesdk.backend.Session.run``."""
        if self._closed:
            raise closed()
        arrays = self._check(inputs)
        wanted = {} if out is None else _checked_out(out, self.outputs)
        if wanted:
            if _overlap(arrays, wanted):  # an engine may read an input after it wrote an output
                return BaseSession._run_into(self, arrays, wanted)
            return self._run_into(arrays, wanted)
        return self._run(arrays)

    @final
    def close(self) -> None:
        """Free the model. Safe to call twice. A subclass has ``_close`` for what it holds."""
        if not self._closed:
            self._closed = True
            with self._behind:
                self._close()

    def also_close(self, close: Callable[[], None]) -> None:
        """Let this be called when the session has closed, whatever came of that; now, if it has."""
        if self._closed:
            close()
        else:
            self._behind.callback(close)

    def __enter__(self) -> BaseSession:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    @abstractmethod
    def _run(self, arrays: Arrays) -> Arrays:
        """Compute: checked arrays in, arrays by output name out."""

    def _run_into(self, arrays: Arrays, out: Mapping[str, Array]) -> Arrays:
        """Write some outputs into given arrays; by a copy, where the engine has no better way."""
        results = self._run(arrays)
        for name, array in out.items():
            if results[name].shape != array.shape:
                raise _wrong_out(name, f"shape {list(results[name].shape)}")
            array[...] = results[name]
        return {**results, **out}

    def _close(self) -> None:
        return


def closed() -> UsageError:
    """The error of a session that is used after ``close`` (EDGE-0207)."""
    return UsageError("The session is closed", next_step="Open the model again", code=7)


def closed_device() -> UsageError:
    """The error of a device that is used after ``close`` (EDGE-0207)."""
    return UsageError("The device is closed", next_step="Connect to it again", code=7)


def _checked_out(out: Mapping[str, Array], specs: tuple[TensorSpec, ...]) -> Mapping[str, Array]:
    known = {spec.name: spec for spec in specs}
    if not isinstance(out, Mapping):
        raise InputMismatch(
            f"The output arrays must be a mapping by name, got {type_of(out)}",
            evidence=f"the model gives {', '.join(map(repr, known))}",
            next_step=f"Call session.run(inputs, {{{next(iter(known), '')!r}: array}})",
            code=11,
        )
    for name, array in out.items():
        spec = known.get(name)
        if spec is None:
            raise _wrong_out(name, "no output of that name")
        if not isinstance(array, np.ndarray):
            raise _wrong_out(name, "a numpy array")
        if array.dtype != spec.numpy_dtype or not array.flags.c_contiguous:
            raise _wrong_out(name, f"C-contiguous {spec.numpy_dtype}")
        if not array.flags.writeable:
            raise _wrong_out(name, "a writeable array")
        if any(np.may_share_memory(array, out[other]) for other in out if other != name):
            raise _wrong_out(name, "memory that no other output has")
    return out


def _overlap(arrays: Arrays, out: Mapping[str, Array]) -> bool:
    return any(np.may_share_memory(a, b) for a in arrays.values() for b in out.values())


def _wrong_out(name: str, want: str) -> InputMismatch:
    return InputMismatch(
        f"The array given for output {name!r} cannot take it", evidence=f"wanted: {want}", code=11
    )
