"""The peak of this process's memory, on Linux from a mark that can be set anew."""

from __future__ import annotations

import re
from pathlib import Path

_STATUS = Path("/proc/self/status")
_CLEAR = Path("/proc/self/clear_refs")


class PeakMemory:
    """Resident memory from its making to ``read``. Linux: VmHWM, reset through clear_refs."""

    def __init__(self) -> None:
        self._reset = _reset()
        self._before = _status("VmRSS")

    def read(self) -> tuple[int | None, int | None, str]:
        """(peak in bytes, growth in bytes, how it was read); None where nothing is told."""
        peak = _status("VmHWM")
        if peak is None or self._before is None:
            return None, None, "this system does not tell (no /proc/self/status)"
        method = "VmHWM, reset before loading" if self._reset else "VmHWM since the process began"
        return peak, max(0, peak - self._before), method


def _reset() -> bool:
    """Set VmHWM back to what is resident now (proc(5): write 5 to clear_refs)."""
    try:
        _CLEAR.write_text("5")
    except OSError:
        return False
    return True


def _status(field: str) -> int | None:
    """A field of /proc/self/status, in bytes."""
    try:
        found = re.search(rf"^{field}:\s+(\d+) kB$", _STATUS.read_text(), re.MULTILINE)
    except OSError:
        return None
    return int(found.group(1)) * 1024 if found else None
