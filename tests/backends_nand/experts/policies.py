"""Policies of every kind, and models that they serve."""

from __future__ import annotations

from edgesdk.predict.model import named_shape
from edgesdk_backends.nand.experts.policy import PLAIN, ExpertPolicy
from edgesdk_backends.nand.workload.decoder import workload
from edgesdk_backends.nand.workload.workload import Workload

POLICIES = [
    PLAIN,
    ExpertPolicy(cached=3),
    ExpertPolicy(cached=3, skew=1.0, keep="recent", prefetch=0.6),
    ExpertPolicy(hit=0.8, prefetch=0.9, wrong=0.3, miss_bits=4),
    ExpertPolicy(cached=2, miss_bits=2, miss_share=0.4, prefetch=0.25),
    ExpertPolicy(hit=1.0),
]


def load(name: str, weights: str = "w8a8") -> Workload:
    return workload(named_shape(name).shape, weights=weights)
