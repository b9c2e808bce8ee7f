"""``edgesdk bench``: one, two, and as events."""

from __future__ import annotations

from pathlib import Path

from .conftest import Edge


def test_bench_of_one_and_of_two(edge: Edge, bundle: Path, sample: Path) -> None:
    edge("deploy", bundle, "-d", "cpu:")
    one = edge("bench", "scale", "-d", "cpu:", "--runs", "20", "-i", sample)
    assert one.code == 0
    for words in ("latency_p50", "peak_memory", "not measured", "20 runs, after 10"):
        assert words in one.out
    record = edge("bench", "scale", "-d", "cpu:", "--runs", "20", "-i", sample, "--json").json
    assert (record["record"], record["revision"]) == ("edgesdk-bench", 1)
    assert record["results"][0]["inputs_from"] == str(sample)
    assert record["comparison"] is None
    two = edge("bench", "scale", bundle, "-d", "cpu:", "--runs", "20", "--json").json
    assert [r["model"] for r in two["results"]] == ["scale", "scale"]
    assert two["comparison"]["ratio_of_medians"] > 0
    assert "seed" in two["results"][0]["inputs_from"]
    devices = ["-d", "cpu:", "-d", "cpu:?threads=1"]
    shown = edge("bench", bundle, *devices, "--runs", "20")
    assert "ratio of medians" in shown.out
    assert "on cpu:?threads=1" in shown.out


def test_bench_events(edge: Edge, bundle: Path) -> None:
    lines = edge("bench", bundle, "-d", "cpu:", "--runs", "20", "--jsonl").lines
    assert [line["done"] for line in lines[:-1]] == list(range(2, 21, 2))
    assert lines[-1]["event"] == "result"
    assert edge("bench", "none", "-d", "cpu:").code == 2
