"""`--modality-from Image=PATTERN`: where the modality stands in the name of an image file."""

import pytest

from backend.errors import BadSettings, BadTable
from backend.science.tables.options import TableOptions
from backend.science.tables.read_radiomics import read_radiomics
from tests.science.tables.test_read_radiomics import written


@pytest.mark.parametrize(
    ("pattern", "image", "modality"),
    [
        ("*_{modality}.nii.gz", "/data/p1_T2_reg_hbv.nii.gz", "DWI"),  # its words alone name two
        ("*_{modality}_[1]?.nrrd", "a_serA_[1]?.nrrd", "serA"),
        ("ser{modality}_*", "d/serT2_x_y.mha", "T2"),
        ("*-{modality}.nii.gz", "sub-01-T2w.nii.gz", "T2"),
        ("*/{modality}/image.nii.gz", "C:\\d\\ADC\\image.nii.gz", "ADC"),
        ("{modality}*", "PET.nii", "PET"),
    ],
)
def test_a_pattern_says_where_the_modality_stands(tmp_path, pattern, image, modality):
    table = read_radiomics(
        written(tmp_path, f"id,Image,original_glcm_Contrast\na,{image},1\n"),
        TableOptions(modality_from=f"Image={pattern}"),
    )
    assert table.columns == (f"{modality}_original_glcm_Contrast",)
    assert f"the modality of a row is in 'Image' by the pattern {pattern!r}" in table.notes


@pytest.mark.parametrize(
    ("pattern", "image", "error", "sentence"),
    [
        ("*.nii.gz", "a_T2.nii.gz", BadSettings, r"needs \{modality\} once, .*as in Image=\*_\{modality\}\.nii\.gz"),
        ("{modality}_{modality}", "a_T2.nii.gz", BadSettings, r"needs \{modality\} once"),
        (
            "*_{modality}.mha",
            "/d/a_T2.nii.gz",
            BadTable,
            r"row 2 of column 'Image' holds 'a_T2.nii.gz', which does not",
        ),
        ("*_{modality}_*", "a_T2_x_y.nii", BadTable, "which leaves T2 or x for the pattern"),
        ("*{modality}", "x" * 600, BadTable, "which does not fit the pattern"),
    ],
)
def test_a_pattern_that_does_not_tell_is_refused(tmp_path, pattern, image, error, sentence):
    path = written(tmp_path, f"id,Image,original_glcm_Contrast\na,{image},1\n")
    with pytest.raises(error, match=sentence):
        read_radiomics(path, TableOptions(modality_from=f"Image={pattern}"))


def test_a_column_may_have_the_sign_of_a_pattern_in_its_name(tmp_path):
    path = written(tmp_path, "id,Image=a,original_glcm_Contrast\na,T2,1\n")
    assert read_radiomics(path, TableOptions(modality_from="Image=a")).columns == ("T2_original_glcm_Contrast",)
