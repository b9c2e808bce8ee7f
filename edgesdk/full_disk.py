"""What a system says where a disk, a quota or the largest allowed file is full."""

from __future__ import annotations

import errno

_FULL = {errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC)}


def is_full(error: OSError) -> bool:
    """Whether room is what was lacking: the disk itself is in order."""
    return error.errno in _FULL
