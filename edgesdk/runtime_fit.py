"""The lines of a fit report about memory by kind, and about what runs a model."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from packaging.specifiers import SpecifierSet

from .backend import Fit
from .bundle import Manifest


def memory_fits(
    manifest: Manifest,
    free: Mapping[str, int],
    notes: Mapping[str, str],
    remedies: Mapping[str, str] | None = None,
) -> Iterator[Fit]:
    """A line for each kind of memory that the bundle needs. ``free``: bytes by kind.

    ``notes``: what a kind is for; ``remedies`` follow them where it is not enough.
    """
    for kind, need in manifest.requirements.memory.items():
        have = free.get(kind, 0)
        remedy = "" if need <= have else (remedies or {}).get(kind, "")
        note = notes.get(kind, "") + remedy
        yield Fit(kind, f"{need} bytes", f"{have} bytes", need <= have, note)


def runtime_fits(
    manifest: Manifest,
    versions: Mapping[str, str],
    needed: str,
    *,
    absent: str = "none",
    remedy: str = "",
) -> Iterator[Fit]:
    """A line for each component that the bundle names; one that names none does not fit.

    ``versions``: of the components that are there. ``needed``: what a bundle should have named.
    ``absent``: how a component that is not there is told, and ``remedy`` what to do about it.
    """
    for component, wanted in manifest.requirements.runtime.items():
        have = versions.get(component)
        fits = have is not None and SpecifierSet(wanted, prereleases=True).contains(have)
        yield Fit(component, wanted, have or absent, fits, "" if have else remedy)
    if not manifest.requirements.runtime:
        yield Fit("engine", needed, "none named", False)
