"""The settings file: PyRadiomics' format, nothing unknown, nothing silently without effect."""

import pytest

from backend.errors import BadSettings
from backend.science.radiomics import feature_names, load_settings, settings_of
from tests.oracle import radiomics


def written(tmp_path, text):
    path = tmp_path / "mine.yaml"
    path.write_text(text)
    return load_settings(path)


def test_paper_is_six_classes_on_nine_image_types():
    names = feature_names(load_settings("paper"))
    assert len(names) == len(set(names)) == 837
    assert len({name.split("_")[0] for name in names}) == 9
    assert {name.split("_")[1] for name in names} == {"firstorder", "glcm", "glszm", "glrlm", "ngtdm", "gldm"}
    assert names[0] == "original_firstorder_10Percentile"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("setting: {binwidth: 5}", "`binwidth` in setting is unknown"),
        ("settings: {binWidth: 5}", "`settings` at the top is unknown"),
        ("voxelSetting: {radius: 1}", "`radius` in voxelSetting is unknown"),
        ("imageType: {Fourier: {}}", "`Fourier` in imageType is unknown"),
        ("imageType: {Wavelet: {wavelet: nonsense}}", "`wavelet` nonsense, which must be the name of a discrete"),
        ("imageType: {LoG: {}}", "LoG without sigma"),
        ("imageType: {LoG: {sigma: [1], normalize: true}}", "`normalize` in imageType LoG would have no effect"),
        ("featureClass: {glcm: [NoSuchFeature]}", "the class glcm has no feature `NoSuchFeature`"),
        ("featureClass: {texture: []}", "`texture` in featureClass is unknown"),
        ("featureClass: {glcm: Contrast}", "glcm in featureClass is no list"),
        ("setting: {binWidth: -5}", "`binWidth` -5, which must be a number above 0"),
        ("setting: {binWidth: .nan}", "`binWidth` nan, which must be a number above 0"),
        ("setting: {label: 0}", "`label` 0, which must be a whole number of at least 1"),
        ("setting: {force2Ddimension: 3}", "a whole number from 0 to 2"),
        ("setting: {resegmentRange: [1, 2, 3]}", "a list of 1 or 2"),
        ("setting: {interpolator: cubic}", "one of sitkNearestNeighbor, "),
        (
            "setting: {interpolator: , resampledPixelSpacing: [1, 1, 1]}",
            "resampledPixelSpacing without an interpolator",
        ),
        ("setting: {binWidth: 5, binCount: 32}", "both binWidth and binCount"),
        ("setting: {binCount: 32}\nimageType: {Wavelet: {binWidth: 5}}", "binWidth of Wavelet would have no effect"),
        ("setting: {binWidth: -5, nothing: 1}\nfeatureClass: {glcm: [X]}", r"`nothing`.*`binWidth`.*`X`"),
        ("setting: [1, 2]", "no mapping"),
        ("imageType: {Wavelet: 5}", "no mapping"),
        ("just text", "no mapping"),
        ("a: &x [1]\nb: *x", r"mine\.yaml hold an alias \(`\*name`\), which is not read here; write its value out"),
        ("setting: {binWidth: 5, binWidth: 6}", r"mine\.yaml give `binWidth` twice in one section; keep one"),
        ('{"setting": {"binWidth": 5}, "setting": {}}', "give `setting` twice"),
        ("setting: {binWidth: 5}\nfeatureClass: [\n", r"not valid YAML \(line 3: "),
        ("setting: {binWidth: 1:30}", "`binWidth` 1:30, which must be a number above 0"),
        ("imageType: {Original: {label: 2}}", "`label` in imageType Original would measure another region"),
        ("imageType: {Original: {binWidth: 2, binCount: 3}}", "both binWidth and binCount are given for Original"),
        ("featureClass: {glcm: [SumVariance]}", r"mine\.yaml ask for no feature"),
        ("setting: {", "not valid YAML"),
        ("!!python/object/apply:os.system ['true']", "not valid YAML"),
        ("#" * 70_000, "larger than 64 KB"),
    ],
)
def test_what_does_not_belong_is_refused_with_a_sentence(tmp_path, text, sentence):
    with pytest.raises(BadSettings, match=sentence):
        written(tmp_path, text)


def test_pyradiomics_own_example_is_read_and_its_defaults_kept(tmp_path):
    text = "imageType: {Original: {}}\nsetting: {binWidth: 25, label: 1, interpolator: sitkBSpline, weightingNorm: }\n"
    settings = written(tmp_path, text)
    extractor = radiomics().featureextractor.RadiomicsFeatureExtractor()
    assert {name.split("_")[1] for name in feature_names(settings)} == set(extractor.enabledFeatures)
    assert len(feature_names(settings)) == 107  # PyRadiomics 3.0.1: 93 and 14 of shape


def test_file_that_is_not_there_is_refused_without_its_folder(tmp_path):
    with pytest.raises(BadSettings, match=r"^The settings file none\.yaml cannot be read") as refusal:
        load_settings(tmp_path / "none.yaml")
    assert str(tmp_path) not in refusal.value.sentence


def test_hash_follows_the_content_and_not_the_name_or_the_order_of_settings(tmp_path):
    one = written(tmp_path, "setting: {binWidth: 5, normalize: true}")
    same = settings_of({"setting": {"normalize": True, "binWidth": 5}}, "other name")
    other = settings_of({"setting": {"normalize": True, "binWidth": 6}}, "other name")
    assert one.settings_hash == same.settings_hash
    assert one.settings_hash != other.settings_hash


def test_names_follow_the_classes_filters_and_features_asked_for():
    settings = settings_of(
        {
            "imageType": {"LoG": {"sigma": [1.5]}, "Original": {}},
            "featureClass": {"glcm": ["Idm", "Contrast"], "shape": ["Sphericity"]},
        },
        "few",
    )
    assert feature_names(settings) == (
        "original_shape_Sphericity",
        "log-sigma-1-5-mm-3D_glcm_Idm",
        "log-sigma-1-5-mm-3D_glcm_Contrast",
        "original_glcm_Idm",
        "original_glcm_Contrast",
    )
