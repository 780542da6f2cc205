import pytest

from backend.science.tables.feature_names import CLASSES, SUBBANDS, parse
from backend.science.tables.glossary import CLASS_LABELS, image_type_sentence, image_type_words, label, words
from tests.oracle import radiomics

NAMES = [
    (feature_class, name)
    for feature_class in ("firstorder", "glcm", "gldm", "glrlm", "glszm", "ngtdm")
    for name, deprecated in radiomics().getFeatureClasses()[feature_class].getFeatureNames().items()
    if not deprecated
]


def test_pyradiomics_has_93_names():
    assert len(NAMES) == 93


@pytest.mark.parametrize(("feature_class", "name"), NAMES)
def test_every_pyradiomics_feature_has_words(feature_class, name):
    found = words(feature_class, name)
    assert found.formula
    assert found.ibsi
    assert found.sentence.endswith(".")
    assert found.label != name


def test_labels_differ_within_a_class():
    labels = [(feature_class, words(feature_class, name).label) for feature_class, name in NAMES]
    assert len(set(labels)) == len(labels)


def test_every_class_has_a_label():
    assert tuple(CLASS_LABELS) == CLASSES


def test_a_label_reads_as_words():
    name = parse("T2_wavelet-LLH_glrlm_LongRunHighGrayLevelEmphasis")
    assert label(name) == "long runs of high grey level · GLRLM · T2 · wavelet LLH"


def test_an_unknown_feature_keeps_its_name():
    assert words("shape", "Sphericity").label == "Sphericity"


def test_subbands_are_explained_axis_by_axis():
    sentences = {image_type_sentence(f"wavelet-{subband}") for subband in SUBBANDS}
    assert len(sentences) == 8
    assert "smooth along x, smooth along y, detail along z" in image_type_sentence("wavelet-LLH")
    assert image_type_words("wavelet-LLH") == "wavelet LLH"
    assert image_type_sentence("original") == "Measured on the image itself."
    assert "log-sigma-1-0-mm-3D" in image_type_sentence("log-sigma-1-0-mm-3D")
