"""What each constant of a design may be, so that no profile divides by zero or runs for ever."""

from __future__ import annotations

from dataclasses import dataclass

# The largest share of a memory's peak that anybody has shown on this board: arXiv 2507.03308.
SHOWN = 0.94
MORE, LESS, FIXED = "more", "less", "fixed"  # which end of a range is the better one


@dataclass(frozen=True)
class Limits:
    """``better`` allows a constant three cases; ``texts`` are what one that is no number may be."""

    least: float = 0
    most: float = 0
    better: str = FIXED
    texts: tuple[str, ...] = ()


LIMITS = {
    "clock_mhz": Limits(1, 1000),
    "peak_gb_s": Limits(0.1, 1000),
    "ddr_efficiency": Limits(0.01, SHOWN, MORE),
    "ports": Limits(1, 16),
    "port_bytes": Limits(1, 128),
    "port_efficiency": Limits(0.01, 1, MORE),
    "call_ms": Limits(0, 10_000, LESS),
    "sample_ms": Limits(0, 10_000, LESS),
    "logit_ns": Limits(0, 100_000, LESS),
    "head": Limits(texts=("fabric", "host")),
    "host_head_gb_s": Limits(0.001, 1000, MORE),
    "memory_gib": Limits(0.001, 1024),
    "watts": Limits(0, 1000, LESS),
    "tables": Limits(1, 1024),
    "lanes": Limits(1, 256),
    "chunk": Limits(1, 64),
    "vector": Limits(1, 16),
    "summed": Limits(1, 16),
    "activation": Limits(1, 16),
    "queries": Limits(1, 64),
    "members": Limits(1, 64),
    "recurrence": Limits(1, 64),
    "heads": Limits(1, 2),
    "by_turns": Limits(1, 65536),
    "norms": Limits(1, 16),
    "joined": Limits(1, 16),
    "head_products": Limits(1, 4096),
    "row_gap": Limits(0, 1000, LESS),
    "read_latency_ns": Limits(0, 100_000, LESS),
    "fill": Limits(0, 100, LESS),
    "max_hidden": Limits(16, 1 << 20),
    "max_width": Limits(16, 1 << 20),
    "max_intermediate": Limits(16, 1 << 20),
    "max_head_size": Limits(16, 1 << 20),
    "columns": Limits(1, 1024),
    "interval": Limits(1, 64),
    "latency": Limits(0, 10_000, LESS),
    "table_entries": Limits(1, 4096),
    "slice_blocks": Limits(1, 4096),
    "slice_columns": Limits(1, 1 << 20),
    "slices": Limits(1, 64),
    "beat_columns": Limits(1, 1024),
    "beat_bytes": Limits(1, 65536),
    "attention_row_cycles": Limits(1, 1e6, LESS),
    "cache_ports": Limits(1, 16),
    "most_context": Limits(1, 1 << 24),
}
