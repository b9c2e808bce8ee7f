"""The program around the commands: finds them, runs one, and turns its end into an exit code."""

from __future__ import annotations

import signal
import sys
import threading
import traceback
import warnings
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from types import FrameType
from typing import Any

import click

from ..errors import DoesNotFit, EdgeError, InternalFault, Interrupted
from ..version import __version__
from .other_names import no_command
from .output import Output, unwritable
from .usage import usage

_EPILOGUE = """Every option can be given by the environment as well: EDGESDK_DEVICE for --device
of any command, EDGESDK_RUN_OUTPUT for --output of run. Exit codes: 0 done, 1 internal fault,
2 usage, 3 no device, 4 more than one device, 5 no permission or busy, 6 link failed,
7 verification mismatch, 8 bundle refused, 9 does not fit, 10 device reverted, 130 interrupted."""


class Program(click.Group):
    """The group of all commands, imported one by one as they are used."""

    def __init__(self, summaries: Mapping[str, str]) -> None:
        super().__init__(
            name="edgesdk",
            help="Take a trained model to an edge device and prove that it works there.",
            epilog=_EPILOGUE,
            no_args_is_help=False,
            params=[_version_option()],
            context_settings={
                "help_option_names": ["-h", "--help"],
                "auto_envvar_prefix": "EDGESDK",
                "max_content_width": 100,
            },
        )
        self.summaries = dict(summaries)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names in the table's order."""
        return list(self.summaries)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import one command's file."""
        if cmd_name not in self.summaries:
            return None
        command = import_module(f".{cmd_name}", __package__).command
        assert isinstance(command, click.Command)
        return command

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the program's own options. Without any word, the help comes before the error."""
        if not args and not ctx.resilient_parsing:
            ctx.ensure_object(Output).say(ctx.get_help() + "\n")
        return super().parse_args(ctx, args)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that is named. Raises ``UsageError`` (EDGE-0201) for one there is not."""
        if args and args[0] not in self.summaries and not args[0].startswith("-"):
            out = ctx.ensure_object(Output)
            out.json, out.events = "--json" in args, "--jsonl" in args
            raise no_command(args[0], self.summaries)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the table without importing a command."""
        with formatter.section("Commands"):
            formatter.write_dl(list(self.summaries.items()))

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; Ctrl-C becomes a known failure here, inside all ``with`` blocks."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            raise Interrupted("Interrupted") from None
        except EOFError as error:  # click would take it for Ctrl-D at a question
            raise _known(error) from error

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        **extra: Any,
    ) -> Any:
        """Run and exit with the code of DESIGN's table; never a stack trace for a known failure."""
        arguments = _as_options(sys.argv[1:] if args is None else list(args))
        out = extra.setdefault("obj", Output())
        restore = _interrupt_on_signals(out)
        try:
            with warnings.catch_warnings():
                warnings.showwarning = lambda message, *rest, **more: out.note(str(message))
                code = super().main(
                    arguments, prog_name, complete_var, standalone_mode=False, **extra
                )
        except SystemExit:  # from click itself: completion
            raise
        except BaseException as error:
            code = _fail(error, arguments, out)
        finally:
            restore()
        try:
            out.close()
        except EdgeError as error:
            code = _fail(error, arguments, out)
        sys.exit(code if isinstance(code, int) else 0)


def _version_option() -> click.Option:
    """``--version``, for those who do not look for the command."""

    def show(context: click.Context, parameter: click.Parameter, wanted: bool) -> None:
        if wanted and not context.resilient_parsing:
            context.find_root().ensure_object(Output).result(f"edgesdk {__version__}")
            context.exit()

    return click.Option(
        ["--version"],
        is_flag=True,
        is_eager=True,
        expose_value=False,
        callback=show,
        allow_from_autoenv=False,
        help="Print the version and end.",
    )


def _fail(error: BaseException, arguments: Sequence[str], out: Output) -> int:
    """Report a failure and return its exit code."""
    known = _known(error)
    if isinstance(error, OSError) and {"-h", "--help"} & {*arguments}:
        known = unwritable(error)  # click writes its help by itself
    if out.interrupted and not isinstance(known, Interrupted):  # a library made this of Ctrl-C
        known = Interrupted("Interrupted")
    if isinstance(error, click.ClickException):  # options may not have been read when parsing fails
        out.json = out.json or "--json" in arguments
        out.events = out.events or "--jsonl" in arguments
    out.failed(known)
    if out.verbose and not isinstance(error, click.ClickException):
        out.say("".join(traceback.format_exception(error)).rstrip())
    return known.exit_code


def _known(error: BaseException) -> EdgeError:
    if isinstance(error, EdgeError):
        return error
    if isinstance(error, (KeyboardInterrupt, click.Abort)):
        return Interrupted("Interrupted")
    if isinstance(error, click.ClickException):
        return usage(error)
    if isinstance(error, MemoryError):
        return DoesNotFit(
            "There is not enough memory for this",
            next_step="Close other programs, or take a smaller model",
            code=12,
        )
    return InternalFault(
        "edgesdk met a fault of its own",
        evidence=f"{type(error).__name__}: {error}",
        next_step="Please report it with the output of the same command under --verbose",
    )


def _as_options(arguments: list[str]) -> list[str]:
    """``help`` is no command of ours, and is what many type first."""
    if arguments[:1] != ["help"]:
        return arguments
    return [*(word for word in arguments if word != "help"), "--help"]


def _interrupt_on_signals(out: Output) -> Callable[[], None]:
    """Let SIGTERM unwind the program the way Ctrl-C does; returns what undoes it.

    The request is remembered as well, for libraries that swallow the exception: the next event of
    the command raises it again. A signal that the caller has us ignore stays ignored.
    """
    if threading.current_thread() is not threading.main_thread():
        return lambda: None

    def interrupt(number: int, frame: FrameType | None) -> None:
        out.interrupted = True
        raise KeyboardInterrupt

    usual: dict[int, Any] = {
        signal.SIGINT: signal.default_int_handler,
        signal.SIGTERM: signal.SIG_DFL,
    }
    ours = [n for n, handler in usual.items() if signal.getsignal(n) == handler]
    for number in ours:
        signal.signal(number, interrupt)

    def tell(what: sys.UnraisableHookArgs) -> None:
        """Where Python can raise nothing, as in ``__del__``, Ctrl-C is remembered, not told."""
        if not isinstance(what.exc_value, KeyboardInterrupt):
            told_before(what)

    told_before, sys.unraisablehook = sys.unraisablehook, tell

    def restore() -> None:
        sys.unraisablehook = told_before
        for number in ours:
            signal.signal(number, usual[number])

    return restore
