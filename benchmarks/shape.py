"""Shape and shape2D against PyRadiomics: `python -m benchmarks.shape`, for docs/performance.md with `--write`.

The glands of the two real cases as drawn, a lesion, the largest slice of each gland, and an ellipsoid; one thread.
PyRadiomics is timed in `computeShape`, after its check of the mask; ours on the region in its bounding box, which the
engine knows by then too. CPU seconds, the median of some runs of each in turn.
"""

import argparse
import logging
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from statistics import median
from time import process_time
from typing import Any

import numpy as np
import SimpleITK as sitk
from radiomics import imageoperations
from radiomics.featureextractor import RadiomicsFeatureExtractor

from backend.science.radiomics.features.shape import shape
from backend.science.radiomics.features.shape_2d import shape_2d
from backend.science.radiomics.reference import one_quiet_thread
from backend.science.radiomics.region.mask_index import bounding_box
from backend.science.types import MaskArray
from benchmarks.page import measured_by, table, write_block
from benchmarks.radiomics_cases import CASES

HEAD = ["region", "voxels", "PyRadiomics", "fast", "ratio", "largest relative difference"]
SLOW_RUNS, FAST_RUNS = 3, 100
Spacing = tuple[float, float, float]


@dataclass(frozen=True)
class Region:
    """A region (D, H, W), its spacing (x, y, z) and the class measured on it."""

    name: str
    mask: MaskArray
    spacing: Spacing
    kind: str = "shape"

    def of_its_largest_slice(self) -> "Region":
        """The slice with most voxels, for shape2D."""
        at = int(np.argmax(self.mask.sum(axis=(1, 2))))
        return Region(f"{self.name}, one slice", self.mask[at : at + 1], self.spacing, "shape2D")


def regions() -> Iterator[Region]:
    """Real regions where the shared cases are, and an ellipsoid of the size of a prostate."""
    for path in sorted(CASES.glob("*/*_gland.nii.gz")) + sorted(CASES.glob("*0000*/*_lesion.nii.gz")):
        volume = sitk.ReadImage(str(path))
        what = path.name.removesuffix(".nii.gz").rsplit("_", 1)[1]
        region = Region(f"{path.parent.name.split('_')[0]}, {what}", read(volume), volume.GetSpacing())
        yield region
        if what == "gland":
            yield region.of_its_largest_slice()
    z, y, x = np.ogrid[-22:23, -44:45, -39:40]
    ellipsoid = Region("ellipsoid", (z / 21) ** 2 + (y / 43) ** 2 + (x / 38) ** 2 <= 1, (0.5, 0.5, 1.0))
    yield ellipsoid
    yield ellipsoid.of_its_largest_slice()


def read(volume: sitk.Image) -> MaskArray:
    """Voxels above 0: a lesion's value is its grade."""
    return np.asarray(sitk.GetArrayFromImage(volume) > 0)


def compared(region: Region) -> list[str]:
    """Cells of a table: both times, their ratio, and the largest relative difference of the features."""
    volume = sitk.GetImageFromArray(region.mask.astype(np.uint8))
    volume.SetSpacing(region.spacing)
    parameters = {"featureClass": {region.kind: []}, "setting": {"force2D": region.kind == "shape2D"}}
    extractor = RadiomicsFeatureExtractor(parameters)
    box, _ = imageoperations.checkMask(volume, volume)
    mask = region.mask[bounding_box(region.mask)]

    def stock() -> dict[str, Any]:
        return dict(extractor.computeShape(volume, volume, box, **extractor.settings))

    def ours() -> dict[str, float]:
        return shape(mask, region.spacing) if region.kind == "shape" else shape_2d(mask, region.spacing, 0)

    slow, fast = seconds(stock, SLOW_RUNS), seconds(ours, FAST_RUNS)
    found = ours()
    pairs = [(found[name.rsplit("_", 1)[1]], float(value)) for name, value in stock().items()]
    apart = max(abs(a - b) / abs(b) if b else abs(a) for a, b in pairs)
    times = [f"{1000 * slow:.2f} ms", f"{1000 * fast:.3f} ms", f"{slow / fast:.0f} x"]
    return [f"{region.name}, {region.kind}", f"{np.count_nonzero(mask)}", *times, f"{apart:.0e}"]


def seconds(work: Callable[[], object], runs: int) -> float:
    """CPU seconds of a call, the median over `runs`; calls too short for the clock are measured ten at a time."""
    spent = []
    for _ in range(runs):
        start = process_time()
        for _ in range(10):
            work()
        spent.append((process_time() - start) / 10)
    return median(spent)


def main() -> None:
    """Measure, print and, with `--write`, put the table into the page."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--write", action="store_true", help="write the table into docs/performance.md")
    write = arguments.parse_args().write
    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")
    said = measured_by("python -m benchmarks.shape --write")
    rows = []
    with one_quiet_thread():
        for region in regions():
            rows.append(compared(region))
            print(*rows[-1], sep=" | ", flush=True)
    if write:
        write_block("performance.md", "shape", f"{said}\n\n{table(HEAD, rows)}")


if __name__ == "__main__":
    main()
