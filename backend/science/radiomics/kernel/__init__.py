"""The compiled C kernel of the fast engine, loaded with ctypes; `hatch_build.py` builds it at installation.

Calls release the interpreter's lock, so threads run in parallel.
"""

import ctypes
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

LIBRARY = Path(__file__).with_name("kernel.so")
MISSING = (
    "the compiled kernel of the fast engine is missing; install RadiomicLens again on a machine with a C compiler (cc)"
)
STALE = "the compiled kernel of the fast engine is not of the sources beside it; install RadiomicLens again (make)"
# (z, y, x) of the 13 directions, each later in raster order; the other 13 neighbours are opposite.
STEPS = np.array(
    [(z, y, x) for z in (-1, 0, 1) for y in (-1, 0, 1) for x in (-1, 0, 1) if (z, y, x) > (0, 0, 0)],
    dtype=np.int8,
)

SLACK, BLOCK, TABLES = 64, 16, 4  # as in kernel.h

Array = npt.NDArray[Any]
Argument = Array | int | float


class KernelMissing(Exception):
    """Raised where the shared library was not built or does not fit this machine; the message is a sentence."""


@lru_cache(maxsize=1)
def library() -> ctypes.CDLL:
    """Load the library and fill its tables, once. Raises KernelMissing."""
    try:
        loaded = ctypes.CDLL(str(LIBRARY))
    except OSError:
        raise KernelMissing(MISSING) from None
    if not _is_of(loaded, LIBRARY.parent):
        raise KernelMissing(STALE)
    loaded.rl_tables(STEPS.ctypes.data_as(ctypes.c_void_p))
    loaded.rl_deviation_within.restype = ctypes.c_double
    for counting in (loaded.rl_zones, loaded.rl_joint_zones, loaded.rl_runs):
        counting.restype = ctypes.c_int64
    return loaded


def _is_of(loaded: ctypes.CDLL, folder: Path) -> bool:
    """Whether the library was built of the sources beside it; true where there are none, as in a wheel."""
    sources = sorted(folder.glob("*.[ch]"))
    if not sources:
        return True
    try:
        loaded.rl_sources.restype = ctypes.c_int64
    except AttributeError:
        return False
    digest = sha256()
    for path in sources:
        digest.update(path.read_bytes())
    return bool(loaded.rl_sources() == int.from_bytes(digest.digest()[:8]) >> 1)


def call(name: str, *arguments: Argument) -> Any:
    """Call a kernel function: arrays as pointers (contiguous, of the right type), int as int64, float as double."""
    return getattr(library(), name)(*[_passed(argument) for argument in arguments])


def _passed(argument: Argument) -> Any:
    if isinstance(argument, np.ndarray):
        if not argument.flags.c_contiguous:
            raise ValueError("the kernel reads contiguous arrays")
        if argument.flags.writeable and argument.size:  # a quarter of the time of asking for the address
            return ctypes.byref(ctypes.c_char.from_buffer(argument))  # type: ignore[arg-type] # typed as no Buffer
        return ctypes.c_void_p(argument.ctypes.data)
    return ctypes.c_int64(argument) if isinstance(argument, int) else ctypes.c_double(argument)
