"""Seeded series on disk, to be changed slice by slice."""

import numpy as np
import pydicom

from tests.ingest.files import write_series

T2 = ["ORIGINAL", "PRIMARY", "M"]
ADC = ["DERIVED", "PRIMARY", "DIFFUSION", "ADC"]
TRACE = ["DERIVED", "PRIMARY", "DIFFUSION", "TRACEW"]


def t2_series(folder, **changes):
    """The files of an axial T2, series 4."""
    return write_series(folder / "t2", 4, "t2_tse_tra", T2, **changes)


def adc_series(folder, **changes):
    """The files of an ADC map, series 7."""
    return write_series(folder / "adc", 7, "x_adc", ADC, **changes)


def change(path, edit):
    """Rewrites one file after `edit(dataset)`."""
    dataset = pydicom.dcmread(path)
    edit(dataset)
    dataset.save_as(path)


def stored(files):
    """The stored values, from the foot: files are written head first."""
    return np.stack([pydicom.dcmread(path).pixel_array for path in reversed(files)])
