"""Where the program ``edgesdk`` begins: from here on, Ctrl-C ends it without a stack trace.

Reading the libraries takes half a second, in which nothing is under way that must be undone. It
stands beside the package because reading any module of a package reads the package first.
"""

import os
import signal
import sys
from contextlib import suppress
from importlib import import_module
from importlib.util import find_spec

INTERRUPTED = 130
_WORDS = b"error: Interrupted [EDGE-1301]\n"


def main() -> None:
    """Run the program; its own handling of signals begins with its first command."""
    usual = signal.getsignal(signal.SIGINT)
    ours = usual is signal.default_int_handler  # a caller may have us ignore it
    if ours:
        signal.signal(signal.SIGINT, _leave)
    program = import_module("edgesdk.__main__")
    if find_spec(program.LIBRARY) is not None:
        import_module("edgesdk.cli")
    try:
        if ours:
            signal.signal(signal.SIGINT, usual)
        program.main()
    except KeyboardInterrupt:  # a moment before the program could take it, or after
        _leave(signal.SIGINT, None)
    finally:
        if ours:  # what is left is Python's own end: there it is to be quiet
            signal.signal(signal.SIGINT, signal.SIG_DFL)


def _leave(number: int, frame: object) -> None:
    """End at once: an exception here could be taken for a library that is not there."""
    if "--json" in sys.argv or "--jsonl" in sys.argv:
        _write(1, _document())
    _write(2, _WORDS)
    os._exit(INTERRUPTED)


def _write(stream: int, words: bytes) -> None:
    """Its reader may have gone by the same Ctrl-C, and the caller may have closed it."""
    with suppress(OSError):
        os.write(stream, words)


def _document() -> bytes:
    event = b'"event": "error", ' if "--jsonl" in sys.argv else b""
    error = (
        b'{"id": "EDGE-1301", "exit_code": 130, "what": "Interrupted", "evidence": "", "next": ""}'
    )
    return b'{"v": 1, %b"ok": false, "error": %b}\n' % (event, error)


if __name__ == "__main__":
    main()
