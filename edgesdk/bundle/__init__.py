"""The .edge format: manifest, archive, signing, limits."""

from __future__ import annotations

from .archive import Bundle, SignedManifest, read_bundle, write_bundle
from .manifest import Golden, Manifest, Part, Provenance, Requirements, Tolerance

__all__ = [
    "Bundle",
    "Golden",
    "Manifest",
    "Part",
    "Provenance",
    "Requirements",
    "SignedManifest",
    "Tolerance",
    "read_bundle",
    "write_bundle",
]
