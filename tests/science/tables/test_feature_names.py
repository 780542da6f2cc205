import pytest

from backend.errors import BadTable
from backend.science.tables.feature_names import FeatureName, modality_order, order_key, parse


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
    assert modality_order(["ADC", "zeta", "T2", "alpha", "ADC"]) == ["T2", "ADC", "alpha", "zeta"]
