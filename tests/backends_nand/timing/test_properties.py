"""Which way a change moves the time, and how far it can at the most."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from itertools import product

import pytest

from edgesdk.predict.model import named_shape
from edgesdk_backends.nand.design.design import Design
from edgesdk_backends.nand.design.preset import preset_names, read_preset
from edgesdk_backends.nand.mapping.capacity import model_pages
from edgesdk_backends.nand.timing.slot import pace_of
from edgesdk_backends.nand.timing.token import TokenSchedule, token_schedule
from edgesdk_backends.nand.timing.token_traffic import traffic_of
from edgesdk_backends.nand.workload.decoder import FORMATS, workload
from edgesdk_backends.nand.workload.workload import Workload

CAMBRICON = ("cambricon-s", "cambricon-m", "cambricon-l")
MODELS = ("opt-6.7b", "opt-13b", "llama-2-70b", "bitnet-2b4t", "qwen3-30b-a3b", "mixtral-8x7b")


@lru_cache(maxsize=32)
def _work(model: str, weights: str) -> Workload:
    return workload(named_shape(model).shape, weights=weights)


def _gains(
    key: str, factor: float, presets: tuple[str, ...] = CAMBRICON, **others: object
) -> Iterator[float]:
    """How much faster each preset and model gets with another value of one parameter."""
    for preset, model, weights in product(presets, MODELS, FORMATS):
        design = replace(read_preset(preset).design, **others)  # type: ignore[arg-type]
        value = getattr(design, key) * factor
        after = replace(design, **{key: type(getattr(design, key))(value)})
        found = _work(model, weights)
        yield token_schedule(after, found, 1000).rate / token_schedule(design, found, 1000).rate


FASTER = [
    ("channel_mts", 2.0),
    ("channels", 2.0),
    ("read_us", 0.5),
    ("core_gmacs", 2.0),
    ("dram_gb_s", 2.0),
    ("cycle_ns", 0.5),
    ("npu_mhz", 2.0),
    ("npu_special_gops", 2.0),
]


@pytest.mark.parametrize("npu_helps", [True, False])
@pytest.mark.parametrize(("key", "factor"), FASTER)
def test_twice_as_good_is_never_slower_nor_more_than_twice_as_fast(
    key: str, factor: float, npu_helps: bool
) -> None:
    gains = list(_gains(key, factor, npu_helps=npu_helps))
    assert min(gains) >= 1 - 1e-9
    assert max(gains) <= 2 + 1e-9


def test_worse_is_slower() -> None:
    """A wider cache, more slices, a slower array."""
    for key, factor in (("cache_bytes", 2.0), ("slices", 2.0), ("read_us", 2.0)):
        gains = list(_gains(key, factor))
        assert max(gains) <= 1 + 1e-9
        assert min(gains) >= 0.5 - 1e-9


def test_every_part_matters_somewhere() -> None:
    """No parameter of time is read and then ignored."""
    for key, factor in (*FASTER[:6], ("chips", 2.0), ("page_bytes", 2.0), ("result_bytes", 2.0)):
        presets = (*CAMBRICON, "aif") if key == "core_gmacs" else CAMBRICON
        assert any(abs(gain - 1) > 1e-3 for gain in _gains(key, factor, presets)), key


def test_padding_can_make_more_chips_slower() -> None:
    """A tile of twice as many rows fills worse, and each die takes its commands: small matrices
    lose up to 17 %. Large models gain most of it; channels and NPU do not become more."""
    gains = list(_gains("chips", 2.0))
    assert 0.83 < min(gains) < 1
    assert 1.8 < max(gains) <= 2
    large = replace(read_preset("cambricon-s").design, chips=4)
    found = _work("llama-2-70b", "w8a8")
    small = read_preset("cambricon-s").design
    gain = token_schedule(large, found, 1000).rate / token_schedule(small, found, 1000).rate
    assert gain > 1.6


def test_commands_of_many_dies_set_the_slot() -> None:
    """64 dies of a channel take as long as a read of 30 us; with twice as many a slot takes twice
    as long, and small experts fill no more of it: up to 48 % slower, and no model is faster."""
    for preset in CAMBRICON:
        few = replace(read_preset(preset).design, chips=32)
        pace = pace_of(few, 8, 1)
        assert pace.slot_seconds == pace.bus_seconds == pytest.approx(30e-6, rel=0.2)
        gains = {}
        for model in MODELS:
            work = _work(model, "w8a8")
            after = token_schedule(replace(few, chips=64), work, 1000).rate
            gains[model] = after / token_schedule(few, work, 1000).rate
        assert min(gains, key=gains.__getitem__) == "qwen3-30b-a3b"
        assert 0.51 < gains["qwen3-30b-a3b"] < 0.56
        assert max(gains.values()) <= 1.01


def test_a_larger_buffer_may_choose_a_tile_that_fills_worse() -> None:
    """Fewer bytes on the channels, and more padding; of S, M and L none."""
    assert min(_gains("core_buffer_bytes", 2.0)) >= 1 - 1e-9
    design = replace(read_preset("cambricon-l").design, chips=16, channels=3, read_us=50.0)
    work = _work("llama-2-70b", "w4a16")
    small, large = (
        token_schedule(replace(design, core_buffer_bytes=size), work, 1000).rate
        for size in (2048, 4096)
    )
    assert 0.93 < large / small < 1


def test_larger_pages_are_bound_by_the_cores() -> None:
    """A core at the same rate takes longer than the array for 32 KB; and tiles fill worse: from
    24 % slower for experts of 768 rows to 1.46 times as fast."""
    gains = list(_gains("page_bytes", 2.0))
    assert 0.75 < min(gains) < 1
    assert 1.4 < max(gains) < 2


def test_shorter_results_change_the_tile() -> None:
    """The tile with the fewest bytes need not be the one with the least padding: up to 3 % slower
    with half the bytes of a result."""
    gains = list(_gains("result_bytes", 0.5))
    assert 0.97 < min(gains) < 1
    assert max(gains) > 1


@pytest.mark.parametrize(("preset", "weights"), list(product(preset_names(), FORMATS)))
def test_weights_and_bytes_add_up(preset: str, weights: str) -> None:
    """What the cores multiply and what passes to the NPU is all that a token uses."""
    design = read_preset(preset).design
    for model, slicing in product(MODELS, (True, False)):
        found = token_schedule(replace(design, slicing=slicing), _work(model, weights), 1000)
        token = found.workload.token_weights
        assert found.total("core_weights") + found.total("npu_weights") == token
        _check_traffic(found)


def _check_traffic(found: TokenSchedule) -> None:
    traffic, design, work = traffic_of(found), found.design, found.workload
    attention = work.layer_count * 2 * work.query_width * 1000
    assert traffic.core_macs + traffic.npu_macs == work.token_weights + attention
    read = traffic.core_bytes + traffic.npu_bytes
    assert read == pytest.approx(traffic.page_reads * design.page_bytes)
    assert read >= work.token_bytes * (1 - 1e-12)
    assert traffic.channel_bytes >= found.total("passed_bytes")
    cache = 2 * work.kv_width * 1001 * design.cache_bytes * work.layer_count
    passed = design.dram_passes * found.total("passed_bytes")
    assert traffic.dram_bytes == pytest.approx(cache + passed)
    assert traffic.seconds == pytest.approx(found.total("seconds"))
    moved = found.total("passed_bytes") + found.total("moved_bytes")
    assert traffic.channel_bytes == traffic.link_bytes == pytest.approx(moved)
    if design.link_gb_s:
        assert traffic.link_bytes / found.seconds <= design.link_gb_s * 1e9 * (1 + 1e-9)
    assert traffic.channel_bytes / found.seconds <= design.channels * design.channel_gb_s * 1e9


@pytest.mark.parametrize("npu_helps", [True, False])
def test_nothing_passes_a_link_faster_than_it_is(npu_helps: bool) -> None:
    """Inputs, results and pages of the NPU: a link of 1 MB/s sets the time of every token."""
    for preset, gigabytes in product((*CAMBRICON, "aif"), (0.001, 0.1)):
        values = {"npu_helps": npu_helps and preset != "aif", "link_gb_s": gigabytes}
        design = replace(read_preset(preset).design, **values)  # type: ignore[arg-type]
        found = token_schedule(design, _work("llama-2-7b", "w8a8"), 1000)
        share = traffic_of(found).link_bytes / (gigabytes * 1e9) / found.seconds
        assert (0.5 if gigabytes == 0.001 else 0) < share <= 1 + 1e-9


@pytest.mark.parametrize("preset", [*CAMBRICON, "aif", "lincoln"])
def test_dense_models_read_every_page_once(preset: str) -> None:
    """A token reads the pages that the model takes, no more and no fewer."""
    design = read_preset(preset).design
    for model in ("opt-6.7b", "llama-2-70b", "bitnet-2b4t"):
        found = token_schedule(design, _work(model, "w8a8"), 100)
        assert traffic_of(found).page_reads == model_pages(design, found.workload)


def test_no_channel_is_used_longer_than_there_is_time() -> None:
    for preset, model, weights in product(CAMBRICON, MODELS, FORMATS):
        design = read_preset(preset).design
        for slicing in (True, False):
            found = token_schedule(replace(design, slicing=slicing), _work(model, weights), 1000)
            for stage in found.stages:
                time = stage.time
                pages = time.pace.channel_seconds(time.npu_weights, time.npu_pages)
                busy = time.slots * time.pace.bus_seconds
                free = pages * (1 - time.pace.busy) if slicing else pages
                assert busy + free <= time.body_seconds * (1 + 1e-9) + time.flash_seconds * 1e-9


def test_a_longer_context_takes_the_cache_only(small: Design) -> None:
    found = _work("opt-6.7b", "w8a8")
    short, long = (token_schedule(small, found, context) for context in (500, 1500))
    bytes_more = 2 * found.kv_width * 1000 * found.layer_count
    assert long.seconds - short.seconds == pytest.approx(bytes_more / (small.dram_gb_s * 1e9))


def test_narrower_weights_are_faster() -> None:
    """By less than their bits: tiles, the head and the cache stay."""
    for preset in CAMBRICON:
        design = read_preset(preset).design
        rates = [
            token_schedule(design, _work("llama-2-70b", weights), 1000).rate
            for weights in ("w8a8", "w4a16", "ternary")
        ]
        assert 1.6 < rates[1] / rates[0] <= 2
        assert 1.6 < rates[2] / rates[1] <= 2
