"""Have the kernel write a growing file to disk meanwhile, so that less is left for the fsync at its end."""

from __future__ import annotations

import ctypes

_STEP_BYTES = 8 * 1024 * 1024
_SYNC_FILE_RANGE_WRITE = 2


class Writeback:
    """Begins to write what has been added to a file, 8 MiB at a time. A hint alone: durable it is by fsync."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._begun = 0
        self._size = 0

    def added(self, size: int) -> None:
        """Called after so many bytes were added at the end of the file."""
        self._size += size
        pending = self._size - self._begun
        if pending >= _STEP_BYTES and _sync_file_range is not None:
            _sync_file_range(self._descriptor, self._begun, pending, _SYNC_FILE_RANGE_WRITE)
            self._begun = self._size


def _function() -> ctypes._NamedFuncPointer | None:
    """What Python has no name for; None where the system has none either."""
    function = getattr(ctypes.CDLL(None), "sync_file_range", None)
    if function is not None:
        function.argtypes = (ctypes.c_int, ctypes.c_int64, ctypes.c_int64, ctypes.c_uint)
    return function


_sync_file_range = _function()
