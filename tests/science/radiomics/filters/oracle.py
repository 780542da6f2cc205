"""Small images of every type PyRadiomics may meet, boxes in them, and PyRadiomics' own filtered images."""

import warnings

import numpy as np
import SimpleITK as sitk

from tests.oracle import radiomics

imageoperations = radiomics().imageoperations
KINDS = (np.int16, np.uint8, np.float32, np.float64)
SHAPES = ((9, 12, 11), (8, 10, 14), (1, 7, 9))
SPACING = (0.7, 0.9, 3.3)


def noise(kind, shape=SHAPES[0], seed=0):
    """(D, H, W) of one type, both signs where the type has them, so rough that an order of operations is seen."""
    values = np.random.default_rng(seed).normal(scale=60, size=shape)
    return (values + (100 if np.dtype(kind).kind == "u" else 0)).clip(-30000, 255).astype(kind)


def boxes(shape):
    """The whole image, its first corner, its last corner, and a box away from all borders where there is room."""
    yield tuple(slice(0, n) for n in shape)
    yield tuple(slice(0, n // 2 + 1) for n in shape)
    yield tuple(slice(n // 2, n) for n in shape)
    if min(shape) > 4:
        yield tuple(slice(2, n - 2) for n in shape)


def volume(voxels, spacing=SPACING):
    made = sitk.GetImageFromArray(voxels)
    made.SetSpacing(spacing)
    return made


def derived(image_type, voxels, mask=None, spacing=SPACING, **settings):
    """Name -> voxels (D, H, W) of the images that PyRadiomics derives, in its order."""
    images = getattr(imageoperations, f"get{image_type}Image")
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        found = images(volume(voxels, spacing), None if mask is None else volume(mask.astype(np.uint8)), **settings)
        return {name: sitk.GetArrayFromImage(image) for image, name, _ in found}


def assert_same(ours, theirs):
    """The same type, the same NaN and the same bits, but for the sign of a zero."""
    assert ours.dtype == theirs.dtype
    np.testing.assert_array_equal(ours, theirs)
