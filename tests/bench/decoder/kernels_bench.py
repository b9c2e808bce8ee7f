"""The kernels against what the machine can do: a streaming read, and the dot-product peak.

Run by hand: ``PYTHONPATH=. python tests/bench/decoder/kernels_bench.py [form ...]``. Every row
alternates the kernel with the read (or the peak) in one process and by the same threads, since both
drift with whatever else the machine does; the share is the median of the pairs, the rates are the
best of each. Time is that of the slowest thread, and counts only while it runs. The read is the
better one of two: as the processor does it, and with the kernels' own prefetching.
"""

from __future__ import annotations

import os
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from edgesdk_backends.cpu.decoder.native import ffi, lib
from tests.backends_cpu.kernels.matrices import (
    BASE3,
    GROUP,
    HERE,
    INT4,
    INT8,
    TWO_BIT,
    Packed,
    aligned,
    padded,
    pointer,
)

NAMES = {BASE3: "base 3", TWO_BIT: "two-bit", INT8: "int8", INT4: "4.25-bit"}
SHAPES = ((1536, 1536), (4096, 1536), (2560, 2560), (6912, 2560), (2560, 6912))
COLD, PAIRS, TILE_COLUMNS = 256 << 20, 15, 128


def random_matrix(packing: int, rows: int, depth: int) -> Packed:
    """Random blocks of codes that a writer could have made."""
    random = np.random.default_rng(1)
    size = lib.edge_packed_bytes(packing, rows, depth)
    blocks = aligned(size, np.uint8)
    some = random.integers(0, 243, 1 << 20).astype(np.uint8)
    if packing == TWO_BIT:
        some = (random.integers(0, 3, (1 << 20, 4)) @ [1, 4, 16, 64]).astype(np.uint8)
    for at in range(0, size, len(some)):
        blocks[at : at + len(some)] = some[: size - at]
    scales = aligned(rows, np.float32, 0x3C) if packing == INT8 else None
    return Packed(packing, rows, depth, blocks, scales)


@dataclass(frozen=True)
class Work:
    """What each thread does once, and what all of them do together."""

    jobs: Sequence[Callable[[], object]]
    amount: float  # bytes or operations
    memory: object = None  # what the jobs' pointers point into

    def rate(self, pool: ThreadPoolExecutor) -> float:
        """Amount a second, in billions."""
        return self.amount / max(pool.map(seconds, self.jobs)) / 1e9


def seconds(job: Callable[[], object]) -> float:
    """Processor time of a job."""
    begin = time.thread_time()
    job()
    return time.thread_time() - begin


def repeated(job: Callable[[], object], times: int) -> Callable[[], object]:
    """The job so many times."""
    return lambda: [job() for _ in range(times)]


def stream(blocks: NDArray[np.uint8], threads: int, ahead: int) -> Work:
    """A plain read of the same bytes, in equal parts."""
    part = blocks.size // threads // 128 * 128
    begins = [pointer("uint8_t", blocks[i * part :]) for i in range(threads)]
    jobs = [lambda at=at: lib.edge_stream_read(at, part, ahead) for at in begins]
    return Work(jobs, part * threads, blocks)


def shares(matrix: Packed, threads: int) -> list[tuple[int, int]]:
    """First group and number of groups of each thread."""
    each = matrix.groups // threads
    return [(i * each, each) for i in range(threads)]


def vector_work(form: str, matrix: Packed, threads: int) -> Work:
    """One matrix by one vector: a ternary matrix, or a head."""
    x = padded(np.random.default_rng(2).integers(-127, 128, (2, matrix.depth)).astype(np.int8),
               matrix.packing)  # fmt: skip
    y = aligned(matrix.groups * GROUP, np.int32)
    held = matrix.matrix().__enter__()
    high, low = pointer("int8_t", x[0]), pointer("int8_t", x[1])

    def job(first: int, count: int) -> Callable[[], object]:
        out = y[first * GROUP :]
        name = form.encode()
        if matrix.packing in (INT8, INT4):
            to = pointer("float", out)
            return lambda: lib.edge_call_head_vector(
                name, held, first, count, high, low, 1, 1.0, to
            )
        to = pointer("int32_t", out)
        return lambda: lib.edge_call_ternary_vector(name, held, first, count, high, 1, to)

    jobs = [job(*part) for part in shares(matrix, threads)]
    return Work(jobs, matrix.blocks.size, (matrix, x, y))


def tile_work(form: str, matrix: Packed, threads: int) -> Work:
    """One matrix by 128 vectors, tile by tile."""
    x = np.random.default_rng(2).integers(-127, 128, (TILE_COLUMNS, matrix.depth)).astype(np.int8)
    whole, sums = padded(x, matrix.packing), x.sum(axis=1, dtype=np.int32)
    held = matrix.matrix().__enter__()
    name = form.encode()

    memory: list[object] = [matrix, whole, sums]

    def job(first: int, count: int) -> Callable[[], object]:
        y = aligned((TILE_COLUMNS, 64), np.int32)
        scratch = aligned(lib.edge_matrix_scratch(matrix.depth), np.uint8)
        memory.extend((y, scratch))
        vectors = (pointer("int8_t", whole), whole.shape[1], pointer("int32_t", sums))
        outputs = (pointer("uint8_t", scratch), pointer("int32_t", y))
        return lambda: [
            lib.edge_call_ternary_matrix(name, held, group, 4, *vectors, TILE_COLUMNS, *outputs)
            for group in range(first, first + count - 3, 4)
        ]

    jobs = [job(*part) for part in shares(matrix, threads)]
    rows = sum(count // 4 * 64 for _, count in shares(matrix, threads))
    return Work(jobs, 2.0 * rows * matrix.depth * TILE_COLUMNS, memory)


def peak_work(form: str, threads: int, rounds: int = 200_000) -> Work:
    """Nothing but dot products."""
    amount = lib.edge_dot_peak(form.encode(), rounds)
    jobs = [lambda: lib.edge_dot_peak(form.encode(), rounds)] * threads
    return Work(jobs, amount * threads)


def compare(label: str, unit: str, works: Sequence[Work], limits: Sequence[Work]) -> None:
    """Print best rates and the median share; of several limits, the highest one counts."""
    with ThreadPoolExecutor(2) as pool:
        pairs = []
        for _ in range(PAIRS):
            limit = max(work.rate(pool) for work in limits)
            pairs.append((works[0].rate(pool), limit))
    share = statistics.median(rate / limit for rate, limit in pairs)
    best, limit = (max(column) for column in zip(*pairs, strict=True))
    print(f"{label:<44}{best:9.1f}{limit:9.1f} {unit:<6}{share:7.2f}", flush=True)


def cold(form: str, packing: int, depth: int, threads: int) -> None:
    """A matrix far larger than any cache, once from end to end."""
    per_group = lib.edge_packed_bytes(packing, GROUP, depth)
    matrix = random_matrix(packing, COLD // per_group // 2 * 2 * GROUP, depth)
    limits = [stream(matrix.blocks, threads, ahead) for ahead in (0, 8192)]
    label = f"{form} {NAMES[packing]} x vector, depth {depth}, {threads}t"
    compare(label, "GB/s", [vector_work(form, matrix, threads)], limits)


def warm(form: str, packing: int, rows: int, depth: int) -> None:
    """One matrix again and again, by one thread: out of the caches."""
    matrix = random_matrix(packing, rows, depth)
    work = vector_work(form, matrix, 1)
    with ThreadPoolExecutor(1) as pool:
        times = 200
        many = replace(work, jobs=[repeated(work.jobs[0], times)], amount=work.amount * times)
        best = max(many.rate(pool) for _ in range(PAIRS))
    microseconds = matrix.blocks.size / best / 1000
    gops = 2 * rows * depth / microseconds / 1000
    print(f"{form} {NAMES[packing]} x vector, warm {rows} x {depth}".ljust(44)
          + f"{microseconds:9.1f} us  {gops:9.0f} GOP/s", flush=True)  # fmt: skip


def tile(form: str, packing: int, rows: int, depth: int, threads: int) -> None:
    """A product with 128 columns."""
    matrix = random_matrix(packing, rows, depth)
    work = tile_work(form, matrix, threads)
    label = f"{form} {NAMES[packing]} {rows} x {depth} x 128, {threads}t"
    compare(label, "GOP/s", [work], [peak_work(form, threads)])


def main() -> None:
    """Print the tables for the forms that are named, or for all that this machine runs."""
    forms = sys.argv[1:] or [form for form in HERE if lib.edge_dot_peak(form.encode(), 1)]
    threads = (1, 2) if (os.cpu_count() or 1) > 1 else (1,)
    print(f"chosen here: {ffi.string(lib.edge_form_chosen()).decode()}")
    print(f"{'':<44}{'best':>9}{'limit':>9} {'':<6}{'share':>7}")
    for form in forms:
        for packing in (BASE3, TWO_BIT, INT8, INT4):
            for depth in (1536, 2560):
                for count in threads:
                    cold(form, packing, depth, count)
        for packing in (BASE3, TWO_BIT):
            for rows, depth in SHAPES[:4]:
                warm(form, packing, rows, depth)
        for packing in (BASE3, TWO_BIT):
            for rows, depth in SHAPES:
                for count in threads:
                    tile(form, packing, rows, depth, count)


if __name__ == "__main__":
    main()
