"""Compares Laplacians of Gaussian with SimpleITK's, and features with PyRadiomics': `python -m benchmarks.laplacian`.

Three images, sigma 1, 2 and 3 mm, CPU seconds of one thread, the best of some rounds. Real images that are not beside
the checkout are left out. `--write` puts the table into docs/performance.md.
"""

import argparse
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from time import process_time
from typing import Any

import numpy as np
import numpy.typing as npt
import SimpleITK as sitk

from backend.science.radiomics import extract, settings_of
from backend.science.radiomics.filters.laplacian_of_gaussian import laplacian_of_gaussian
from backend.science.radiomics.parameters.schema import extractor_of
from backend.science.radiomics.reference import one_quiet_thread
from backend.science.radiomics.region.mask_index import MaskIndex
from benchmarks.page import measured_by, table, write_block
from benchmarks.radiomics_cases import CASES, patients

BRAIN = CASES.parent / "radiomics" / "pyradiomics"
SIGMAS = [1.0, 2.0, 3.0]
ROUNDS = 5
SETTINGS = settings_of({"imageType": {"Original": {}, "LoG": {"sigma": SIGMAS}}, "setting": {"binWidth": 25}}, "LoG")
Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Study:
    """A volume (z, y, x), its spacing (x, y, z) in mm, and a region."""

    name: str
    voxels: Array
    spacing: tuple[float, float, float]
    region: Array

    def pair(self) -> list[sitk.Image]:
        """Both as images of SimpleITK."""
        images = [sitk.GetImageFromArray(array) for array in (self.voxels, self.region.astype(np.uint8))]
        for image in images:
            image.SetSpacing(self.spacing)
        return images


def studies() -> Iterator[Study]:
    """PyRadiomics' example of a brain, the T2 of a real prostate, and noise of the size of a chest CT."""
    if BRAIN.is_dir():
        image, label = (sitk.ReadImage(str(BRAIN / f"brain1_{part}.nrrd")) for part in ("image", "label"))
        region = sitk.GetArrayFromImage(label) == 1
        yield Study("brain1, tumour", sitk.GetArrayFromImage(image), image.GetSpacing(), region)
    if CASES.is_dir():
        case = next(iter(patients().values()))
        yield Study("prostate, T2, gland", case.images["T2"], case.grid.spacing, case.masks["gland"] > 0)
    noise = np.random.default_rng(0).normal(0, 200, (100, 512, 512)).astype(np.int16)
    region = np.zeros(noise.shape, dtype=bool)
    region[40:52, 200:230, 300:330] = True
    yield Study("noise, block of 12 x 30 x 30", noise, (0.7, 0.7, 2.5), region)


def least(work: Callable[[], Any], rounds: int) -> tuple[float, Any]:
    """CPU seconds of the fastest of some calls, and the answer of the last."""
    seconds = []
    for _ in range(rounds):
        start = process_time()
        answer = work()
        seconds.append(process_time() - start)
    return min(seconds), answer


def row(study: Study) -> list[str]:
    """The line of the table of one study."""
    image, label = study.pair()
    box = MaskIndex.of(study.region).box
    theirs = [least(partial(sitk.LaplacianRecursiveGaussian, image, s, True), 2) for s in SIGMAS]
    ours = [least(partial(laplacian_of_gaussian, study.voxels, study.spacing, s, box), ROUNDS) for s in SIGMAS]
    unlike = sum(
        int(np.count_nonzero(sitk.GetArrayFromImage(a)[box] != b)) for (_, a), (_, b) in zip(theirs, ours, strict=True)
    )
    stock, found = least(lambda: extractor_of(SETTINGS.parameters).execute(image, label), 1)
    fast, features = least(lambda: extract(study.voxels, study.region, study.spacing, SETTINGS), ROUNDS)
    wanted = np.array([float(found[name]) for name in features.values])
    apart = np.max(np.abs(np.array([*features.values.values()]) - wanted) / np.maximum(np.abs(wanted), 1e-12))
    slow, quick = (sum(seconds for seconds, _ in runs) for runs in (theirs, ours))
    return [
        *(f"{study.name}, {' x '.join(map(str, study.voxels.shape))} {study.voxels.dtype}",),
        *(f"{slow:.2f} s", f"{1e3 * quick:.1f} ms", f"{slow / quick:.0f} x", f"{unlike}"),
        *(f"{stock:.2f} s", f"{1e3 * fast:.0f} ms", f"{stock / fast:.0f} x", f"{apart:.0e}"),
    ]


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--write", action="store_true", help="put the table into docs/performance.md")
    chosen = options.parse_args()
    head = ["image", "SimpleITK", "ours", "ratio", "voxels that differ"]
    head += ["Original + LoG, PyRadiomics", "fast", "ratio", "largest relative difference"]
    with one_quiet_thread():
        text = table(head, [row(study) for study in studies()])
    print(text)
    if chosen.write:
        said = measured_by("python -m benchmarks.laplacian --write")
        write_block("performance.md", "laplacian", f"{said}\n\n{text}")


if __name__ == "__main__":
    main()
