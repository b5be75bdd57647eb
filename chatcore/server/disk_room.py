"""Whether a file can grow by more than a line or two. A nearly full disk would take one line and refuse the next."""

from __future__ import annotations

import contextlib
import errno
import os

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_ROOM_BYTES = 1 << 16


def has_room(descriptor: int) -> bool:
    """Return whether an open file can grow by another 64 KB or so. Any thread."""
    import resource  # not on Windows, where no tracker runs

    with contextlib.suppress(OSError):
        most, _ = resource.getrlimit(resource.RLIMIT_FSIZE)
        if most != resource.RLIM_INFINITY and os.fstat(descriptor).st_size + _ROOM_BYTES > most:
            return False
        disk = os.fstatvfs(descriptor)
        return disk.f_blocks == 0 or disk.f_bfree * disk.f_frsize >= _ROOM_BYTES  # 0 blocks: unknown
    return True
