"""Names of features as the software of the field writes them, each written down here by hand."""

import pytest

from backend.science.tables.feature_columns import feature_of, not_a_feature
from backend.science.tables.feature_names import parse


@pytest.mark.parametrize(
    ("column", "modality", "image_type", "feature_class", "feature", "software"),
    [
        ("T2_original_glcm_Contrast", "T2", "original", "glcm", "Contrast", "PyRadiomics"),
        ("original_glcm_Contrast", "", "original", "glcm", "Contrast", "PyRadiomics"),
        ("wavelet-LLH_firstorder_Mean", "", "wavelet-LLH", "firstorder", "Mean", "PyRadiomics"),
        ("log-sigma-3-0-mm-3D_glszm_ZoneEntropy", "", "log-sigma-3-0-mm-3D", "glszm", "ZoneEntropy", "PyRadiomics"),
        ("original_firstorder_Mean_ADC", "ADC", "original", "firstorder", "Mean", "PyRadiomics"),
        ("T2_glcm_Contrast", "T2", "original", "glcm", "Contrast", "PyRadiomics"),
        ("shape_Sphericity", "", "original", "shape", "Sphericity", "PyRadiomics"),
        ("gland_T2_original_glcm_Contrast", "gland_T2", "original", "glcm", "Contrast", "PyRadiomics"),
        ("stat_mean", "", "original", "stat", "mean", "MIRP or IBSI"),
        ("T2_cm_contrast_d1_3d_v_mrg_fbn_n16", "T2", "original", "cm", "contrast_d1_3d_v_mrg_fbn_n16", "MIRP or IBSI"),
        ("ADC_wavelet_db3_llh_cm_contrast", "ADC", "wavelet-db3-llh", "cm", "contrast", "MIRP or IBSI"),
        ("morph_vol", "", "original", "morph", "vol", "MIRP or IBSI"),
        ("ngl_dc_entr", "", "original", "ngl", "dc_entr", "MIRP or IBSI"),
        ("T1_ED_Intensity_Mean", "T1_ED", "original", "Intensity", "Mean", "CaPTk"),
        ("T1_ED_GLCM_Bins-16_Contrast", "T1_ED", "original", "GLCM", "Bins-16_Contrast", "LIFEx or CaPTk"),
        ("CONVENTIONAL_SUVbwmean", "", "original", "CONVENTIONAL", "SUVbwmean", "LIFEx or CaPTk"),
        ("SHAPE_Volume(mL)", "", "original", "SHAPE", "Volume-mL", "LIFEx or CaPTk"),
        ("GLCM_Contrast[=Variance]", "", "original", "GLCM", "Contrast-Variance", "LIFEx or CaPTk"),
        ("PREDICT_original_hf_mean_CT_0", "CT", "original", "hf", "mean", "WORC"),
        ("PREDICT_original_tf_GLCM_contrastd1.0A0.0", "", "original", "tf", "GLCM_contrastd1.0A0.0", "WORC"),
        ("T2_original_fractal_Dimension", "T2", "original", "fractal", "Dimension", "an unknown class"),
        ("original_fractal_Dimension", "", "original", "fractal", "Dimension", "an unknown class"),
    ],
)
def test_a_name_is_taken_apart_and_kept_under_its_class(column, modality, image_type, feature_class, feature, software):
    found = feature_of(column)
    assert found is not None
    assert (found.modality, found.image_type) == (modality, image_type)
    assert (found.feature_class, found.feature_name) == (feature_class, feature)
    assert found.software == software
    kept = found.of(modality or "CT")
    assert parse(kept.column) == kept
    assert (kept.feature_class, kept.feature_name) == (feature_class, feature)


@pytest.mark.parametrize(
    "column", ["Age", "date_of_birth", "label", "psa", "study_id", "=T2_original_glcm_Contrast", "", "a_b"]
)
def test_other_names_are_no_features(column):
    assert feature_of(column) is None


@pytest.mark.parametrize(
    "column",
    ["diagnostics_Versions_Numpy", "T2_diagnostics_x", "general_info_VoxelNum", "Unnamed: 0", "", "Image", "status"],
)
def test_what_software_writes_beside_features_is_skipped_with_a_reason(column):
    assert not_a_feature(column)
