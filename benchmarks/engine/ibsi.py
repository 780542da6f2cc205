"""The IBSI-1 digital phantom: our values against the consensus, where PyRadiomics' definition is IBSI's."""

import csv
import math
from dataclasses import dataclass
from pathlib import Path

import SimpleITK as sitk

from benchmarks.engine.pairs import DATA, Pair

TOLERANCE = 0.005
"""The consensus is printed with three digits."""
PARAMETERS = {
    "imageType": {"Original": {}},
    "featureClass": {c: [] for c in ("firstorder", "shape", "glcm", "glszm", "glrlm", "ngtdm", "gldm")},
    "setting": {"binWidth": 1},
}
"""Grey levels of the phantom are whole numbers: a bin each."""


DEVIATIONS = dict.fromkeys(
    ("original_shape_MajorAxisLength", "original_shape_MinorAxisLength", "original_shape_LeastAxisLength"),
    "PyRadiomics divides the covariance by the number of voxels, IBSI by one less",
)


@dataclass(frozen=True)
class Row:
    """One feature, with IBSI's definition; `note` says how PyRadiomics' differs, where it does."""

    feature: str
    consensus: float
    ours: float
    note: str

    @property
    def agrees(self) -> bool:
        """Within the last printed digit of the consensus."""
        return abs(self.ours - self.consensus) <= TOLERANCE * abs(self.consensus) + 1e-9


def phantom(folder: Path = DATA / "ibsi") -> Pair:
    """The phantom and its region."""
    return Pair("ibsi", sitk.ReadImage(folder / "phantom.nii.gz"), sitk.ReadImage(folder / "mask.nii.gz"))


def rows(folder: Path = DATA / "ibsi") -> list[Row]:
    """Every feature of the consensus."""
    extraction = phantom(folder).ours(PARAMETERS)
    values, voxels = extraction.values, extraction.quality.voxels
    found = []
    for row in csv.DictReader((folder / "consensus.csv").read_text(encoding="utf-8").splitlines()):
        ours = values[row["feature"]]
        if row["feature"] == "original_firstorder_Kurtosis":
            ours -= 3
        if row["feature"] in DEVIATIONS:
            ours *= math.sqrt(voxels / (voxels - 1))
        note = DEVIATIONS.get(row["feature"], row["note"])
        found.append(Row(row["feature"], float(row["consensus"]), ours, note))
    return found
