"""Where a model that is to be opened lies: in a slot, or in a bundle's file."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

import edgesdk
from edgesdk.errors import DoesNotFit, VerificationMismatch
from edgesdk.store import ModelStore, Source, bundled_source, stored_source
from tests.models.variants import scale_onnx
from tests.store.samples import NAME, sample


def content(source: Source, *, hashed: bool = True) -> bytes:
    """What lies where the model is said to lie."""
    with source.located(hashed=hashed) as (descriptor, offset, size):
        return os.pread(descriptor, size, offset)


def test_the_weights_of_a_slot_are_where_they_are_said_to_be(installed: ModelStore) -> None:
    source = installed.load(NAME, stored_source)
    assert content(source) == sample(1).contents["model.bin"] == source.read(source.model)


@pytest.mark.parametrize("name", ["model.bin", "golden.npz"])
def test_rot_in_a_slot_is_found_where_it_is_asked_for(installed: ModelStore, name: str) -> None:
    """Of every part: a model is opened with all that stands beside it."""
    stored = installed.load(NAME, lambda stored: stored)
    path = stored.folder / name
    path.write_bytes(b"x" + path.read_bytes()[1:])
    with pytest.raises(VerificationMismatch) as caught:
        content(stored_source(stored))
    assert caught.value.id == "EDGE-0752"
    assert content(stored_source(stored), hashed=False)[1:] == sample(1).contents["model.bin"][1:]


def test_the_weights_of_a_bundle_are_where_they_are_said_to_be(
    user_folder: Path, installed: ModelStore
) -> None:
    with edgesdk.compile(scale_onnx(user_folder, 2), "cpu") as bundle:
        source = bundled_source(bundle)
        assert content(source) == bundle.read_part(source.model)
        assert source.digest != stored_source(installed.load(NAME, lambda found: found)).digest


def test_a_bundle_without_a_model_part_is_refused(installed: ModelStore) -> None:
    source = installed.load(NAME, stored_source)
    other = replace(source.manifest.parts[0], role="data")
    manifest = replace(source.manifest, parts=(other, *source.manifest.parts[1:]))
    with pytest.raises(DoesNotFit, match="no model") as caught:
        content(replace(source, manifest=manifest))
    assert caught.value.id == "EDGE-0931"
