"""The families of decoders whose ``config.json`` gives their sizes, as transformers 4 and 5 do.

A family is a row: the names of its keys, and what transformers takes where a key is absent. A key
that a row leaves out of its defaults must be there. Families that compress keys and values, or
mix attention with other layers, need another schedule and are not here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

SAME_AS_HEADS, FROM_HIDDEN = "as many as heads", "hidden / heads"


@dataclass(frozen=True)
class ExpertKeys:
    """``count``: names that the number of experts goes by. ``intermediate``: of one expert.

    ``shared``: the width of the shared expert; empty where the family has none. ``chosen``: whether
    a config may name layers without experts.
    """

    count: tuple[str, ...]
    intermediate: str
    defaults: Mapping[str, int]
    shared: str = ""
    chosen: bool = False


@dataclass(frozen=True)
class Family:
    """``kv_heads`` and ``head_size``: what holds where the key is absent, a number or a rule.

    ``kv_key``: of the key and value heads; empty where a family has as many as heads.
    ``multi_query``: whether the flag of that name means one key head. ``intermediate``: the key of
    the feed-forward width, which is ``widening`` times the hidden size where there is none.
    ``parallel``: whether feed-forward runs beside attention, or the flag that says so, and what it
    is by default. ``same_inside``: a key that must equal the hidden size where it is there.
    ``extra_positions``: rows of a learned table of positions beyond the context's; None where
    positions are not learned. ``window``: positions of sliding attention, where the key is absent;
    ``window_switch``: whether it needs ``use_sliding_window``.
    """

    kv_key: str = "num_key_value_heads"
    kv_heads: int | str = SAME_AS_HEADS
    head_size: int | str = FROM_HIDDEN
    context: int = 2048
    tied: bool = False
    gated: bool = True
    multi_query: bool = False
    intermediate: str = "intermediate_size"
    widening: int = 0
    parallel: bool | tuple[str, bool] = False
    same_inside: str = ""
    extra_positions: int | None = None
    experts: ExpertKeys | None = None
    window: int = 0
    window_switch: bool = False


_QWEN2_EXPERTS = ExpertKeys(
    ("num_experts",),
    "moe_intermediate_size",
    {
        "num_experts": 60,
        "num_experts_per_tok": 4,
        "moe_intermediate_size": 1408,
        "shared_expert_intermediate_size": 5632,
    },
    shared="shared_expert_intermediate_size",
    chosen=True,
)
_QWEN3_EXPERTS = ExpertKeys(
    ("num_experts", "num_local_experts"),
    "moe_intermediate_size",
    {"num_experts": 128, "num_experts_per_tok": 8, "moe_intermediate_size": 768},
    chosen=True,
)
_MIXTRAL_EXPERTS = ExpertKeys(
    ("num_local_experts", "num_experts"),
    "intermediate_size",
    {"num_local_experts": 8, "num_experts_per_tok": 2},
)
_GPT_OSS_EXPERTS = ExpertKeys(
    ("num_local_experts", "num_experts"),
    "intermediate_size",
    {"num_local_experts": 128, "num_experts_per_tok": 4},
)
_PHI_EXPERTS = ExpertKeys(
    ("num_local_experts", "num_experts"),
    "intermediate_size",
    {"num_local_experts": 16, "num_experts_per_tok": 2},
)
_OLMOE_EXPERTS = ExpertKeys(
    ("num_experts", "num_local_experts"),
    "intermediate_size",
    {"num_experts": 64, "num_experts_per_tok": 8},
)
_LONG = 131072  # what several families take

FAMILIES: Mapping[str, Family] = {
    "bitnet": Family(kv_heads=5),
    "cohere": Family(context=8192, tied=True, parallel=True),
    "falcon": Family(
        kv_key="num_kv_heads",
        multi_query=True,
        tied=True,
        gated=False,
        intermediate="ffn_hidden_size",
        widening=4,
        parallel=("parallel_attn", True),
    ),
    "gemma": Family(kv_heads=16, head_size=256, context=8192, tied=True),
    "gemma2": Family(kv_heads=4, head_size=256, context=8192, tied=True, window=4096),
    "gemma3_text": Family(kv_heads=4, head_size=256, context=_LONG, tied=True, window=4096),
    "glm4": Family(kv_heads=2, head_size=128, context=_LONG),
    "gpt_neox": Family(kv_key="", gated=False, parallel=("use_parallel_residual", True)),
    "gpt_oss": Family(
        kv_heads=8, head_size=64, context=_LONG, experts=_GPT_OSS_EXPERTS, window=128
    ),
    "granite": Family(),
    "granitemoe": Family(experts=_MIXTRAL_EXPERTS),
    "llama": Family(),
    "mistral": Family(kv_heads=8, context=_LONG, window=4096),
    "mixtral": Family(kv_heads=8, context=_LONG, experts=_MIXTRAL_EXPERTS),
    "olmo2": Family(),
    "olmoe": Family(context=4096, experts=_OLMOE_EXPERTS),
    "opt": Family(
        kv_key="",
        tied=True,
        gated=False,
        intermediate="ffn_dim",
        same_inside="word_embed_proj_dim",
        extra_positions=2,
    ),
    "phi": Family(gated=False, parallel=True),
    "phi3": Family(context=4096),
    "phimoe": Family(kv_heads=8, context=_LONG, experts=_PHI_EXPERTS),
    "qwen2": Family(kv_heads=32, context=32768, window=4096, window_switch=True),
    "qwen2_moe": Family(
        kv_heads=16, context=32768, experts=_QWEN2_EXPERTS, window=4096, window_switch=True
    ),
    "qwen3": Family(kv_heads=32, head_size=128, context=32768, window=4096, window_switch=True),
    "qwen3_moe": Family(
        kv_heads=4, context=32768, experts=_QWEN3_EXPERTS, window=4096, window_switch=True
    ),
    "smollm3": Family(kv_heads=4, context=32768, tied=True, window_switch=True),
    "stablelm": Family(kv_heads=32, context=4096, parallel=("use_parallel_residual", False)),
    "starcoder2": Family(kv_heads=2, context=4096, tied=True, gated=False),
}
