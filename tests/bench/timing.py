"""How long a job takes, at its best."""

from __future__ import annotations

import time
from collections.abc import Callable


def best_seconds(job: Callable[[], object], tries: int) -> float:
    """Of one call, on one core."""
    times = []
    for _ in range(tries):
        begin = time.perf_counter()
        job()
        times.append(time.perf_counter() - begin)
    return min(times)
