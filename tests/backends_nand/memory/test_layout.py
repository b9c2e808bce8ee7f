"""The same model on several designs: every page has a die, and the numbers of a check are true."""

from __future__ import annotations

import gc
import weakref

import numpy as np
import pytest

from edgesdk_backends.nand.memory.in_ram import RamMemory, laid_out
from edgesdk_backends.nand.memory.layout import kind_of, kinds_of, model_layout, pages_by_die
from edgesdk_backends.nand.opening import in_ram, on_host
from edgesdk_backends.nand.quantise.model_file import ModelFile
from tests.backends_nand.device.models_in_ram import content_of, design
from tests.decoder.models import random_model

PRESETS = ("cambricon-s", "cambricon-m", "cambricon-l", "aif", "lincoln", "ufs-4.0", "nvme")


@pytest.mark.parametrize("preset", PRESETS)
def test_a_check_counts_the_pages_that_the_layout_has(preset: str) -> None:
    shape = ModelFile.of(content_of(random_model(3, ternary=False), "w8a8")).shape
    device = design(preset)
    layout = model_layout(device, shape)
    by_die = np.zeros((device.channels, device.cores_per_channel), np.int64)
    for placed in layout.placed.values():
        np.add.at(by_die, (placed.placement.channel, placed.placement.core), 1)
    assert np.array_equal(by_die, pages_by_die(device, kinds_of(shape)))
    assert by_die.sum() == layout.count


def test_kinds_are_all_matrices() -> None:
    shape = ModelFile.of(content_of(random_model(3, ternary=False, layers=3), "w4a16")).shape
    counted = dict(kinds_of(shape))
    assert sum(counted.values()) == len(list(shape.matrices()))
    assert counted[kind_of(shape.head)] == 1


def test_closed_memory_holds_no_pages() -> None:
    file = ModelFile.of(content_of(random_model(3, ternary=False), "w8a8"))
    layout = model_layout(design(), file.shape)
    data = laid_out(file, layout)
    pages = weakref.ref(data)
    memory = RamMemory(file, layout, data)
    del data
    memory.close()
    memory.close()
    gc.collect()
    assert pages() is None


def test_dies_without_cores_leave_every_page_to_the_reader() -> None:
    shape = ModelFile.of(content_of(random_model(3, ternary=False), "w8a8")).shape
    layout = model_layout(design("nvme"), shape)
    assert all(placed.placement.by_npu.all() for placed in layout.placed.values())


@pytest.mark.parametrize("weights", ["w8a8", "w4a16", "ternary"])
@pytest.mark.parametrize("preset", ["cambricon-s", "cambricon-l", "nvme"])
def test_pages_give_the_logits_of_numpys_integers(preset: str, weights: str) -> None:
    model = random_model(7, ternary=weights == "ternary", tied=False)
    content = content_of(model, weights)
    tokens = np.array([1, 5, 2, 9, 33], np.int32)
    with in_ram(content, design(preset), None, 4) as pages, on_host(content, None, 4) as host:
        assert np.array_equal(pages.prefill(tokens, every=True), host.prefill(tokens, every=True))
        assert np.array_equal(pages.decode(3), host.decode(3))
