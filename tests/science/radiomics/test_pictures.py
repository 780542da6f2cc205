"""Images of two dimensions against PyRadiomics on 2-D images of SimpleITK."""

import numpy as np
import pytest
import SimpleITK as sitk

from backend.errors import BadSettings
from backend.science.radiomics import extract, settings_of
from backend.science.radiomics.reference import one_quiet_thread
from tests.oracle import needs_oracle, radiomics

SPACING = (0.7, 0.9)
IMAGES = {"Original": {}, "LoG": {"sigma": [1.0, 2.0]}, "Wavelet": {}, "Square": {}, "Gradient": {}, "LBP2D": {}}
CLASSES = ("firstorder", "glcm", "glszm", "glrlm", "ngtdm", "gldm", "shape2D", "shape")


def picture(dtype=np.float64, seed=0):
    random = np.random.default_rng(seed)
    image = random.normal(100, 20, (31, 40))
    image = image + np.roll(image, 1, 0) + np.roll(image, 1, 1)
    mask = np.zeros(image.shape, dtype=bool)
    mask[6:22, 8:30] = random.random((16, 22)) < 0.9
    return image.astype(dtype), mask


@needs_oracle
@pytest.mark.parametrize("dtype", [np.int16, np.float32, np.float64], ids=lambda d: d.__name__)
@pytest.mark.parametrize(
    "setting",
    [
        {"binCount": 16},
        {"binWidth": 5, "resampledPixelSpacing": [1, 1]},
        {"binWidth": 5, "normalize": True, "normalizeScale": 100},
        {"binWidth": 5, "distances": [1, 2], "weightingNorm": "euclidean"},
        {"binWidth": 5, "preCrop": True},
    ],
    ids=lambda setting: "-".join(setting),
)
def test_a_picture_agrees(dtype, setting):
    image, mask = picture(dtype)
    parameters = {"imageType": IMAGES, "featureClass": {name: [] for name in CLASSES}, "setting": setting}
    ours = extract(image, mask, (*SPACING, 1.0), settings_of(parameters, "x"))
    both = [sitk.GetImageFromArray(array) for array in (image, mask.astype(np.uint8))]
    for volume in both:
        volume.SetSpacing(SPACING)
    with one_quiet_thread():
        found = radiomics().featureextractor.RadiomicsFeatureExtractor(parameters).execute(*both)
    theirs = {name: float(value) for name, value in found.items() if not name.startswith("diagnostics")}
    assert list(ours.values) == list(theirs)
    for name, value in theirs.items():
        assert ours.values[name] == pytest.approx(value, rel=1e-6), name


def test_a_picture_does_not_touch_a_border_it_does_not_have():
    image, mask = picture()
    found = extract(image, mask, (*SPACING, 1.0), settings_of({"imageType": {"Wavelet": {}}}, "x"))
    assert (found.status, found.reason) == ("ok", "")


def test_settings_for_the_axes_of_a_volume_are_refused():
    image, mask = picture()
    with pytest.raises(BadSettings, match=r"hold force2D, which is for volumes.*remove it"):
        extract(image, mask, (*SPACING, 1.0), settings_of({"setting": {"force2D": True}}, "mine"))
