"""The operators of which a signal graph may consist."""

from __future__ import annotations

from collections.abc import Iterable

SIGNAL = frozenset(
    {
        "SignalWindow",
        "SignalFftAutoScale",
        "SignalRfft",
        "SignalEnergy",
        "SignalFilterBank",
        "SignalFilterBankSquareRoot",
        "SignalFilterBankSpectralSubtraction",
        "SignalPCAN",
        "SignalFilterBankLog",
    }
)
BUILTIN = frozenset("RESHAPE CAST STRIDED_SLICE CONCATENATION MUL ADD DIV MINIMUM MAXIMUM".split())


def supports(operators: Iterable[str]) -> bool:
    """Whether ``SignalGraph`` is the executor for a graph of these operators.

    That is so where it knows them all and at least one is a signal operator. Names are bare
    (``CAST``, ``SignalRfft``) or as an importer gives them (``tflite:CAST:3``,
    ``tflite:custom.SignalRfft:1``).
    """
    names = {_bare(operator) for operator in operators}
    return names <= SIGNAL | BUILTIN and not names.isdisjoint(SIGNAL)


def _bare(operator: str) -> str:
    parts = operator.split(":")
    return (parts[1] if len(parts) == 3 else operator).removeprefix("custom.")
