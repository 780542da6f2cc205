"""The colours of a map: viridis, as the viewer in the browser spreads it."""

import numpy as np
from numpy.typing import NDArray

STOPS = ("440154", "482878", "3e4989", "31688e", "26828e", "1f9e89", "35b779", "6ece58", "b5de2b", "fde725")
STEPS = 256


def viridis(shares: NDArray[np.floating]) -> NDArray[np.uint8]:
    """Red, green and blue, (..., 3), at shares from 0 to 1 of the scale; others take the colour of the nearer end."""
    steps = np.rint(np.clip(shares, 0.0, 1.0) * (STEPS - 1)).astype(np.intp)
    colours: NDArray[np.uint8] = _table()[steps]
    return colours


def _table() -> NDArray[np.uint8]:
    stops = np.array([list(bytes.fromhex(stop)) for stop in STOPS], dtype=np.float64)
    places = np.linspace(0, len(STOPS) - 1, STEPS)
    parts = [np.interp(places, np.arange(len(STOPS)), stops[:, part]) for part in range(3)]
    return np.floor(np.stack(parts, axis=-1) + 0.5).astype(np.uint8)
