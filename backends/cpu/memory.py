"""How much memory this process may still take."""

from __future__ import annotations

import os
from pathlib import Path


def free_memory() -> int:
    """Bytes that are free or can be freed, as the system tells them."""
    try:
        text = Path("/proc/meminfo").read_text()
        return int(text.split("MemAvailable:")[1].split()[0]) * 1024
    except (OSError, IndexError, ValueError):
        pages = "SC_AVPHYS_PAGES" if "SC_AVPHYS_PAGES" in os.sysconf_names else "SC_PHYS_PAGES"
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf(pages)
