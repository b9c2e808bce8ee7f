"""Whether a bundle fits this CPU: engine, versions, operators, memory, storage."""

from __future__ import annotations

import platform
from collections.abc import Iterable, Iterator
from contextlib import suppress
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from edgesdk.backend import Fit, target_fit
from edgesdk.bundle import Manifest
from edgesdk.errors import MissingExtra
from edgesdk.fit import memory_fits, no_firmware, runtime_fits
from edgesdk.onnx_runtime import import_onnxruntime
from edgesdk.store.space import free_storage

from .engines import DECODER, LITERT, ONNXRUNTIME, SIGNAL
from .memory import free_memory
from .signal import supports

_DISTRIBUTIONS = {ONNXRUNTIME: ("onnxruntime",), LITERT: ("ai-edge-litert", "tflite-runtime")}
SIGNAL_VERSION = DECODER_VERSION = "1.0"


@cache
def versions() -> dict[str, str]:
    """The version of every engine that is installed.

    By distribution, which needs no import; a vendor's build under another name is asked itself.
    """
    found = {SIGNAL: SIGNAL_VERSION, DECODER: DECODER_VERSION, "python": platform.python_version()}
    for engine, distributions in _DISTRIBUTIONS.items():
        for distribution in distributions:
            with suppress(PackageNotFoundError):
                found.setdefault(engine, version(distribution))
    if ONNXRUNTIME not in found:
        with suppress(MissingExtra):
            found[ONNXRUNTIME] = str(import_onnxruntime().__version__)
    return found


def memory(store: Path) -> dict[str, int]:
    """Bytes of main memory and of the store's file system that are free now."""
    return {"ram": free_memory(), "storage": free_storage(store)}


def rows(manifest: Manifest, store: Path) -> Iterator[Fit]:
    """Every line about the model itself."""
    yield target_fit(manifest, "cpu")
    yield from runtime_fits(
        manifest,
        versions(),
        "one engine",
        absent="not installed",
        remedies=dict.fromkeys(_DISTRIBUTIONS, "install it with: pip install 'edgesdk[cpu]'"),
    )
    yield from memory_fits(manifest, memory(store), {"ram": _ram_note(manifest)})
    yield _operators(manifest)
    yield from no_firmware(manifest, "a CPU")


def _ram_note(manifest: Manifest) -> str:
    if DECODER in manifest.requirements.runtime:
        return "modelled: weights, a cache for 512 tokens, and the engine"
    return "modelled: engine + twice the model"


def _operators(manifest: Manifest) -> Fit:
    operators = manifest.requirements.operators
    lacking = sorted(_lacking(manifest, operators))
    have = f"lacks {', '.join(lacking[:5])}" if lacking else "all"
    return Fit("operators", f"{len(operators)} kinds", have, not lacking)


def _lacking(manifest: Manifest, operators: Iterable[str]) -> list[str]:
    runtime = manifest.requirements.runtime
    if ONNXRUNTIME in runtime:
        return [name for name in operators if not _onnxruntime_has(name)]
    if SIGNAL in runtime:
        return [] if supports(operators) else list(operators)
    return [name for name in operators if name.startswith("tflite:custom.")]


def _onnxruntime_has(operator: str) -> bool:
    """Whether it has a kernel for that version, or knows the operator as a function of others."""
    domain, name, since = (*operator.rsplit(":", 2), "", "")[:3]
    if not since.isdecimal():
        return False
    try:
        kernels, schemas = _onnxruntime_operators()
    except (MissingExtra, AttributeError):  # not installed (its own line), or built without lists
        return True
    key = ("" if domain == "ai.onnx" else domain, name)
    ranges = kernels.get(key, ())
    # A newest kernel's range is open upwards, so the schema says whether that version is known.
    return (*key, int(since)) in schemas and (
        not ranges or any(low <= int(since) <= high for low, high in ranges)
    )


@cache
def _onnxruntime_operators() -> tuple[
    dict[tuple[str, str], set[tuple[int, int]]], set[tuple[str, str, int]]
]:
    import_onnxruntime()
    from onnxruntime.capi import onnxruntime_pybind11_state as state

    kernels: dict[tuple[str, str], set[tuple[int, int]]] = {}
    for kernel in state.get_all_opkernel_def():
        kernels.setdefault((kernel.domain, kernel.op_name), set()).add(kernel.version_range)
    schemas = {(s.domain, s.name, s.since_version) for s in state.get_all_operator_schema()}
    return kernels, schemas
