"""The clinical table: text ids, lists in cells, blanks, and refusals that name the row."""

from dataclasses import replace

import pytest

from backend.errors import BadTable
from backend.ingest.clinical import ClinicalRow, read_clinical
from tests.ingest.files import CASES


def table(tmp_path, text):
    path = tmp_path / "clinical.csv"
    path.write_text(text, encoding="utf-8")
    return read_clinical(path)


def test_marksheet_of_pi_cai_is_read_with_the_highest_of_a_list():
    path = CASES / "marksheet.csv"
    if not path.exists():
        pytest.skip("the shared real cases are not here")
    rows = [replace(row, others={}) for row in read_clinical(path).rows]
    assert rows == [
        ClinicalRow("1001396", "11373", 4, 52.0, 13.0, 3, 63.0, "RUMC", None, True),
        ClinicalRow("1000811", "10795", 4, 28.0, 5.1, 1, 67.0, "RUMC", None, False),
    ]


def test_ids_stay_text_and_are_found_with_or_without_the_patient_in_front(tmp_path):
    rows = table(tmp_path, "study_id,patient_id,psa\n5,001,1\n5,1,2\nNA_7,NA,3\n1e3,007,4\n")
    assert [(row.patient_id, row.study_id) for row in rows.rows] == [
        ("001", "5"),
        ("1", "5"),
        ("NA", "NA_7"),
        ("007", "1e3"),
    ]
    assert rows.row("001", "001_5").psa == 1
    assert rows.row("1", "1_5").psa == 2
    assert rows.row("NA", "NA_7").psa == 3
    assert rows.row("01", "01_5") is None


def test_lists_blanks_and_our_own_columns(tmp_path):
    text = (
        "study_id;patient_id;pirads;volume_ml;isup;split;center;case_csPCa;extra\n"
        'a;p;"3,N/A,5";;N/A;val;NA;yes;x\nb;q;N/A;40,5;;;;;\n'
    )
    with pytest.raises(BadTable, match=r"clinical\.csv, row 3: volume is '40,5'"):
        table(tmp_path, text)
    first, second = table(tmp_path, text.replace("40,5", "40.5")).rows
    assert first == ClinicalRow("a", "p", 5, None, None, None, None, "NA", "val", True, others={"extra": "x"})
    assert second == ClinicalRow("b", "q", None, 40.5, others={"extra": ""})


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("psa\n2\n", "no column study_id or patient_id, by which studies are joined; add one"),
        ("PatientID,psa\n1,2\n1,3\n", "two rows for patient"),
        ("PatientID,psa\n,2\n", "row 2 has no study or patient id"),
        ("study_id,patient_id,psa,psa\n1,1,2,3\n", "column psa twice"),
        ("study_id,patient_id\n1,1\n1_1,1\n", "two rows for study"),
        ("study_id,patient_id\n,1\n", r"row 2 has no study or patient id"),
        ("study_id,patient_id,pirads\n1,1,6\n", r"row 2: PI-RADS is 6"),
        ("study_id,patient_id,pirads\n1,1,3.5\n", "whole numbers from 1 to 5"),
        ("study_id,patient_id,psa\n1,1,-3\n", "not negative"),
        ("study_id,patient_id,psa\n1,1,inf\n", "not negative"),
        ("study_id,patient_id,csPCa\n1,1,perhaps\n", "csPCa is 'perhaps'"),
        ("", "no column study_id"),
        ("study_id,patient_id,psa,PSA\n1,1,2,3\n", "column psa twice"),
        ("study_id,patient_id,psa,age,center\n1,1,4,5,67,RUMC\n", r"row 2 has more or fewer cells"),
        ("study_id,patient_id,psa,age,center\n1,1,4.5\n", r"row 2 has more or fewer cells"),
    ],
)
def test_what_cannot_be_used_is_refused_with_its_place(tmp_path, text, sentence):
    with pytest.raises(BadTable, match=sentence):
        table(tmp_path, text)


def test_columns_are_known_in_capital_and_small_letters(tmp_path):
    read = table(tmp_path, "Study_ID,patient_id,PSA,lesion_pirads,Case_ISUP,CSPCA,Ward\n1,1,4.5,3,2,NO,B\n")
    assert read.rows == (ClinicalRow("1", "1", pirads=3, psa=4.5, isup=2, cspca=False, others={"Ward": "B"}),)


def test_missing_and_binary_tables_are_refused(tmp_path):
    with pytest.raises(BadTable, match=r"none\.csv cannot be opened"):
        read_clinical(tmp_path / "none.csv")
    (tmp_path / "b.csv").write_bytes(b"\xff\xfe\x00study_id")
    with pytest.raises(BadTable, match="not UTF-8"):
        read_clinical(tmp_path / "b.csv")


def test_one_kind_of_id_is_enough(tmp_path):
    of_patients = table(tmp_path, "PatientID,Survival.time,age\nLUNG1-001,2165,78\nLUNG1-002,155,83\n")
    assert of_patients.row("LUNG1-001", "LUNG1-001").others == {"Survival.time": "2165"}
    assert of_patients.row("LUNG1-002", "LUNG1-002_baseline").age == 83
    assert of_patients.row("LUNG1-003", "LUNG1-003") is None
    of_studies = table(tmp_path, "study_id,psa\n001_5,1\n7,2\n")
    assert of_studies.row("001", "001_5").psa == 1
    assert of_studies.row("p", "p_7").psa == 2
    assert of_studies.row("p", "p_8") is None


@pytest.mark.parametrize("heading", ["Study ID,Patient ID", "STUDY-ID,Subject Id", "study,case id"])
def test_columns_of_ids_are_found_however_they_are_written(tmp_path, heading):
    found = table(tmp_path, f"{heading},Site Name\ns1,p1,north\n")
    row = found.row("p1", "s1")
    assert row is not None
    assert (row.study_id, row.patient_id, dict(row.others)) == ("s1", "p1", {"Site Name": "north"})
