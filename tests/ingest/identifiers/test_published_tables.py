"""Published tables pass the gate where it has nothing to say."""

import csv
from pathlib import Path

import pytest

from backend.ingest.identifiers import gate
from backend.ingest.identifiers.columns import column_holds

DATA = Path(__file__).parents[4] / "shared" / "data"


@pytest.mark.parametrize("name", ["cases/marksheet.csv", "anatomy/marksheet.csv", "tables/picai_anatomy_1500.csv"])
def test_marksheets_of_pi_cai_pass(name):
    path = DATA / name
    if not path.exists():
        pytest.skip("the shared published tables are not here")
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    ids = [gate.Placed(row[column]) for row in rows for column in ("patient_id", "study_id")]
    names = [gate.Placed(f"{row['patient_id']}_{row['study_id']}") for row in rows]
    cells = [gate.Placed(row["center"]) for row in rows]
    assert len(rows) > 1
    assert gate.findings(ids, names, gate.numbered(list(rows[0]), name), cells) == []


def test_ids_of_prostatex_pass_and_its_dates_are_seen():
    path = DATA / "tables" / "idc_prostatex_ai_gland_volumes.csv"
    if not path.exists():
        pytest.skip("the shared published tables are not here")
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert gate.findings([gate.Placed(row["image_PatientID"]) for row in rows]) == []
    assert {column for column in rows[0] if column_holds(column)} == {"image_StudyDate", "image_SeriesDate"}
