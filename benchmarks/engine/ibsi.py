"""The IBSI-1 digital phantom: our values against the consensus, where PyRadiomics' definition is IBSI's."""

import csv
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


@dataclass(frozen=True)
class Row:
    """One feature; `note` says how PyRadiomics' definition differs from IBSI's, where it does."""

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
    values = phantom(folder).ours(PARAMETERS).values
    found = []
    for row in csv.DictReader((folder / "consensus.csv").open(encoding="utf-8")):
        ours = values[row["feature"]]
        if row["feature"] == "original_firstorder_Kurtosis":
            ours -= 3
        found.append(Row(row["feature"], float(row["consensus"]), ours, row["note"]))
    return found
