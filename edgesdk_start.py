"""Where the program ``edgesdk`` begins: from here on, Ctrl-C ends it without a stack trace.

Reading the libraries takes half a second, in which nothing is under way that must be undone. It
stands beside the package because reading any module of a package reads the package first.
"""

import os
import signal
import sys
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
    program = import_module("edgesdk.__main__").main
    if find_spec("click") is not None:
        import_module("edgesdk.cli")
    if ours:
        signal.signal(signal.SIGINT, usual)
    try:
        program()
    except KeyboardInterrupt:  # a moment before the program could take it, or after
        _leave(signal.SIGINT, None)
    finally:
        if ours:  # what is left is Python's own end: there it is to be quiet
            signal.signal(signal.SIGINT, signal.SIG_DFL)


def _leave(number: int, frame: object) -> None:
    """End at once: an exception here could be taken for a library that is not there."""
    if "--json" in sys.argv or "--jsonl" in sys.argv:
        os.write(1, _document())
    os.write(2, _WORDS)
    os._exit(INTERRUPTED)


def _document() -> bytes:
    event = b'"event": "error", ' if "--jsonl" in sys.argv else b""
    error = (
        b'{"id": "EDGE-1301", "exit_code": 130, "what": "Interrupted", "evidence": "", "next": ""}'
    )
    return b'{"v": 1, %b"ok": false, "error": %b}\n' % (event, error)


if __name__ == "__main__":
    main()
