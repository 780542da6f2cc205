"""Numpy values inside a file of torch.save, made without numpy's own unpickling.

numpy's `dtype.__setstate__` believes what a pickle says about a type. These stand-ins take plain numbers only.
"""

import re
from typing import Any

import numpy as np
from numpy.typing import NDArray

PLAIN_TYPE = re.compile(r"[biufc](1|2|4|8|16)")


class TypeStub:
    """A `numpy.dtype` as a pickle describes it."""

    def __init__(self, code: Any = "", *_: Any) -> None:
        self.code = code if isinstance(code, str) and PLAIN_TYPE.fullmatch(code) else None
        self.order = "="

    def __setstate__(self, state: Any) -> None:
        if isinstance(state, tuple) and len(state) > 1 and state[1] in ("<", ">", "|", "="):
            self.order = state[1]

    def array(self, raw: Any) -> NDArray[Any] | None:
        """The numbers in these bytes; None for anything else."""
        if self.code is None or not isinstance(raw, bytes):
            return None
        return np.frombuffer(raw, np.dtype(self.order.replace("|", "=") + self.code))


class ArrayStub:
    """A `numpy.ndarray` as a pickle describes it; `values`: the array, or None where it holds no numbers."""

    def __init__(self, *_: Any) -> None:
        self.values: NDArray[Any] | None = None

    def __setstate__(self, state: Any) -> None:
        if not isinstance(state, tuple) or len(state) != 5:
            return
        _, shape, kind, fortran, raw = state
        found = kind.array(raw) if isinstance(kind, TypeStub) else None
        if found is not None:
            self.values = found.reshape(shape, order="F" if fortran else "C")


def scalar_stub(kind: Any = None, raw: Any = None) -> Any:
    """A numpy scalar as a Python number; None for another value."""
    found = kind.array(raw) if isinstance(kind, TypeStub) else None
    return found[0].item() if found is not None and len(found) == 1 else None


def array_stub(*_: Any) -> ArrayStub:
    """What numpy's `_reconstruct` is replaced by: an empty array that the pickle then fills."""
    return ArrayStub()


STUBS: list[tuple[Any, str]] = [
    (TypeStub, "numpy.dtype"),
    (ArrayStub, "numpy.ndarray"),
    *((scalar_stub, f"numpy.{core}.multiarray.scalar") for core in ("core", "_core")),
    *((array_stub, f"numpy.{core}.multiarray._reconstruct") for core in ("core", "_core")),
]
"""Each stand-in with the name that files have it under."""
