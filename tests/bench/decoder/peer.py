"""llama.cpp behind a pipe: loads a GGUF file, then times what each line of its input asks for.

Run by ``decode_bench.py`` with the Python that has llama-cpp-python: ``peer.py FILE THREADS``, then
lines ``decode COUNT`` or ``prefill COUNT``; answers seconds.
"""

from __future__ import annotations

import sys
import time

import llama_cpp


class Peer:
    """A model and a context of llama.cpp."""

    def __init__(self, path: str, threads: int) -> None:
        llama_cpp.llama_backend_init()
        parameters = llama_cpp.llama_model_default_params()
        self.model = llama_cpp.llama_model_load_from_file(path.encode(), parameters)
        context = llama_cpp.llama_context_default_params()
        context.n_ctx, context.n_batch, context.n_ubatch = 512, 128, 128
        context.n_threads = context.n_threads_batch = threads
        self.context = llama_cpp.llama_init_from_model(self.model, context)

    def feed(self, count: int) -> None:
        """Some tokens in one call."""
        tokens = (llama_cpp.llama_token * count)(*range(3, 3 + count))
        result = llama_cpp.llama_decode(self.context, llama_cpp.llama_batch_get_one(tokens, count))
        if result:
            raise SystemExit(f"llama_decode gave {result}")

    def seconds(self, task: str, count: int) -> float:
        """Of so many single tokens after eight others, or of one prompt."""
        llama_cpp.llama_memory_clear(llama_cpp.llama_get_memory(self.context), True)
        if task == "decode":
            self.feed(8)
        began = time.perf_counter()
        for _ in range(count if task == "decode" else 1):
            self.feed(1 if task == "decode" else count)
        return time.perf_counter() - began


def main() -> None:
    """Answer until the input ends."""
    peer = Peer(sys.argv[1], int(sys.argv[2]))
    print("ready", flush=True)
    for line in sys.stdin:
        task, count = line.split()
        print(peer.seconds(task, int(count)), flush=True)


if __name__ == "__main__":
    main()
