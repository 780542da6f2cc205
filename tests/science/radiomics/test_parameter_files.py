"""Parameter files as people write them: what PyRadiomics reads in them, in its order, and the same values."""

import pytest

from backend.errors import BadSettings
from backend.science.radiomics import extract, load_settings, settings_of
from tests.science.radiomics.phantom import SPACING, ellipsoid, stock, textured

FEW = "featureClass: {firstorder: [Energy], glcm: [Contrast], glrlm: [RunVariance], gldm: [DependenceEntropy]}\n"
FILES = {
    "nothing said": "{}",
    "classes in an order of their own": "featureClass: {gldm: , shape: , firstorder: }",
    "features in an order of their own": "featureClass: {glcm: [MCC, Contrast, Idn], firstorder: [Variance, Mean]}",
    "a feature twice": "featureClass: {firstorder: [Mean, Energy, Mean]}",
    "image types in an order of their own": FEW + "imageType: {Gradient: {}, Original: {}, Square: {}}",
    "sigma as it is written": FEW + "imageType: {LoG: {sigma: [2, 2.0, 1.5e0]}}",
    "sigma twice": FEW + "imageType: {LoG: {sigma: [2, 1.5, 2]}}",
    "zeros before a number": FEW + "setting: {binWidth: 010}",
    "an underscore in a number": FEW + "setting: {binWidth: 1_0}",
    "JSON with tabs": '{\n\t"setting": {"binWidth": 1e1},\n\t"featureClass": {"glcm": ["Contrast"]}\n}',
    "a byte order mark": "\ufeffsetting: {binWidth: 10}\n" + FEW,
    "bins of one image type": FEW + "imageType: {Original: {}, Square: {binCount: 16}}\nsetting: {binWidth: 20}",
    "the label of all in one": FEW + "imageType: {Original: {label: 1}}\nsetting: {label: 1}",
    "distances of one image type": FEW + "imageType: {Original: {distances: [2]}, Square: {distances: [1, 2]}}",
    "planes of one image type": FEW + "imageType: {Original: {}, Wavelet: {force2D: true, force2Ddimension: 1}}",
    "textures of one image type": FEW
    + "imageType: {Original: {gldm_a: 2, weightingNorm: manhattan, symmetricalGLCM: false, voxelArrayShift: 9}}",
}


@pytest.mark.parametrize("name", FILES)
def test_a_file_is_read_as_pyradiomics_reads_it(tmp_path, name):
    path = tmp_path / "mine.yaml"
    path.write_text(FILES[name])
    image, mask = textured(), ellipsoid()
    ours = extract(image, mask, SPACING, load_settings(path))
    theirs = stock(image, mask, str(path))
    assert list(ours.values) == list(theirs)
    assert list(ours.values.values()) == pytest.approx(list(theirs.values()), rel=1e-6, nan_ok=True)
    assert (ours.status, ours.reason) == ("ok", "")


def test_force2d_brings_shape2d_where_no_class_is_named(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text("setting: {force2D: true}")
    image, mask = textured(), ellipsoid(radii=(0.5, 6, 7))
    ours = extract(image, mask, SPACING, load_settings(path))
    assert list(ours.values) == list(stock(image, mask, str(path)))
    assert sum("shape2D" in name for name in ours.values) == 9


def test_two_spacings_are_refused_for_a_volume():
    asked = settings_of({"setting": {"resampledPixelSpacing": [2, 2]}}, "two")
    with pytest.raises(BadSettings, match="two hold resampledPixelSpacing with two numbers, and the image has three"):
        extract(textured(), ellipsoid(), SPACING, asked)
