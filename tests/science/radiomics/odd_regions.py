"""Regions of unusual shape on small images, and the comparison of the fast engine with PyRadiomics."""

from dataclasses import dataclass, field

import numpy as np

from backend.science.radiomics import extract, settings_of
from backend.science.radiomics.pyradiomics import RAISES
from tests.science.radiomics.phantom import SPACING, ellipsoid, stock, textured

CLASSES = ("firstorder", "glcm", "glszm", "glrlm", "ngtdm", "gldm")
BOTH = {"Original": {}, "Wavelet": {}}
DISCRETISATIONS = {
    "width 25": {"binWidth": 25},
    "32 bins": {"binCount": 32},
    "normalised width 5": {"normalize": True, "normalizeScale": 100, "binWidth": 5},
    "raw width 5": {"binWidth": 5},
}


def parameters(setting, images=BOTH):
    return {"imageType": images, "featureClass": {name: [] for name in CLASSES}, "setting": setting}


def _slab(axis, at=(7, 12, 14)):
    mask = ellipsoid()
    keep = np.zeros_like(mask)
    index = [slice(None)] * 3
    index[axis] = at[axis]
    keep[tuple(index)] = mask[tuple(index)]
    return keep


def _points(*places):
    mask = np.zeros((15, 26, 29), dtype=bool)
    for place in places:
        mask[place] = True
    return mask


def _holes():
    return ellipsoid() & (np.random.default_rng(5).random((15, 26, 29)) < 0.3)


def _levels():
    """Every voxel another level under a width of 5; one slice, as PyRadiomics takes a second a direction."""
    image, mask = np.zeros((3, 30, 30)), np.zeros((3, 30, 30), dtype=bool)
    mask[1, 3:26, 3:25] = True
    image[mask] = 5.0 * np.random.default_rng(6).permutation(mask.sum())
    return image, mask


REGIONS = {
    "ellipsoid": lambda: (textured(), ellipsoid()),
    "one slice": lambda: (textured(), _slab(0)),
    "one voxel thick in y": lambda: (textured(), _slab(1)),
    "one voxel thick in x": lambda: (textured(), _slab(2)),
    "flat": lambda: (np.full((15, 26, 29), 7.3), ellipsoid()),
    "two levels": lambda: (np.where(textured() > 200, 30.0, 10.0), ellipsoid()),
    "more than 500 levels": _levels,
    "isolated voxels": lambda: (textured(), _points((3, 3, 3), (7, 9, 20), (10, 20, 8))),
    "two voxels on a diagonal": lambda: (textured(), _points((3, 3, 3), (4, 4, 4))),
    "four in a square": lambda: (textured(), _points((3, 3, 3), (3, 3, 4), (3, 4, 3), (3, 4, 4))),
    "full of holes": lambda: (textured(), _holes()),
    "touching low borders": lambda: (textured(seed=1), ellipsoid(centre=(2, 4, 5))),
    "touching high borders": lambda: (textured(seed=1), ellipsoid(centre=(12, 21, 24))),
    "across the whole width": lambda: (textured(), ellipsoid(radii=(3, 30, 30))),
    "even image": lambda: (textured((14, 24, 28)), ellipsoid((14, 24, 28))),
    "integers": lambda: (np.round(textured()), ellipsoid()),
    "mostly zero": lambda: (np.where(textured() > 225, 1.0, 0.0) * 40, ellipsoid()),
    "two pieces": lambda: (textured(), ellipsoid(radii=(2, 3, 3)) | ellipsoid(centre=(7, 21, 23), radii=(2, 3, 3))),
}


@dataclass
class Comparison:
    """What differs between the engines on one region: names beyond 1e-6, names within rounding noise, NaN patterns."""

    beyond: list[str] = field(default_factory=list)
    noise: list[str] = field(default_factory=list)
    undefined: list[str] = field(default_factory=list)
    features: int = 0


def compared(image, mask, setting, images=BOTH):
    """The fast engine against PyRadiomics' own `execute` on the whole image; None where both refuse alike."""
    chosen = parameters(setting, images)
    ours = extract(image, mask, SPACING, settings_of(chosen, "compared"))
    theirs = answer(image, mask, chosen)
    if theirs is None:
        assert ours.status == "refused"
        return None
    assert (ours.engine, ours.fallback) == ("fast", "")
    assert ours.status != "refused", ours.reason
    assert list(ours.values) == list(theirs)
    result = Comparison(features=len(theirs))
    for name, a in ours.values.items():
        judge(result, name, a, theirs[name], float(np.abs(image[mask]).max()) + setting.get("normalizeScale", 1))
    return result


def answer(image, mask, chosen):
    """PyRadiomics' features, None where it refuses, be it with a word or without a direction for its matrices."""
    try:
        return stock(image, mask, chosen)
    except RAISES:
        return None


def judge(result, name, a, b, scale):
    """Relative 1e-6; below that an absolute 1e-11 of the feature's natural scale is PyRadiomics' own rounding."""
    if np.isnan(a) != np.isnan(b):
        result.undefined.append(f"{name}: {a} for {b}")
    elif not np.isnan(a) and abs(a - b) > 1e-6 * abs(b):
        within = abs(a - b) <= 1e-11 * (scale if "firstorder" in name else 1)
        (result.noise if within else result.beyond).append(f"{name}: {a} for {b}")
