"""The lines of a fit report about what runs a model: is each component there, and which version?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from packaging.specifiers import SpecifierSet

from .backend import Fit
from .bundle import Manifest


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
