import pytest

from backend.errors import BadTable
from backend.science.tables.feature_names import FeatureName, order_key, parse


def test_a_column_is_taken_apart_and_put_together_again():
    name = parse("ADC_wavelet-LLH_firstorder_Kurtosis")
    assert name == FeatureName("ADC", "wavelet-LLH", "firstorder", "Kurtosis")
    assert name.column == "ADC_wavelet-LLH_firstorder_Kurtosis"
    assert (name.image_family, name.modality_class) == ("Wavelet", "ADC_firstorder")


@pytest.mark.parametrize(
    ("column", "modality", "image_type"),
    [
        ("T2_original_glcm_Contrast", "T2", "original"),
        ("T2_FS_original_glcm_Contrast", "T2_FS", "original"),
        ("DWI_log-sigma-1-0-mm-3D_glszm_ZoneEntropy", "DWI", "log-sigma-1-0-mm-3D"),
        ("b1400_original_shape_Sphericity", "b1400", "original"),
        ("b1000-ADC_wavelet-LLH_glcm_Contrast", "b1000-ADC", "wavelet-LLH"),
        ("T1ce_original_glcm_Contrast", "T1ce", "original"),
        ("CT_log-sigma-3-0-mm-3D_glcm_Contrast", "CT", "log-sigma-3-0-mm-3D"),
        ("18F-FDG-PET_original_firstorder_10Percentile", "18F-FDG-PET", "original"),
        ("2-_original_shape2D_Sphericity", "2-", "original"),
        ("original_original_glcm_Contrast", "original", "original"),
        ("glcm_original_glcm_Contrast", "glcm", "original"),
        ("T2_original_nonsense_Contrast", "T2", "original"),
        ("T2_wavelet-db3-llh_cm_contrast_d1_3d", "T2", "wavelet-db3-llh"),
    ],
)
def test_imported_names_are_tolerated(column, modality, image_type):
    name = parse(column)
    assert (name.modality, name.image_type, name.column) == (modality, image_type, column)


@pytest.mark.parametrize(
    "column", ["", "original_glcm_Contrast", "T2_other_nonsense_Contrast", "=T2_original_glcm_Contrast", "T2 x"]
)
def test_other_names_are_refused_with_file_and_remedy(column):
    with pytest.raises(BadTable, match=r"^mine\.csv: the column .* rename or remove it\.$"):
        parse(column, "mine.csv")


def test_canonical_order_is_the_papers():
    columns = [
        "X_original_glcm_Contrast",
        "ADC_original_firstorder_Mean",
        "T2_wavelet-LLL_firstorder_Mean",
        "T2_wavelet-LLH_firstorder_Mean",
        "T2_original_ngtdm_Busyness",
        "T2_original_firstorder_Mean",
    ]
    assert [n.column for n in sorted(map(parse, columns), key=order_key)] == [
        "T2_original_firstorder_Mean",
        "T2_original_ngtdm_Busyness",
        "T2_wavelet-LLH_firstorder_Mean",
        "T2_wavelet-LLL_firstorder_Mean",
        "ADC_original_firstorder_Mean",
        "X_original_glcm_Contrast",
    ]


def test_modalities_come_in_the_order_that_is_given_and_others_by_name():
    features = [parse(f"{name}_original_glcm_Contrast") for name in ("zeta", "T1", "FLAIR", "alpha", "T1ce", "T2")]
    ordered = sorted(features, key=lambda name: order_key(name, ("T1ce", "FLAIR", "T1", "T2")))
    assert [name.modality for name in ordered] == ["T1ce", "FLAIR", "T1", "T2", "alpha", "zeta"]
    assert [name.modality for name in sorted(features, key=order_key)] == ["T2", "FLAIR", "T1", "T1ce", "alpha", "zeta"]
