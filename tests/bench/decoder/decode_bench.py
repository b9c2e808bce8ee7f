"""The whole decoder beside llama.cpp and beside the memory it reads from: one interleaved run.

Run by hand, from the root of the repository::

    PYTHONPATH=. python tests/bench/decoder/decode_bench.py [--peer PYTHON] [--shape 0.73B] ...

``--peer``: a Python with llama-cpp-python. Weights are random, of the true shapes. Every round
takes each measure once, one after another, so that what else the machine does falls on all of
them; rates are medians over the rounds, and a ratio is the median of the rounds' own ratios.
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from edgesdk_backends.cpu.decoder.native import ffi, lib
from edgesdk_backends.cpu.decoder.options import OpenOptions
from edgesdk_backends.cpu.decoder.packed_reader import PackedDecoder
from edgesdk_backends.cpu.decoder.session import NativeDecoderSession
from tests.bench.decoder.random_packed import SIZES, write_random

DECODED, PROMPT, BEFORE = 24, 128, 8
AHEAD = 8192  # bytes of software prefetch, as the kernels have it
PEERS = ("TQ2_0", "TQ1_0")


class Ours:
    """The engine with one packing, head and number of threads."""

    def __init__(self, path: Path, threads: int) -> None:
        began = time.perf_counter()
        packed = PackedDecoder(path)
        self.session = NativeDecoderSession(packed, OpenOptions(threads=threads))
        self.opened = time.perf_counter() - began
        self.weights = sum(
            section.size for name, section in packed.sections.items() if name != "embedding"
        )
        self.session.prefill(range(BEFORE))

    def decode(self) -> float:
        """Seconds of a token."""
        self.session.rewind(BEFORE)
        began = time.perf_counter()
        for token in range(DECODED):
            self.session.decode(token)
        return (time.perf_counter() - began) / DECODED

    def prefill(self) -> float:
        """Seconds of a token of a prompt."""
        self.session.rewind(0)
        began = time.perf_counter()
        self.session.prefill(range(3, 3 + PROMPT))
        return (time.perf_counter() - began) / PROMPT


class Peer:
    """llama.cpp in a process of its own."""

    def __init__(self, python: str, path: Path, threads: int) -> None:
        command = [python, str(Path(__file__).with_name("peer.py")), str(path), str(threads)]
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        self._answer()

    def decode(self) -> float:
        """Seconds of a token."""
        return self._ask(f"decode {DECODED}") / DECODED

    def prefill(self) -> float:
        """Seconds of a token of a prompt."""
        return self._ask(f"prefill {PROMPT}") / PROMPT

    def close(self) -> None:
        """End the process."""
        self.process.stdin.close()
        self.process.wait()

    def _ask(self, line: str) -> float:
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        return float(self._answer())

    def _answer(self) -> str:
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit("the peer ended: does that Python have llama-cpp-python?")
        return line


class Stream:
    """A plain read of memory by as many threads."""

    def __init__(self, threads: int) -> None:
        self.bytes = bytearray(os.urandom(1 << 20) * 512)
        self.part = len(self.bytes) // threads
        self.pool = ThreadPoolExecutor(threads)
        self.starts = range(0, self.part * threads, self.part)

    def read(self) -> float:
        """Bytes a second."""
        base = ffi.from_buffer("uint8_t[]", self.bytes)
        began = time.perf_counter()
        parts = [
            self.pool.submit(lib.edge_stream_read, base + start, self.part, AHEAD)
            for start in self.starts
        ]
        for part in parts:
            part.result()
        return len(self.bytes) / (time.perf_counter() - began)


def measure(ours: Ours, peers: dict[str, Peer], stream: Stream, rounds: int) -> None:
    """Print a table of one shape, head and number of threads."""
    tasks: dict[str, Callable[[], float]] = {"decode": ours.decode, "prefill": ours.prefill}
    for name, peer in peers.items():
        tasks[f"decode {name}"], tasks[f"prefill {name}"] = peer.decode, peer.prefill
    found: dict[str, list[float]] = {name: [] for name in (*tasks, "stream")}
    for _ in range(rounds):
        found["stream"].append(stream.read())
        for name, task in tasks.items():
            found[name].append(task())
    shares = [
        ours.weights / token / read
        for token, read in zip(found["decode"], found["stream"], strict=True)
    ]
    gigabytes = statistics.median(found["stream"]) / 1e9
    print(
        f"    stream {gigabytes:6.1f} GB/s; weights read at {statistics.median(shares):.0%} of it"
    )
    for name in tasks:
        seconds, own = found[name], found[name.split()[0]]
        ratio = statistics.median(s / o for s, o in zip(seconds, own, strict=True))
        rate = 1 / statistics.median(seconds)
        best = 1 / min(seconds)
        print(f"    {name:14} {rate:8.1f} tok/s (best {best:7.1f})   ours is {ratio:5.2f}x")


def run(shape: str, head: str, options: argparse.Namespace, folder: Path) -> None:
    """All numbers of threads for one shape and head."""
    path = folder / f"{shape}-{options.packing}-{head}.bin"
    if not path.exists():
        write_random(path, SIZES[shape], options.packing, head)
    files = _peer_files(shape, options, folder)
    for threads in options.threads:
        stream = Stream(threads)
        before = _resident()
        ours = Ours(path, threads)
        print(f"{shape}, {options.packing}, {head} head, {threads} threads, {ours.session.form}")
        print(f"    opened in {ours.opened * 1000:.1f} ms; {ours.weights / 1e6:.0f} MB a token")
        peers = {name: Peer(options.peer, file, threads) for name, file in files.items()}
        measure(ours, peers, stream, options.rounds)
        for peer in peers.values():
            peer.close()
        more = _resident() - before - ours.weights
        print(f"    resident memory: {more / 1e6:+.0f} MB to the weights, cache included")
        ours.session.close()


def _resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


def _peer_files(shape: str, options: argparse.Namespace, folder: Path) -> dict[str, Path]:
    if not options.peer:
        return {}
    import gguf

    from tests.bench.decoder.random_gguf import write_gguf

    files = {name: folder / f"{shape}-{name}.gguf" for name in options.types}
    for name, path in files.items():
        if not path.exists():
            write_gguf(path, SIZES[shape], gguf.GGMLQuantizationType[name])
    return files


def main() -> None:
    """Read the command line and run."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--peer", help="a Python with llama-cpp-python")
    parser.add_argument("--types", nargs="+", default=PEERS, choices=PEERS)
    parser.add_argument("--shape", nargs="+", default=list(SIZES), choices=list(SIZES))
    parser.add_argument("--head", nargs="+", default=["int8"], choices=["int8", "int4", "float16"])
    parser.add_argument("--packing", default="base3", choices=["base3", "two-bit"])
    parser.add_argument("--threads", nargs="+", type=int, default=[1, 2])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--folder", type=Path, help="where the files are kept, some gigabytes")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.folder or Path(temporary)
        for shape in options.shape:
            for head in options.head:
                run(shape, head, options, folder)


if __name__ == "__main__":
    main()
