"""Ranges of versions as PEP 440 writes them, such as ``>=1.17,<2``: what a bundle asks of a device.

``===`` and a ``*`` after anything but the numbers of a release are not read; pre-releases count as
versions like others. Tests hold this against the packaging package, which a board need not have.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

_VERSION = re.compile(
    r"""\s* v? (?:(?P<epoch>[0-9]+)!)? (?P<release>[0-9]+(?:\.[0-9]+)*)
    (?:[-_.]?(?P<phase>alpha|beta|preview|pre|rc|a|b|c)(?:[-_.]?(?P<pre>[0-9]+))?)?
    (?P<post>-(?P<bare>[0-9]+)|[-_.]?(?:post|rev|r)(?:[-_.]?(?P<named>[0-9]+))?)?
    (?P<dev>[-_.]?dev(?:[-_.]?(?P<draft>[0-9]+))?)?
    (?:\+(?P<local>[a-z0-9]+(?:[-_.][a-z0-9]+)*))? \s*""",
    re.VERBOSE | re.IGNORECASE | re.ASCII,
)
_CLAUSE = re.compile(r"(~=|==|!=|<=|>=|<|>)\s*(.+)", re.DOTALL)
_FAMILY = re.compile(r"v?((?:[0-9]+!)?[0-9]+(?:\.[0-9]+)*)\.\*", re.IGNORECASE | re.ASCII)
_PHASES = {"a": 0, "alpha": 0, "b": 1, "beta": 1, "c": 2, "rc": 2, "pre": 2, "preview": 2}
_DRAFT, _FINAL = -1, 3  # phases besides: of a version with ``dev`` alone, and of a release
_NEVER = -1  # no ``post``
_LONGEST = 256  # characters of a version


@dataclass(frozen=True, order=True)
class Version:
    """A version; the fields are in the order in which they are compared."""

    epoch: int
    release: tuple[int, ...]  # without zeros at its end
    phase: tuple[int, int]
    post: int
    dev: float  # infinite where there is none
    local: tuple[tuple[bool, int, str], ...] = ()  # numbers come after texts

    @property
    def early(self) -> bool:
        """Whether it comes before the release that it is named for."""
        return self.phase[0] != _FINAL or self.dev != math.inf

    @property
    def first_draft(self) -> Version:
        """The first of what comes early of this release, or of this ``post``."""
        phase = (_DRAFT, 0) if self.post == _NEVER else self.phase
        return replace(self, phase=phase, dev=0)

    @property
    def public(self) -> Version:
        """The same without its local part."""
        return replace(self, local=())


def parse(text: str) -> Version | None:
    """The version that a text is, or None."""
    found = _VERSION.fullmatch(text) if len(text) <= _LONGEST else None
    if not found:
        return None
    part = found.groupdict()
    post = int(part["bare"] or part["named"] or 0) if part["post"] else _NEVER
    dev = int(part["draft"] or 0) if part["dev"] else math.inf
    if part["phase"]:
        phase = _PHASES[part["phase"].lower()], int(part["pre"] or 0)
    else:
        phase = (_DRAFT if dev != math.inf and post == _NEVER else _FINAL), 0
    release = _without_zeros([int(number) for number in part["release"].split(".")])
    return Version(int(part["epoch"] or 0), release, phase, post, dev, _local(part["local"]))


def is_range(text: str) -> bool:
    """Whether a text is a range; an empty one is, and holds every version."""
    return all(_is_clause(clause) for clause in _clauses(text))


def contains(text: str, version: str) -> bool:
    """Whether a valid range holds a version; a text that is no version is in none."""
    found = parse(version)
    return found is not None and all(_holds(clause, found) for clause in _clauses(text))


def _clauses(text: str) -> Iterator[str]:
    return (clause.strip() for clause in text.split(",") if clause.strip())


def _is_clause(clause: str) -> bool:
    split = _CLAUSE.fullmatch(clause)
    if not split:
        return False
    operator, text = split.groups()
    if operator in {"==", "!="} and _FAMILY.fullmatch(text):
        return True
    limit = parse(text)
    if limit is None or (operator == "~=" and "." not in _release_text(text)):
        return False
    return not limit.local or operator in {"==", "!="}


def _holds(clause: str, version: Version) -> bool:
    split = _CLAUSE.fullmatch(clause)
    assert split is not None
    operator, text = split.groups()
    if operator == "!=":
        return not _holds(f"=={text}", version)
    if family := _FAMILY.fullmatch(text):
        return _in_family(family[1], version)
    limit = parse(text)
    assert limit is not None
    if operator == "~=":
        family_text = _release_text(text).rpartition(".")[0]
        return version.public >= limit and _in_family(f"{limit.epoch}!{family_text}", version)
    if operator == "==":
        return (version if limit.local else version.public) == limit
    return _ordered(operator, version, limit)


def _ordered(operator: str, version: Version, limit: Version) -> bool:
    """Below and above leave out what is merely early, late or local of the limit's own release."""
    if operator == "<=":
        return version.public <= limit
    if operator == ">=":
        return version.public >= limit
    if operator == "<":
        return version < (limit if limit.early else limit.first_draft)
    late = replace(version, post=_NEVER, dev=math.inf, local=())
    return version > limit and limit not in {late, version.public}


def _in_family(text: str, version: Version) -> bool:
    epoch, _, release = text.rpartition("!")
    wanted = [int(number) for number in release.split(".")]
    have = [*version.release, *[0] * len(wanted)][: len(wanted)]
    return version.epoch == int(epoch or 0) and have == wanted


def _release_text(text: str) -> str:
    found = _VERSION.fullmatch(text)
    return found["release"] if found else ""


def _without_zeros(release: list[int]) -> tuple[int, ...]:
    while len(release) > 1 and release[-1] == 0:
        release.pop()
    return tuple(release)


def _local(text: str | None) -> tuple[tuple[bool, int, str], ...]:
    parts = re.split(r"[-_.]", text.lower()) if text else []
    return tuple((p.isdigit(), int(p) if p.isdigit() else 0, p * (not p.isdigit())) for p in parts)
