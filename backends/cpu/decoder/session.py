"""A packed decoder, opened: the native engine behind ``edgesdk.decoder.session.DecoderSession``."""

from __future__ import annotations

import os
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgesdk.decoder.block_session import LEAST_BLOCK, BlockSession
from edgesdk.decoder.limits import checked_context
from edgesdk.decoder.session import CONTINUATION, Logits
from edgesdk.decoder.weights import Vocabulary
from edgesdk.errors import DoesNotFit, UsageError, VerificationMismatch
from edgesdk.session import closed

from ..memory import free_memory
from .layout import FLOATS
from .native import ffi, lib
from .options import FLOAT16, FLOAT32, INT8, MOST_THREADS, OpenOptions
from .packed_reader import PackedDecoder, described, exact_rows

_CACHES = {
    FLOAT32: lib.EDGE_CACHE_FLOAT32,
    FLOAT16: lib.EDGE_CACHE_FLOAT16,
    INT8: lib.EDGE_CACHE_INT8,
}
LEAST_CONTEXT = 512  # positions; a cache for fewer is of little use

BARRIERS = 5  # in a layer, for a single token
LEAST_READ = 64 << 10  # bytes for a thread: about what is read while threads wait for one another

FIRST_BLOCK_WEIGHTS = 64e9  # weights times tokens of the first block, before the speed is known


class NativeDecoderSession(BlockSession):
    """See ``edgesdk.decoder.session.DecoderSession``. It owns the packed file and closes it.

    Safe to use from several threads: one call waits for another. Raises ``UsageError`` (EDGE-02133,
    EDGE-02135), ``DoesNotFit`` (EDGE-0910, EDGE-0911).
    """

    def __init__(
        self,
        packed: PackedDecoder,
        options: OpenOptions | None = None,
        *,
        text: Vocabulary | None = None,
        continuation: int = CONTINUATION,
    ) -> None:
        super().__init__(text, continuation, _most())
        self._packed = packed
        self._handle: Any = ffi.NULL
        try:
            self._open(options or OpenOptions())
        except BaseException:
            packed.close()
            raise
        self.block = _first_block(packed)

    @property
    def vocabulary(self) -> int:
        """Number of tokens, and of logits for each position."""
        return self._packed.shape.vocabulary

    @property
    def position(self) -> int:
        """Tokens in the cache."""
        return int(lib.edge_decoder_position(self._live()))

    @property
    def form(self) -> str:
        """Which kernels run: plain, avx2, avx512, neon or neon-dot."""
        return str(ffi.string(lib.edge_decoder_form(self._live())).decode())

    @property
    def threads(self) -> int:
        """How many threads work on a step."""
        return int(lib.edge_decoder_threads(self._live()))

    def __enter__(self) -> NativeDecoderSession:
        return self

    def _open(self, options: OpenOptions) -> None:
        self.context = checked_context(options.context or None, self._packed.shape.context)
        shape, weights, self._kept = described(self._packed)
        wanted = ffi.new("struct edge_options *")
        wanted.context, wanted.cache = self.context, _CACHES[options.cache]
        wanted.threads = options.threads or _threads(self._packed)
        wanted.rescore = _rescore(self._packed, options)
        form = ffi.new("char[]", options.form.encode())
        wanted.form = form if options.form else ffi.NULL
        self._check_cache(shape, wanted, options.context)
        result = ffi.new("int *")
        self._handle = lib.edge_decoder_new(shape, weights, wanted, result)
        if not self._handle:
            raise _not_opened(result[0], options.form)

    def _check_cache(self, shape: Any, wanted: Any, asked: int) -> None:
        """Its memory is taken only as it fills, when there is nobody left to tell.

        A context that nobody asked for is cut to what fits.
        """
        need = lib.edge_cache_bytes(shape, self.context, wanted.cache)
        free = free_memory()
        if need > free:
            fits = int(self.context * (free / need) * 0.9) // 16 * 16
            if not asked and fits >= LEAST_CONTEXT:
                self.context = wanted.context = fits
                return
            raise DoesNotFit(
                "The decoder's cache does not fit into memory",
                evidence=f"{need} bytes for a context of {self.context}; {free} are free",
                next_step=f"Open it with context={max(fits, 1)}, or with kv=int8",
                code=10,
            )

    def _step(self, tokens: NDArray[np.int32], logits: Logits) -> None:
        """See ``BlockSession``. Raises ``VerificationMismatch`` (EDGE-0762) for an overflow."""
        want = lib.EDGE_LAST_LOGITS if len(logits) else lib.EDGE_NO_LOGITS
        if len(logits) > 1:
            want = lib.EDGE_ALL_LOGITS
        given = ffi.from_buffer("int32_t[]", tokens)
        result = lib.edge_decoder_step(
            self._live(), given, len(tokens), want, ffi.from_buffer("float[]", logits)
        )
        if result == lib.EDGE_NOT_FINITE:
            raise VerificationMismatch(
                "The model's numbers overflow",
                evidence="a value within the decoder is infinite or not a number",
                next_step="Its weights are damaged, or were read in a wrong layout",
                code=62,
            )

    def _rewind(self, length: int) -> None:
        lib.edge_decoder_rewind(self._handle, length)

    def _live(self) -> Any:
        if self._closed or not self._handle:
            raise closed()
        return self._handle

    def _free(self) -> None:
        handle, self._handle = self._handle, ffi.NULL
        lib.edge_decoder_free(handle)
        self._packed.close()


def _threads(packed: PackedDecoder) -> int:
    """One for each processor, but no more than have something to read between two barriers."""
    layer = sum(
        section.size for name, section in packed.sections.items() if name.startswith("layers.0.")
    )
    return min(_processors(), 1 + layer // (BARRIERS * LEAST_READ))


def _processors() -> int:
    if hasattr(os, "sched_getaffinity"):
        return min(len(os.sched_getaffinity(0)), MOST_THREADS)
    return min(os.cpu_count() or 1, MOST_THREADS)


def _rescore(packed: PackedDecoder, options: OpenOptions) -> int:
    count = packed.shape.rescore if options.rescore is None else options.rescore
    head = packed.sections.get("head")
    if head is None or head.kind in FLOATS:  # it has every bit already
        return 0
    if count and exact_rows(packed) is None:
        raise UsageError(
            "The model was packed without the float rows that rescore needs",
            next_step="Compile it with rescore, or open it without",
            code=135,
        )
    return min(count, packed.shape.vocabulary)


def _first_block(packed: PackedDecoder) -> int:
    shape = packed.shape
    width = shape.heads * shape.head_size
    layer = shape.hidden * (2 * width + 3 * shape.intermediate)
    return int(np.clip(FIRST_BLOCK_WEIGHTS / (layer * shape.layers), LEAST_BLOCK, _most()))


def _most() -> int:
    return int(lib.EDGE_MOST_TOKENS)


def _not_opened(result: int, form: str) -> Exception:
    if result == lib.EDGE_NO_FORM:
        return UsageError(f"This machine does not run the kernels {form}", code=135)
    return DoesNotFit(
        "The system gives no memory for the decoder",
        next_step="Open it with a shorter context or fewer threads",
        code=11,
    )
