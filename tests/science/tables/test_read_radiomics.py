"""Radiomics of real pipelines: batch output, long tables, a file a modality, several lesions, ids of other names."""

import numpy as np
import pandas as pd
import pytest

from backend.errors import BadSettings, BadTable
from backend.science.tables.lesions import repeated
from backend.science.tables.options import TableOptions
from backend.science.tables.read_embeddings import read_embeddings
from backend.science.tables.read_radiomics import read_radiomics
from backend.science.tables.row_modality import row_modalities
from backend.science.tables.table_set import Files, read_tables

BATCH = """Patient,Image,Mask,diagnostics_Versions,general_info_VoxelNum,original_glcm_Contrast,original_firstorder_Mean
a,/data/a_T2.nii.gz,/data/a_seg.nii.gz,2,10,1,2
b,/data/b_T2.nii.gz,/data/b_seg.nii.gz,2,10,3,4
a,/data/a_ADC.nii.gz,/data/a_seg.nii.gz,2,10,5,6
b,/data/b_ADC.nii.gz,/data/b_seg.nii.gz,2,10,7,8
"""
LESIONS = """study_id,patient_id,lesion,T2_original_shape_VoxelVolume,T2_original_glcm_Contrast
s1,p,1,10,1
s1,p,2,30,5
s2,q,1,20,7
"""


def written(folder, content, name="r.csv"):
    path = folder / name
    path.write_text(content, "utf-8")
    return path


def value(table, study, column):
    return table.values[table.rows([study])[0], table.columns.index(column)]


def test_the_batch_output_of_pyradiomics_is_read_by_its_image_column(tmp_path):
    table = read_radiomics(written(tmp_path, BATCH), TableOptions(modality_from="Image"))
    assert table.study_id == table.patient_id == ("a", "b")
    assert [value(table, "a", f"{m}_original_glcm_Contrast") for m in ("T2", "ADC")] == [1, 5]
    assert [value(table, "b", f"{m}_original_firstorder_Mean") for m in ("T2", "ADC")] == [4, 8]
    reasons = {one.name: one.why for one in table.unused}
    assert reasons["diagnostics_Versions"] == "diagnostics of PyRadiomics"
    assert reasons["general_info_VoxelNum"] == "general information of an older PyRadiomics"
    assert reasons["Mask"] == "tells rows apart"
    assert "ids of studies are those of 'Patient': one study a patient" in table.notes


@pytest.mark.parametrize(
    ("image", "sentence"),
    [("/data/scan.nii.gz", "'scan.nii.gz', which names no modality"), ("T2_ADC.nii.gz", "which names ADC and T2")],
)
def test_an_image_that_tells_no_modality_is_named(tmp_path, image, sentence):
    with pytest.raises(BadTable, match=rf"row 2 of column 'Image' holds .*{sentence}.*--modality-from"):
        read_radiomics(
            written(tmp_path, BATCH.replace("/data/a_T2.nii.gz", image)), TableOptions(modality_from="Image")
        )


def test_features_without_a_modality_are_refused_by_the_options_that_help(tmp_path):
    with pytest.raises(BadTable, match=r"2 features name no modality.*--modality NAME.*--modality-from Image\."):
        read_radiomics(written(tmp_path, BATCH))


def test_a_modality_is_told_for_all_or_for_one_file(tmp_path):
    one = "ID,original_glcm_Contrast\na,1\nb,2\n"
    table = read_radiomics(written(tmp_path, one), TableOptions(modality="CT"))
    assert table.columns == ("CT_original_glcm_Contrast",)
    assert read_radiomics(written(tmp_path, one), modality="T2").columns == ("T2_original_glcm_Contrast",)
    named = written(tmp_path, one.replace("original", "ADC_original"))
    with pytest.raises(BadTable, match="given as the radiomics of T2, and its columns name ADC"):
        read_radiomics(named, modality="T2")


@pytest.mark.parametrize("name", ["", "T2 FS", "T2_FS", "x" * 25])
def test_a_modality_is_a_word(tmp_path, name):
    with pytest.raises(BadSettings, match="is no name of a modality"):
        TableOptions(modality=name)
    with pytest.raises(BadSettings, match="is no name of a modality"):
        read_radiomics(written(tmp_path, LESIONS), modality=name)


@pytest.mark.parametrize(
    ("image", "modality"),
    [
        ("sub-1_ce-gd_T1w.nii.gz", "T1ce"),
        ("/d/1_hbv.mha", "DWI"),
        ("C:\\d\\MR_t2w.nrrd", "T2"),
        ("PET", "PET"),
        ("b1400", "b1400"),
    ],
)
def test_words_of_file_names_tell_the_modality(image, modality):
    assert row_modalities([image], "Image", "r.csv") == [modality]


def test_long_tables_become_a_row_a_study(tmp_path):
    wide = pd.read_csv(written(tmp_path, LESIONS)).query("lesion == 1").drop(columns="lesion")
    long = wide.melt(["study_id", "patient_id"], var_name="feature").sample(frac=1, random_state=0)
    long.to_csv(tmp_path / "long.csv", index=False)
    wide.to_csv(tmp_path / "wide.csv", index=False)
    found, expected = read_radiomics(tmp_path / "long.csv"), read_radiomics(tmp_path / "wide.csv")
    assert found.content_sha256() == expected.content_sha256()
    assert "a long table: 4 values of 2 features in 2 rows" in found.notes
    twice = pd.concat([long, long.iloc[:1].assign(value=99.0)])
    twice.to_csv(tmp_path / "long.csv", index=False)
    with pytest.raises(BadTable, match=r"stands in the rows 2 and 6 for .* with different values"):
        read_radiomics(tmp_path / "long.csv")


def test_a_table_on_its_side_is_set_upright(tmp_path):
    text = "featureName,001,1\ndiagnostics_Versions,3.0,3.0\nImage,a.nrrd,b.nrrd\noriginal_glcm_Contrast,1,2\n"
    table = read_radiomics(written(tmp_path, text + "original_firstorder_Mean,3,\n"), modality="CT")
    assert table.study_id == ("001", "1")
    np.testing.assert_array_equal(table.values, [[1, 3], [2, np.nan]])
    assert table.columns == ("CT_original_glcm_Contrast", "CT_original_firstorder_Mean")
    assert table.ignored == ("diagnostics_Versions", "Image")
    assert "a row a feature and a column a study: 2 studies" in table.notes
    with pytest.raises(BadTable, match="the row 'original_glcm_Contrast' stands twice"):
        read_radiomics(written(tmp_path, text + "original_glcm_Contrast,3,4\n"), modality="CT")
    with pytest.raises(BadTable, match="row 4 of column '1' holds 'high', which is no number"):
        read_radiomics(written(tmp_path, text.replace("Contrast,1,2", "Contrast,1,high")), modality="CT")


def test_a_column_called_modality_states_it(tmp_path):
    text = "study_id,patient_id,modality,original_glcm_Contrast\ns,p,t2w,1\ns,p,ADC,2\n"
    table = read_radiomics(written(tmp_path, text))
    assert dict(zip(table.columns, table.values[0], strict=True)) == {
        "T2_original_glcm_Contrast": 1,
        "ADC_original_glcm_Contrast": 2,
    }


def test_several_lesions_are_refused_until_it_is_said_what_to_do(tmp_path):
    path = written(tmp_path, LESIONS)
    with pytest.raises(BadTable, match=r"'s1' has 2, told apart by 'lesion'.*--lesions largest, mean or each"):
        read_radiomics(path)
    column = "T2_original_glcm_Contrast"
    largest, mean, each = (read_radiomics(path, TableOptions(lesions=rule)) for rule in ("largest", "mean", "each"))
    assert [value(largest, study, column) for study in ("s1", "s2")] == [5, 7]
    assert [value(mean, study, column) for study in ("s1", "s2")] == [3, 7]
    assert each.study_id == ("s1#1", "s1#2", "s2#1")
    assert each.patient_id == ("p", "p", "q")
    assert "of several rows a study, told apart by 'lesion', their mean is kept" in mean.notes
    unsized = written(tmp_path, LESIONS.replace("T2_original_shape_VoxelVolume", "T2_original_shape_Sphericity"))
    with pytest.raises(BadTable, match="no column says how large a lesion is"):
        read_radiomics(unsized, TableOptions(lesions="largest"))
    unknown = written(tmp_path, LESIONS.replace("s1,p,1,10", "s1,p,1,"))
    with pytest.raises(BadTable, match="the size of a lesion of study 's1' is missing"):
        read_radiomics(unknown, TableOptions(lesions="largest"))


def test_each_lesion_has_the_embedding_of_its_study(tmp_path):
    radiomics = read_radiomics(written(tmp_path, LESIONS), TableOptions(lesions="each"))
    table = read_embeddings(written(tmp_path, "study_id,patient_id,e0\ns1,p,1\ns2,q,2\ns3,q,3\n", "e.csv"))
    found = repeated(table, radiomics)
    assert found.study_id == ("s1#1", "s1#2", "s2#1", "s3")
    np.testing.assert_array_equal(found.values[:, 0], [1, 1, 2, 3])


def test_a_repeated_column_is_one_where_equal_and_refused_where_not(tmp_path):
    text = "study_id,patient_id,T2_original_glcm_Contrast,T2_original_glcm_Contrast.1\ns,p,1,{}\n"
    assert len(read_radiomics(written(tmp_path, text.format(1))).columns) == 1
    with pytest.raises(BadTable, match="stands twice with different values"):
        read_radiomics(written(tmp_path, text.format(2)))


def test_unknown_classes_are_kept_and_other_columns_listed(tmp_path):
    text = "study_id,patient_id,Age,T2_original_fractal_Dimension,T2_stat_mean\ns,p,60,1,2\n"
    table = read_radiomics(written(tmp_path, text))
    assert table.columns == ("T2_original_fractal_Dimension", "T2_original_stat_mean")
    assert table.ignored == ("Age",)
    assert "1 features of the unknown class fractal, kept under their own names" in table.notes
    with pytest.raises(BadTable, match="there is no feature column; 'Contrast' is not named as features are"):
        read_radiomics(written(tmp_path, "study_id,patient_id,Contrast\ns,p,1\n"))


def files(folder, radiomics, pre="study_id,patient_id,e0\ns1,p,1\ns2,q,2\n"):
    one, two = written(folder, pre, "pre.csv"), written(folder, pre, "ft.csv")
    return Files(one, [two], radiomics)


def test_a_file_a_modality_becomes_one_table(tmp_path):
    text = "study_id,patient_id,original_glcm_Contrast\ns1,p,{}\ns2,q,{}\n"
    t2 = written(tmp_path, text.format(1, 2), "t2.csv")
    adc = written(tmp_path, text.format(3, 4), "a.csv")
    table = read_tables(files(tmp_path, {t2: "T2", adc: "ADC"})).radiomics
    assert table.columns == ("T2_original_glcm_Contrast", "ADC_original_glcm_Contrast")
    np.testing.assert_array_equal(table.values, [[1, 3], [2, 4]])
    assert table.name == "t2.csv + a.csv"
    with pytest.raises(BadTable, match="'T2_original_glcm_Contrast' stands in two tables"):
        read_tables(files(tmp_path, {t2: "T2", adc: "T2"}))


def test_patients_of_other_tables_are_taken_where_a_table_names_none(tmp_path):
    feature = ",T2_original_glcm_Contrast\n"
    studies = written(tmp_path, f"StudyID{feature}s2,5\ns1,4\n")
    table = read_tables(files(tmp_path, {studies: None})).radiomics
    assert table.patient_of() == {"s1": "p", "s2": "q"}
    assert "patients are those of pre.csv" in table.notes
    patients = written(tmp_path, f"PatientID{feature}q,5\np,4\n")
    assert read_tables(files(tmp_path, {patients: None})).radiomics.patient_of() == {"s1": "p", "s2": "q"}
    several = "study_id,patient_id,e0\ns1,p,1\ns2,p,2\n"
    with pytest.raises(BadTable, match=r"names patients alone, and patient 'p' has several studies in pre\.csv"):
        read_tables(files(tmp_path, {written(tmp_path, f"PatientID{feature}p,5\n"): None}, several))


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"modality": "CT"}, "--modality CT is for features whose names carry no modality"),
        ({"modality_from": "Image"}, "--modality-from Image is for tables with a row a modality"),
        ({"study_id_column": "key"}, "--study-id-column key names a column"),
        ({"patient_id_column": "key"}, "--patient-id-column key names a column"),
        ({"lesions": "mean"}, "--lesions mean is for radiomics with several rows a study"),
    ],
)
def test_an_option_that_no_table_can_use_is_refused(tmp_path, options, sentence):
    radiomics = written(tmp_path, "study_id,patient_id,T2_original_glcm_Contrast\ns1,p,1\ns2,q,2\n")
    with pytest.raises(BadSettings, match=rf"{sentence}.*\(pre.csv, ft.csv, r.csv\) has a use for it"):
        read_tables(files(tmp_path, {radiomics: None}), TableOptions(**options))


def test_the_column_of_ids_can_be_named(tmp_path):
    text = "key,study_id,who,T2_original_glcm_Contrast\ns1,x,p,1\ns2,y,q,2\n"
    table = read_radiomics(written(tmp_path, text), TableOptions(study_id_column="key", patient_id_column="who"))
    assert table.patient_of() == {"s1": "p", "s2": "q"}
    assert table.options == {"study_id_column", "patient_id_column"}
    assert table.ignored == ("study_id",)
