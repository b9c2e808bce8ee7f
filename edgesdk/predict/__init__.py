"""How fast a model would be on a target, before anybody owns one: modelled, and said to be.

A backend may have the members of ``Predicting``. Its numbers are counted from layouts and loops,
and every constant that is none of these has a source; whatever is not known is a range, so every
result is a band of three cases. Beside each stands a ceiling that nothing can exceed.
"""

from __future__ import annotations

from .prediction import (
    DECODE,
    PREFILL,
    Assumption,
    Band,
    Occupancy,
    Phase,
    Prediction,
    Published,
    Quantity,
    Term,
    Use,
)
from .question import (
    KnowsBundles,
    Predicting,
    PredictsAddress,
    Question,
    Tracing,
    ask,
    predict,
    predicting,
    usual_lengths,
)

__all__ = [
    "DECODE",
    "PREFILL",
    "Assumption",
    "Band",
    "KnowsBundles",
    "Occupancy",
    "Phase",
    "Predicting",
    "Prediction",
    "PredictsAddress",
    "Published",
    "Quantity",
    "Question",
    "Term",
    "Tracing",
    "Use",
    "ask",
    "predict",
    "predicting",
    "usual_lengths",
]
