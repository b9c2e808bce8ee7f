"""``/metrics`` is Prometheus' text format, and counts right."""

from __future__ import annotations

import re

import pytest

from edgesdk.serving.metrics import Metrics

from .fakes import FakeSession
from .running import Serve, body

NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
LABEL = r'[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\["\\n])*"'
SAMPLE = re.compile(rf"({NAME})(?:\{{({LABEL}(?:,{LABEL})*)?\}})? (\S+)")
KINDS = ("counter", "gauge", "histogram")
Samples = dict[tuple[str, str], float]


def parse(text: str) -> tuple[Samples, dict[str, str]]:
    """Samples by name and labels, and the type of each family; as the format's page has it."""
    assert text.endswith("\n")
    samples: Samples = {}
    types: dict[str, str] = {}
    family = ""
    for line in text.splitlines():
        if line.startswith("# HELP "):
            family = line.split(" ", 3)[2]
            assert family not in types, "a family comes in one piece"
        elif line.startswith("# TYPE "):
            _, _, name, kind = line.split(" ")
            assert name == family and kind in KINDS
            types[name] = kind
        else:
            found = SAMPLE.fullmatch(line)
            assert found, line
            name, labels, value = found.groups()
            assert name.removesuffix("_bucket").removesuffix("_sum").removesuffix("_count") in (
                family,
                family.removesuffix("_count"),
            )
            assert (name, labels or "") not in samples
            samples[name, labels or ""] = float(value)
    return samples, types


def buckets(samples: Samples, name: str) -> list[tuple[float, float]]:
    """(bound, cumulative count), in the page's order."""
    found = [
        (float(labels.removeprefix('le="').removesuffix('"')), count)
        for (key, labels), count in samples.items()
        if key == f"{name}_bucket"
    ]
    assert found == sorted(found)
    assert [count for _, count in found] == sorted(count for _, count in found)
    assert found[-1] == (float("inf"), samples[f"{name}_count", ""])
    return found


def test_requests_and_tokens_are_counted(serve: Serve) -> None:
    running = serve(FakeSession(delay=0.001))
    for _ in range(2):
        running.post(json=body("abc", max_tokens=10))
    running.post(json=body("abc", temperature=5))
    running.get("/v1/elsewhere/" + "x" * 500)
    answer = running.get("/metrics")
    assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    samples, types = parse(answer.text)
    assert samples["edgesdk_requests_total", 'path="/v1/completions",status="200"'] == 2
    assert samples["edgesdk_requests_total", 'path="/v1/completions",status="400"'] == 1
    assert samples["edgesdk_requests_total", 'path="other",status="404"'] == 1
    assert samples["edgesdk_prompt_tokens_total", ""] == 8
    assert samples["edgesdk_cached_tokens_total", ""] == 3  # the second time all but the last
    assert samples["edgesdk_completion_tokens_total", ""] == 20
    assert samples["edgesdk_ready", ""] == 1
    assert samples["edgesdk_running", ""] == 0
    assert samples["edgesdk_queue_depth", ""] == 0
    assert samples["process_resident_memory_bytes", ""] > 2**20
    assert types["edgesdk_requests_total"] == "counter"
    assert types["edgesdk_queue_depth"] == "gauge"
    assert samples["edgesdk_time_to_first_token_seconds_count", ""] == 2
    assert samples["edgesdk_time_per_token_seconds_count", ""] == 18
    assert len(buckets(samples, "edgesdk_time_per_token_seconds")) > 5


@pytest.mark.parametrize(
    ("seconds", "below"), [(0.0, 0.01), (0.01, 0.01), (0.011, 0.025), (1e9, float("inf"))]
)
def test_a_value_counts_up_to_its_bound(seconds: float, below: float) -> None:
    metrics = Metrics()
    metrics.first_token(seconds)
    samples, _ = parse(metrics.text(waiting=0, running=True, ready=False))
    found = buckets(samples, "edgesdk_time_to_first_token_seconds")
    assert min(bound for bound, count in found if count) == below
    assert samples["edgesdk_time_to_first_token_seconds_sum", ""] == seconds


def test_a_fresh_page_is_whole() -> None:
    samples, types = parse(Metrics().text(waiting=3, running=False, ready=False))
    assert samples["edgesdk_queue_depth", ""] == 3
    assert all(
        any(key[0].startswith(name) for key in samples) for name in types if "req" not in name
    )
