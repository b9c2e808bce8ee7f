"""What the server counts, in Prometheus' text format (version 0.0.4)."""

from __future__ import annotations

import os
import threading
import time
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

_FIRST = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0)  # s
_TOKEN = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0)  # s


class Histogram:
    """Counts of values up to each bound, their sum and their number."""

    def __init__(self, bounds: Sequence[float]) -> None:
        self._bounds = tuple(bounds)
        self._counts = [0] * (len(bounds) + 1)
        self._sum = 0.0

    def observe(self, value: float) -> None:
        """Count one value."""
        self._counts[bisect_left(self._bounds, value)] += 1
        self._sum += value

    def samples(self, name: str) -> Iterator[str]:
        """The lines of the text format; buckets are cumulative there."""
        total = 0
        for bound, count in zip((*map(repr, self._bounds), "+Inf"), self._counts, strict=True):
            total += count
            yield f'{name}_bucket{{le="{bound}"}} {total}'
        yield f"{name}_sum {self._sum!r}"
        yield f"{name}_count {total}"


class Metrics:
    """All counters of a server. Safe from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._begun = time.time()
        self._requests: Counter[tuple[str, int]] = Counter()
        self._tokens: Counter[str] = Counter()
        self._cancelled = 0
        self._first = Histogram(_FIRST)
        self._token = Histogram(_TOKEN)

    def request(self, path: str, status: int) -> None:
        """One request was answered."""
        with self._lock:
            self._requests[path, status] += 1

    def read(self, tokens: int, cached: int) -> None:
        """A prompt was read; ``cached`` of its tokens were in the device's cache already."""
        with self._lock:
            self._tokens["prompt"] += tokens
            self._tokens["cached"] += cached

    def first_token(self, seconds: float) -> None:
        """A first token came, so long after its request."""
        with self._lock:
            self._first.observe(seconds)

    def written(self, tokens: int) -> None:
        """Tokens were written."""
        with self._lock:
            self._tokens["completion"] += tokens

    def next_token(self, seconds: float) -> None:
        """A token came, so long after the one before it."""
        with self._lock:
            self._token.observe(seconds)

    def cancelled(self) -> None:
        """Work was left because nobody wanted it any more."""
        with self._lock:
            self._cancelled += 1

    def text(self, *, waiting: int, running: bool, ready: bool) -> str:
        """The page that Prometheus reads."""
        with self._lock:
            return "\n".join([*self._lines(waiting, running, ready), ""])

    def _lines(self, waiting: int, running: bool, ready: bool) -> Iterator[str]:
        requests = [
            f'edgesdk_requests_total{{path="{path}",status="{status}"}} {count}'
            for (path, status), count in sorted(self._requests.items())
        ]
        yield from _family("edgesdk_requests_total", "counter", "Requests answered.", requests)
        for key, what in _TOKENS.items():
            name = f"edgesdk_{key}_tokens_total"
            yield from _single(name, "counter", what, self._tokens[key])
        yield from _single("edgesdk_cancelled_total", "counter", _CANCELLED, self._cancelled)
        yield from _single("edgesdk_queue_depth", "gauge", "Requests that wait.", waiting)
        yield from _single("edgesdk_running", "gauge", "Requests at work, 0 or 1.", int(running))
        yield from _single("edgesdk_ready", "gauge", "Whether the model answers.", int(ready))
        name = "edgesdk_time_to_first_token_seconds"
        yield from _family(name, "histogram", _FIRST_HELP, self._first.samples(name))
        name = "edgesdk_time_per_token_seconds"
        yield from _family(name, "histogram", _TOKEN_HELP, self._token.samples(name))
        yield from _process(self._begun)


_TOKENS = {
    "prompt": "Tokens of prompts.",
    "cached": "Tokens of prompts that the cache held already.",
    "completion": "Tokens written.",
}
_CANCELLED = "Requests whose client left before the end."
_FIRST_HELP = "From a request's arrival to its first token."
_TOKEN_HELP = "From one token to the next."  # noqa: S105  (no password)


def _family(name: str, kind: str, what: str, samples: Iterable[str]) -> Iterator[str]:
    yield f"# HELP {name} {what}"
    yield f"# TYPE {name} {kind}"
    yield from samples


def _single(name: str, kind: str, what: str, value: float) -> Iterator[str]:
    return _family(name, kind, what, [f"{name} {value!r}"])


def _process(begun: float) -> Iterator[str]:
    """The process as Prometheus' own clients name it; memory where the system tells."""
    memory = resident_bytes()
    if memory is not None:
        what = "Memory of this process."
        yield from _single("process_resident_memory_bytes", "gauge", what, memory)
    what = "When it began, in seconds since 1970."
    yield from _single("process_start_time_seconds", "gauge", what, round(begun, 3))


def resident_bytes() -> int | None:
    """Resident memory of this process, where /proc tells (proc(5), statm: pages)."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except (OSError, ValueError, IndexError):
        return None
    return pages * os.sysconf("SC_PAGE_SIZE")
