"""``edgesdk run``: a model on inputs from files."""

from __future__ import annotations

import io
import shlex
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
import numpy as np

from ..backend import Arrays, Session
from ..bundle.atomic import replacing
from ..decoder.session import DecoderSession
from ..errors import UsageError
from ..not_finite import odd_values
from .inputs import no_input, read_inputs
from .opening import connect, opened
from .options import FILE, common, device, events, not_over, pairs
from .output import Output
from .results import as_json, as_text
from .stream import Feeding, run_streams
from .suggestions import models
from .text import counted

_WRONG_DTYPE = 26  # the code of EDGE-0226
_STREAMS = "A sensing program takes --stream FILE; every other model takes --input FILE"


@click.command()
@click.argument("model", metavar="NAME_OR_BUNDLE", shell_complete=models)
@device
@click.option(
    "-i",
    "--input",
    "inputs",
    multiple=True,
    metavar="[NAME=]FILE",
    help="An input's file: .npy .npz .csv .wav .flac .ogg .png .jpg, or - for .npy on stdin.",
)
@click.option("-o", "--output", type=FILE, metavar="FILE.npz", help="Save all outputs here too.")
@click.option(
    "--stream",
    "streams",
    multiple=True,
    metavar="[NAME=]FILE",
    help="Feed a sensing program, and show events as they come: a recording's file, or microphone.",
)
@click.option("--imu", metavar="FILE", help="The same as --stream imu=FILE.")
@click.option("--fact", "facts", multiple=True, metavar="NAME=NUMBER", help="About the subject.")
@click.option("--real-time", is_flag=True, help="Feed as fast as sensors would, and no faster.")
@events
@common
@click.pass_obj
def command(
    out: Output,
    *,
    model: str,
    device: str | None,
    inputs: tuple[str, ...],
    output: Path | None,
    streams: tuple[str, ...],
    imu: str | None,
    facts: tuple[str, ...],
    real_time: bool,
) -> None:
    """Run a model on inputs from files.

    The model is an installed one's name, or a bundle (.edge) that runs in place. A file is fitted
    to the input only where nothing has to be guessed, and each change is noted on stderr.

    A sensing program takes --stream for each of its streams: events are printed as they come, and
    counters at the end.
    """
    texts = [*streams, *([f"imu={imu}"] if imu else [])]
    if not texts and (facts or real_time):
        raise UsageError("--fact and --real-time go with --stream", next_step=_STREAMS, code=67)
    if texts and (inputs or output):
        raise UsageError(
            "Give --input and --output, or --stream: not both", next_step=_STREAMS, code=67
        )
    not_over(output, [model, *inputs, *(text.partition("=")[2] for text in inputs)])
    with (
        connect(out, device) as connected,
        opened(model, connected) as (found, session),
    ):
        if texts:
            feeding = Feeding(texts, _numbers(facts), real_time)
            result = run_streams(out, session, feeding)
            head = {"model": found.name, "version": found.version, "device": connected.info.address}
            out.result("" if result["events"] else "no events", **head, **result)
            return
        with _leading(model, session, given=bool(inputs)):
            if not inputs and session.inputs:
                raise no_input(session.inputs)
            arrays = read_inputs(inputs, session.inputs, out.note, found.frontend)
            for odd in odd_values(arrays):
                out.say(f"warning: {odd}")
            outputs = session.run(arrays)
        specs, address = session.outputs, connected.info.address
    if output is not None:
        save(output, outputs)
        out.note(f"saved {counted(len(outputs), 'output')} to {output} (NumPy .npz)")
    out.result(
        "\n".join(as_text(spec, outputs[spec.name]) for spec in specs),
        model=found.name,
        version=found.version,
        device=address,
        outputs={spec.name: as_json(spec, outputs[spec.name]) for spec in specs},
    )


@contextmanager
def _leading(model: str, session: Session, *, given: bool) -> Iterator[None]:
    """Who runs a language model on anything but tokens is told of the command for it.

    Other advice, of a file that is not there for example, stays.
    """
    try:
        yield
    except UsageError as error:
        lost = not given or error.code == _WRONG_DTYPE or not error.next_step
        if lost and isinstance(session, DecoderSession):
            error.next_step = (
                f"It is a language model: edgesdk generate {shlex.quote(model)} TEXT. "
                "Only int32 tokens in a file can be run"
            )
        raise


def _numbers(texts: tuple[str, ...]) -> dict[str, int]:
    """Facts by name. Raises ``UsageError`` (EDGE-0221)."""
    found = pairs(texts, "--fact")
    try:
        return {name: int(value) for name, value in found.items()}
    except ValueError:
        raise UsageError(
            "--fact takes a whole number", next_step="For example: --fact gender=1", code=21
        ) from None


def save(path: Path, outputs: Arrays) -> None:
    """Write the outputs as an .npz file; texts as unicode arrays, so that nothing is pickled.

    The file appears whole or not at all. Raises ``UsageError``, and ``DoesNotFit`` on a full disk.
    """
    plain = {
        name: np.asarray(array.tolist(), dtype=np.str_) if array.dtype == object else array
        for name, array in outputs.items()
    }
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:  # np.savez has names of its own in the way
        for name, array in plain.items():
            with archive.open(f"{name}.npy", "w", force_zip64=True) as member:
                np.lib.format.write_array(member, np.asanyarray(array), allow_pickle=False)
    with replacing(path) as file:
        file.write(content.getvalue())
