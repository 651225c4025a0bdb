"""Peak memory of a fit, on the host and on the accelerator."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

try:
    import resource
except ImportError:  # Windows
    resource = None  # type: ignore[assignment]

_PROCESS_STATUS = Path("/proc/self/status")


def peak_memory_facts(before: Mapping[str, Any] | None = None) -> dict[str, float | None]:
    """Return the peak memory of this process in MB (10^6 bytes), as ``status.json`` has it.

    ``peak_memory_mb`` is the largest resident set, without data-loader workers; None on Windows.
    ``peak_accelerator_memory_mb`` is the most that tensors took on the GPU of this process; None without CUDA.

    Args:
        before: What earlier processes of a resumed run have recorded: the higher peak counts.
    """
    on_gpu = torch.cuda.is_initialized()  # type: ignore[no-untyped-call]
    measured = {
        "peak_memory_mb": _resident_peak(),
        "peak_accelerator_memory_mb": torch.cuda.max_memory_allocated() if on_gpu else None,
    }
    peaks = {}
    for key, value in measured.items():
        known = [(before or {}).get(key), None if value is None else round(value / 1e6, 1)]
        peaks[key] = max((peak for peak in known if peak is not None), default=None)
    return peaks


def _resident_peak() -> int | None:
    """Return the largest resident set of this process in bytes; None where the system does not tell.

    Linux tells it in ``/proc``. There, ``ru_maxrss`` begins with the memory of the parent process, such as a notebook
    that holds a data set.
    """
    if _PROCESS_STATUS.exists():
        lines = _PROCESS_STATUS.read_text(encoding="utf-8").splitlines()
        return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:")), None)
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss if resource else None  # macOS, in bytes
