"""The benchmark record: latency, throughput, memory, load time and energy, each with how.

``docs/bench-record.md`` is the specification. Every figure says how it was obtained: measured,
counted, modelled, declared or not measured. Devices that this machine times run in turns (A B C A B
C ...), so that whatever disturbs the machine disturbs all of them; after them emulators, likewise.
"""

from .agreement import Agreement, OutputAgreement
from .contender import Contender, Samples
from .figures import (
    COUNTED,
    DECLARED,
    MEASURED,
    MODELLED,
    NOT_MEASURED,
    Figure,
    Instrumented,
    TimesItself,
    told,
)
from .measuring import bench
from .opening import Opening
from .record import REVISION, BenchRecord, Comparison, Measured, describe_host
from .rounds import Enough, rounds, timed
from .serving import measure_here

__all__ = [
    "COUNTED",
    "DECLARED",
    "MEASURED",
    "MODELLED",
    "NOT_MEASURED",
    "REVISION",
    "Agreement",
    "BenchRecord",
    "Comparison",
    "Contender",
    "Enough",
    "Figure",
    "Instrumented",
    "Measured",
    "Opening",
    "OutputAgreement",
    "Samples",
    "TimesItself",
    "bench",
    "describe_host",
    "measure_here",
    "rounds",
    "timed",
    "told",
]
