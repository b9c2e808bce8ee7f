"""Prompts: tokens share reads of pages, and nothing of the cores' work."""

from __future__ import annotations

from dataclasses import replace

import pytest

from edgesdk.predict.model import named_shape
from edgesdk_backends.nand.design.design import Design
from edgesdk_backends.nand.design.preset import preset_names, read_preset
from edgesdk_backends.nand.timing.attention import prompt_attention
from edgesdk_backends.nand.timing.prompt import prompt_schedule
from edgesdk_backends.nand.timing.slot import pace_of
from edgesdk_backends.nand.timing.token import token_schedule
from edgesdk_backends.nand.timing.token_traffic import traffic_of
from edgesdk_backends.nand.workload.decoder import workload
from edgesdk_backends.nand.workload.workload import Workload

SEVEN = workload(named_shape("llama-2-7b").shape)
MIXTRAL = workload(named_shape("mixtral-8x7b").shape)
THIRTY = workload(named_shape("qwen3-30b-a3b").shape)


@pytest.mark.parametrize("preset", preset_names())
def test_one_token_is_a_token(preset: str) -> None:
    """With one position in its cache."""
    design = read_preset(preset).design
    prompt, token = prompt_schedule(design, SEVEN, 1), token_schedule(design, SEVEN, 1)
    assert prompt.seconds == pytest.approx(token.seconds, rel=1e-9)
    assert traffic_of(prompt).page_reads == traffic_of(token).page_reads


@pytest.mark.parametrize("preset", preset_names())
def test_a_longer_prompt_takes_longer_but_each_token_less(preset: str) -> None:
    design = read_preset(preset).design
    lengths = (1, 4, 16, 64, 256)
    seconds = [prompt_schedule(design, SEVEN, n).seconds for n in lengths]
    assert seconds == sorted(seconds)
    each = [s / n for s, n in zip(seconds, lengths, strict=True)]
    assert each[-1] <= each[0] * 1.001


def test_no_prompt_is_faster_than_all_multipliers(small: Design) -> None:
    """32 cores at 0.8 and an NPU at 1024 G products a second."""
    for tokens in (8, 64, 512):
        found = prompt_schedule(small, SEVEN, tokens)
        products = (SEVEN.token_weights - SEVEN.vocabulary * SEVEN.hidden) * tokens
        assert found.seconds > products / ((32 * 0.8 + 1024) * 1e9)
        counted = traffic_of(found)
        attention = found.attention.macs * SEVEN.layer_count
        head = SEVEN.vocabulary * SEVEN.hidden
        assert counted.core_macs + counted.npu_macs == products + head + attention


def test_a_buffer_holds_the_inputs_and_sums_of_a_few_tokens(small: Design) -> None:
    """256 inputs and 64 sums of 4 bytes are 512 bytes of 2048: four tokens for each read."""
    assert pace_of(small, 8, 1, tokens=4).reads == 1
    assert pace_of(small, 8, 1, tokens=5).reads == 2
    assert pace_of(small, 8, 1, tokens=64).reads == 16
    large = replace(small, core_buffer_bytes=1 << 16)
    assert pace_of(large, 8, 1, tokens=64).reads == 1
    assert pace_of(small, 8, 1, tokens=4).slot_seconds == pytest.approx(4 * 16384 / 0.8e9)


def test_each_token_sees_those_before_it(small: Design) -> None:
    found = prompt_attention(small, SEVEN, 10)
    assert found.macs == 2 * SEVEN.query_width * 55
    assert found.read_bytes == 2 * SEVEN.kv_width * 10


def test_a_prompt_uses_nearly_all_experts(small: Design) -> None:
    """Of 8, 64 tokens with 2 each miss one with a chance of 1e-8."""
    found = prompt_schedule(small, MIXTRAL, 64)
    weights = found.total("core_weights") + found.total("npu_weights")
    assert weights == pytest.approx(MIXTRAL.stored_weights, rel=1e-7)


@pytest.mark.parametrize("preset", preset_names())
@pytest.mark.parametrize("work", [MIXTRAL, THIRTY], ids=lambda work: work.name)
def test_experts_multiply_for_the_tokens_that_chose_them(work: Workload, preset: str) -> None:
    """Exactly ``used`` experts for each token, whatever the length; and longer is never faster."""
    design, before = read_preset(preset).design, 0.0
    assert work.head is not None
    head = work.head.weights  # for the last token only
    for tokens in (*range(1, 20), 24, 31, 32, 33, 64, 100):
        found = prompt_schedule(design, work, tokens)
        counted = traffic_of(found)
        products = counted.core_macs + counted.npu_macs - found.attention.macs * work.layer_count
        assert products == pytest.approx(tokens * (work.token_weights - head) + head, rel=1e-12)
        assert found.seconds >= before
        before = found.seconds


def test_three_tokens_take_no_longer_than_three_passes() -> None:
    design = read_preset("cambricon-l").design
    decoded = sum(token_schedule(design, MIXTRAL, before).seconds for before in (1, 2, 3))
    assert prompt_schedule(design, MIXTRAL, 3).seconds < decoded
