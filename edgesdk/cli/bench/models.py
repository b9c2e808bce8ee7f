"""The models of ``edgesdk bench``: installed ones, bundles, and source models, opened in place."""

from __future__ import annotations

import hashlib
import shlex
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

import edgesdk

from ...backend import Device, Session
from ...bench import DECLARED, Figure
from ...bundle import Bundle
from ...errors import UsageError
from ..opening import open_bundle
from ..output import Output

_ASKED = "what the bundle asks for, which may hold an allowance"
_IN_PLACE = "EDGE-0208"  # of a device that runs installed models only


@dataclass(frozen=True)
class Opens:
    """A model on a device: how it opens, and what is known of it."""

    name: str
    version: str
    open: Callable[[], Session]
    frontend: Mapping[str, Any] | None = None
    known: Mapping[str, Figure] = field(default_factory=dict)
    made_from: Mapping[str, str] = field(default_factory=dict)


class Models:
    """What the user named, each read or compiled once. ``stack`` keeps it open.

    ``compiled``: whether anything was compiled in this process.
    """

    def __init__(self, out: Output, stack: ExitStack) -> None:
        self._out, self._stack = out, stack
        self._bundles: dict[tuple[str, str], Bundle] = {}
        self.compiled = False

    def made_for(self, what: str) -> str | None:
        """The target of a bundle; None for what goes to any device."""
        return self._bundle(what, "").manifest.target if is_bundle(what) else None

    def on(self, what: str, device: Device) -> Opens:
        """A model on a device, compiled for it where it is a source model."""
        if not is_bundle(what) and not is_source(what):
            return _installed(what, device)
        source = not is_bundle(what)
        bundle = self._bundle(what, device.info.target if source else "")
        m = bundle.manifest
        return Opens(
            m.name,
            m.version,
            lambda: _open(bundle, what, device),
            m.frontend,
            {
                f"needs_{kind}": Figure(size, "B", DECLARED, _ASKED)
                for kind, size in m.requirements.memory.items()
            },
            {
                "file": what,
                "source": m.provenance.source,
                "source_sha256": m.provenance.source_sha256,
                "compiler": m.provenance.compiler,
                "manifest_sha256": _digest(bundle),
            },
        )

    def _bundle(self, what: str, target: str) -> Bundle:
        """The bundle of that name, or the source model compiled for a target."""
        if (what, target) not in self._bundles:
            made = edgesdk.compile(what, target) if target else None
            if made is not None:
                self.compiled = True
                self._out.note(f"{what} is compiled for {target}, and deployed to nothing")
            self._bundles[what, target] = self._stack.enter_context(made or open_bundle(what))
        return self._bundles[what, target]


def is_bundle(what: str) -> bool:
    """Whether a bundle's file is meant."""
    return what.endswith(".edge")


def is_source(what: str) -> bool:
    """Whether a source model is meant; installed models have no dots or slashes."""
    return not is_bundle(what) and ("/" in what or "." in what)


def _installed(name: str, device: Device) -> Opens:
    found = {model.name: model for model in device.models()}.get(name)
    if found is None:
        return Opens(name, "?", lambda: device.open(name))
    made_from = {"manifest_sha256": found.manifest_sha256}
    return Opens(name, found.version, lambda: device.open(name), made_from=made_from)


def _open(bundle: Bundle, what: str, device: Device) -> Session:
    """In place, or the installed model that was deployed from the same bundle.

    Raises ``UsageError`` (EDGE-0208).
    """
    try:
        return device.open_bundle(bundle)
    except UsageError as error:
        if error.id != _IN_PLACE:
            raise
    name, digest = bundle.manifest.name, _digest(bundle)
    if any(m.name == name and m.manifest_sha256 == digest for m in device.models()):
        return device.open(name)
    raise _not_in_place(bundle, what, device)


def _not_in_place(bundle: Bundle, what: str, device: Device) -> UsageError:
    address, name = device.info.address, bundle.manifest.name
    file = what if is_bundle(what) else f"{name}.edge"
    compiled = ["edgesdk", "compile", what, "--target", device.info.target, "--output", file]
    commands = [] if is_bundle(what) else [shlex.join(compiled)]
    commands.append(shlex.join(["edgesdk", "deploy", file, "--device", address]))
    return UsageError(
        f"{address} runs installed models only, and {name} of {what} is not installed there",
        evidence=f"installed: {', '.join(m.name for m in device.models()) or 'none'}",
        next_step="Install it, then give bench the same file, or the name: " + "; ".join(commands),
        code=8,
    )


def _digest(bundle: Bundle) -> str:
    return hashlib.sha256(bundle.signed.data).hexdigest()
