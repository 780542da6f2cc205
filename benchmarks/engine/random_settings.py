"""Random volumes under random legal settings: both engines on each draw of a seed."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import SimpleITK as sitk

from benchmarks.engine.pairs import Agreement, Pair, agreement

CLASSES = ("firstorder", "glcm", "glszm", "glrlm", "ngtdm", "gldm", "shape")
TYPES = (np.uint8, np.int16, np.uint16, np.int32, np.float32, np.float64)
Random = np.random.Generator


@dataclass(frozen=True)
class Draw:
    """One draw: its number, input and settings, and how far the engines agree; `said` where both refuse.

    `disagreed`: what one engine says where the other has an answer.
    """

    number: int
    pair: Pair
    parameters: dict[str, Any]
    agrees: Agreement | None
    said: str = ""
    disagreed: str = ""


def drawn(seed: int, number: int) -> tuple[Pair, dict[str, Any]]:
    """The volume and the settings of one draw."""
    random = np.random.default_rng([seed, number])
    return volume(random), settings(random)


def draws(seed: int, count: int, first: int = 0) -> Iterator[Draw]:
    """Compare both engines on `count` draws from number `first` on."""
    for number in range(first, first + count):
        pair, parameters = drawn(seed, number)
        try:
            yield Draw(number, pair, parameters, agreement(pair, parameters))
        except (ValueError, RuntimeError) as error:
            ours = pair.ours(parameters)
            alike = ours.status == "refused"
            wrong = "" if alike else f"PyRadiomics raises ({error}), ours is {ours.status}"
            yield Draw(number, pair, parameters, None, str(error), wrong)


def volume(random: Random) -> Pair:
    """A textured or noisy image of 4 to 14 voxels a side, with a region: a ball, a box, a slice or loose voxels."""
    shape = random.integers(4, 15, 3)
    voxels = random.normal(size=shape)
    for axis in range(3):
        voxels = voxels + np.roll(voxels, 1, axis) * random.choice([0, 1])
    kind = random.choice(np.array(TYPES, dtype=object))
    voxels = 100 + 20 * voxels
    if np.issubdtype(kind, np.unsignedinteger):
        voxels = np.clip(voxels, 0, 180)  # NumPy 2 lets PyRadiomics' bins of an 8-bit image overflow above
    image = sitk.GetImageFromArray(voxels.astype(kind))
    mask = sitk.GetImageFromArray(_region(random, tuple(int(n) for n in shape)).astype(np.uint8))
    for one in (image, mask):
        one.SetSpacing([float(x) for x in spacing_of(mask.GetSize())])
    return Pair("random", image, mask)


def spacing_of(size: tuple[int, ...]) -> tuple[float, ...]:
    """Some anisotropic spacing that depends on the size alone."""
    return tuple((0.7, 1.0, 1.3, 2.5)[n % 4] for n in size)


def _region(random: Random, shape: tuple[int, ...]) -> Any:
    z, y, x = np.indices(shape)
    middle = [random.uniform(1, n - 1) for n in shape]
    radius = random.uniform(1.2, max(shape) / 2)
    ball = (z - middle[0]) ** 2 + (y - middle[1]) ** 2 + (x - middle[2]) ** 2 <= radius**2
    form = random.choice(["ball", "ball", "ball", "box", "slice", "loose", "holes"])
    if form == "box":
        region = (z > 0) & (y > 0) & (x > 0) & (z < shape[0] - 1) & (y < shape[1] - 1)
    elif form == "slice":
        region = (z == int(middle[0])) & (random.random(shape) < 0.7)
    elif form == "loose":
        region = random.random(shape) < 0.1
    elif form == "holes":
        region = ball & (random.random(shape) < 0.5)
    else:
        region = ball
    region[tuple(int(m) for m in middle)] = True
    region[0, 0, 0] &= not region.all()
    return region


def settings(random: Random) -> dict[str, Any]:
    """Legal settings: one to three image types, two or three classes, and some keys that change values."""
    kinds = {kind: _own(kind, random) for kind in random.choice(KINDS, random.integers(1, 4), replace=False).tolist()}
    classes = random.choice(CLASSES, random.integers(2, 4), replace=False).tolist()
    given: dict[str, Any] = {}
    given |= {"binCount": int(random.choice([4, 8, 32]))} if random.random() < 0.4 else {"binWidth": _width(random)}
    for chance, part in (
        (0.25, {"normalize": True, "normalizeScale": 100}),
        (0.3, {"resampledPixelSpacing": [float(v) for v in random.choice([0, 0.9, 1.5, 2], 3)]}),
        (0.2, {"interpolator": str(random.choice(["sitkLinear", "sitkNearestNeighbor", "sitkBSpline"]))}),
        (0.2, {"preCrop": True, "padDistance": int(random.integers(0, 4))}),
        (0.25, {"force2D": True, "force2Ddimension": int(random.integers(0, 3))}),
        (0.2, {"distances": [[2], [1, 2], [1, 3]][random.integers(3)]}),
        (0.2, {"weightingNorm": str(random.choice(["euclidean", "manhattan", "infinity", "no_weighting"]))}),
        (0.2, {"symmetricalGLCM": False}),
        (0.2, {"gldm_a": int(random.integers(1, 3))}),
        (0.2, {"resegmentRange": [-1.5, 1.5], "resegmentMode": "sigma"}),
        (0.1, {"removeOutliers": 1.5}),
        (0.2, {"voxelArrayShift": 300}),
        (0.1, {"minimumROIDimensions": 3}),
    ):
        if random.random() < chance:
            given |= part
    return {"imageType": kinds, "featureClass": {name: [] for name in classes}, "setting": given}


KINDS = ("Original", "Wavelet", "LoG", "Square", "SquareRoot", "Logarithm", "Exponential", "Gradient", "LBP2D")


def _own(kind: str, random: Random) -> dict[str, Any]:
    if kind == "LoG":
        return {"sigma": [float(random.choice([0.8, 1.5, 3]))]}
    if kind == "Wavelet":
        wavelet = str(random.choice(["coif1", "haar", "db2", "bior2.2"]))
        return {"wavelet": wavelet, "level": int(random.integers(1, 3)), "start_level": int(random.integers(0, 2))}
    return {}


def _width(random: Random) -> float:
    return float(random.choice([2, 5, 12.5, 25]))
