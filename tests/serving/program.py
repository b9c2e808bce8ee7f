"""``edgesdk`` with a decoder that is a table; a program of its own, for signals and exit codes."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from edgesdk.cli import main, serve
from edgesdk.cli.output import Output
from edgesdk.decoder.tokenizer import load
from edgesdk.serving.generating import Model
from tests.serving.fakes import FakeSession, byte_vocabulary

if __name__ == "__main__":
    delay = float(sys.argv.pop(1))

    @contextmanager
    def table(out: Output, model: str, device: str | None) -> Iterator[Model]:
        with FakeSession(context=100_000, delay=delay) as session:
            yield Model(session, load(byte_vocabulary()))

    serve._open = table
    main()
