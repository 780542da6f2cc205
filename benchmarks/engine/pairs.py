"""Images with a region, both engines on them, and how far two answers agree."""

import logging
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from time import process_time
from typing import Any

import numpy as np
import SimpleITK as sitk

from backend.science.imaging.grid import Grid
from backend.science.radiomics import Extraction, extract, settings_of
from backend.science.radiomics.pyradiomics import pyradiomics
from backend.science.radiomics.reference import one_quiet_thread

DATA = Path(__file__).parents[3] / "shared" / "data" / "radiomics"
PYRADIOMICS = DATA / "pyradiomics"
CLOSE = 1e-6
NOISE = 1e-11
"""Of a feature's natural scale: below that a value is PyRadiomics' own rounding."""
Parameters = Mapping[str, Any]


@dataclass(frozen=True)
class Pair:
    """An image and its region, as SimpleITK read them."""

    name: str
    image: sitk.Image
    mask: sitk.Image
    label: int = 1

    @classmethod
    def read(cls, image: Path, mask: Path) -> "Pair":
        """Both files; the region is label 1."""
        name = image.name.removesuffix(".nii.gz").removesuffix(".nrrd").removesuffix("_image")
        return cls(name, sitk.ReadImage(image), sitk.ReadImage(mask))

    def slice(self, z: int) -> "Pair":
        """The same image with one slice of the region."""
        region = np.zeros_like(sitk.GetArrayViewFromImage(self.mask))
        region[z] = sitk.GetArrayViewFromImage(self.mask)[z]
        mask = sitk.GetImageFromArray(region)
        mask.CopyInformation(self.mask)
        return replace(self, mask=mask)

    @property
    def widest(self) -> int:
        """The slice with most voxels of the region."""
        region = sitk.GetArrayViewFromImage(self.mask) == self.label
        return int(region.sum(axis=(1, 2)).argmax())

    def ours(self, parameters: Parameters) -> Extraction:
        """The fast engine's answer."""
        region = sitk.GetArrayFromImage(self.mask) == self.label
        voxels = sitk.GetArrayFromImage(self.image)
        return extract(voxels, region, Grid.of(self.image), settings_of(parameters, self.name))

    def stock(self, parameters: Parameters) -> dict[str, float]:
        """The answer of PyRadiomics' `execute`, one SimpleITK thread. Raises what it raises."""
        logging.getLogger("radiomics").setLevel(logging.CRITICAL + 1)
        with one_quiet_thread(), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            extractor = pyradiomics().featureextractor.RadiomicsFeatureExtractor(dict(parameters))
            found = extractor.execute(self.image, self.mask, label=self.label)
        return {name: float(value) for name, value in found.items() if not name.startswith("diagnostics_")}


@dataclass(frozen=True)
class Difference:
    """A feature on which two answers differ; `ours` or `theirs` is None where one has no such feature."""

    name: str
    ours: float | None
    theirs: float | None

    def __str__(self) -> str:
        return f"{self.name}: {self.ours} for {self.theirs}"


@dataclass
class Agreement:
    """Features of two answers: how many there are, which agree only within rounding, which not even so.

    `fallback`: what the fast engine left to PyRadiomics; `seconds`: CPU of ours and of PyRadiomics.
    """

    features: int = 0
    noise: list[Difference] = field(default_factory=list)
    beyond: list[Difference] = field(default_factory=list)
    fallback: str = ""
    seconds: tuple[float, float] = (0.0, 0.0)

    @property
    def equal(self) -> bool:
        """Whether nothing lies beyond rounding, and the fast engine computed it."""
        return not self.beyond and not self.fallback

    @property
    def ratio(self) -> float:
        """CPU seconds of PyRadiomics over ours."""
        return self.seconds[1] / self.seconds[0]

    def add(self, name: str, ours: float | None, theirs: float, scale: float) -> None:
        """Count one feature; `scale` is the largest value of the image, of which first order is made.

        Imc2 is the root of a difference of two entropies: its square has their rounding.
        """
        self.features += 1
        found = Difference(name, ours, theirs)
        if ours is None or np.isnan(ours) != np.isnan(theirs):
            self.beyond.append(found)
        elif not np.isnan(ours) and abs(ours - theirs) > CLOSE * abs(theirs):
            squared = name.endswith("_glcm_Imc2")
            apart = abs(ours**2 - theirs**2) if squared else abs(ours - theirs)
            within = apart <= NOISE * (scale if "_firstorder_" in name else 1)
            (self.noise if within else self.beyond).append(found)


def agreement(pair: Pair, parameters: Parameters) -> Agreement:
    """Both engines on one pair, one thread; ours is timed as the better of two runs. Raises what PyRadiomics raises."""
    runs = []
    for _ in range(2):
        start = process_time()
        ours = pair.ours(parameters)
        runs.append(process_time() - start)
    start = process_time()
    theirs = pair.stock(parameters)
    found = Agreement(seconds=(min(runs), process_time() - start))
    scale = float(np.abs(sitk.GetArrayViewFromImage(pair.image)).max()) + 1000
    for name, value in theirs.items():
        found.add(name, ours.values.get(name), value, scale)
    more = {name: value for name, value in ours.values.items() if name not in theirs and not np.isnan(value)}
    found.beyond += [Difference(name, value, None) for name, value in more.items()]
    found.fallback = ours.fallback
    return found


def images(folder: Path | None = None) -> dict[str, Pair]:
    """PyRadiomics' test images by name; lung1 and lung2 from `folder`, the `data` of its source distribution."""
    found = {}
    for place in [PYRADIOMICS, *([folder] if folder else [])]:
        for path in sorted(place.glob("*_image.nrrd")):
            pair = Pair.read(path, path.with_name(path.name.replace("_image", "_label")))
            found[pair.name] = pair
    return found
