"""A cohort as a data set: mlcroissant, the reader of the format's makers, finds every value that the database has."""

import hashlib
import io
import zipfile
from pathlib import Path
from typing import Any

import mlcroissant  # type: ignore[import-untyped]  # it brings no types
import numpy as np
import pyarrow.parquet as pq
import pytest
from sqlalchemy import func, select
from starlette.testclient import TestClient

from backend.models import Audit, Case, FeatureList, Radiomics, Volume
from tests.api import server
from tests.api.links import database_of
from tests.cli.running import called

pytestmark = [
    pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:The inplace keyword:pandas.errors.Pandas4Warning"),
]
"""mlcroissant calls rdflib and pandas by names that end with their next versions."""


@pytest.fixture(scope="module")
def folder(filled: server.Filled, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The unpacked data set of the cohort, which a researcher took; ids begin with zeros, which a reader may lose."""
    own = server.copied(filled, tmp_path_factory.mktemp("croissant"))
    out = tmp_path_factory.mktemp("taken")
    with server.running(own.folder) as client:
        with database_of(client).write() as session:
            for case in session.scalars(select(Case)):
                case.study_id = f"00{case.study_id}"
        where = f"/api/v1/cohorts/{own.cohort_id}/croissant.zip"
        answer = client.get(where, params={"licence": "CC-BY-4.0"}, headers=server.bearer(client, "researcher"))
        assert answer.status_code == 200, answer.text
        assert client.get(where, headers=server.bearer(client, "viewer")).status_code == 403
        with database_of(client).read() as session:
            assert session.scalar(select(func.count()).where(Audit.action == "cohort.export")) == 1
    zipfile.ZipFile(io.BytesIO(answer.content)).extractall(out)
    return out


def records(folder: Path, name: str) -> list[dict[str, Any]]:
    """The rows of a record set as mlcroissant reads them, without the name of the set before each field."""
    found = mlcroissant.Dataset(jsonld=str(folder / "croissant.json")).records(name)
    return [{field.partition("/")[2]: value for field, value in row.items()} for row in found]


def text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


def test_the_description_has_no_issue(folder: Path) -> None:
    dataset = mlcroissant.Dataset(jsonld=str(folder / "croissant.json"))
    issues = dataset.metadata.ctx.issues
    assert issues.errors == set()
    assert dataset.metadata.conforms_to == ["http://mlcommons.org/croissant/1.1"]
    assert dataset.metadata.license == ["https://spdx.org/licenses/CC-BY-4.0"]
    assert {one.id for one in dataset.metadata.record_sets} == {
        *("splits", "studies", "images", "features_gland", "features_gland_names"),
    }


def test_features_are_those_of_the_database_to_the_bit(folder: Path, filled: server.Filled) -> None:
    read = {text(row["study_id"]): row for row in records(folder, "features_gland")}
    with server.running(filled.folder) as client, database_of(client).read() as session:
        stored = session.execute(select(Case, Radiomics).join(Radiomics, Radiomics.case_id == Case.id)).all()
        names = session.scalars(select(FeatureList.names)).one()
    assert [text(row["feature"]) for row in records(folder, "features_gland_names")] == names
    assert len(read) == len(stored) == 66
    for case, row in stored:
        found = read[f"00{case.study_id}"]
        assert text(found["patient_id"]) == case.patient_id
        np.testing.assert_array_equal(np.array(found["values"], float), row.values)


def test_studies_have_their_labels_and_sides(folder: Path, filled: server.Filled) -> None:
    read = {text(row["study_id"]): row for row in records(folder, "studies")}
    with server.running(filled.folder) as client, database_of(client).read() as session:
        cases = session.scalars(select(Case)).all()
        sides = {case.study_id: case.split for case in cases}
    assert len(read) == len(cases)
    for case in cases:
        row = read[f"00{case.study_id}"]
        assert text(row["pirads"]) == {2: "1-2", 3: "3", 4: "4", 5: "5"}[case.pirads or 0]
        assert text(row["split"]) == sides[case.study_id]
        assert row["gland_volume_ml"] == case.gland_ml


def test_images_are_listed_by_the_hashes_that_are_stored(folder: Path, filled: server.Filled) -> None:
    table = pq.read_table(folder / "images.parquet").to_pylist()
    with server.running(filled.folder) as client, database_of(client).read() as session:
        stored = session.execute(select(Case.study_id, Volume.kind, Volume.sha256).join(Volume)).all()
    assert {(row["study_id"], row["name"], row["sha256"]) for row in table} == {(f"00{a}", b, c) for a, b, c in stored}
    assert {row["name"] for row in table if row["is_mask"]} == {"gland", "lesion", "zones"}


def test_hashes_hold_and_nothing_else_of_a_patient_is_in_it(folder: Path) -> None:
    lines = (line.split("  ") for line in (folder / "SHA256SUMS").read_text().splitlines())
    sums = {name: digest for digest, name in lines}
    assert set(sums) == {path.name for path in folder.iterdir()} - {"SHA256SUMS"}
    for name, digest in sums.items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest
    for path in folder.iterdir():
        content = str(pq.read_table(path).to_pydict()) if path.suffix == ".parquet" else path.read_text()
        assert server.PATIENT_NAME not in content
    columns = pq.read_table(folder / "studies.parquet").column_names
    labels = [name for name in columns if not name.endswith("_volume_ml")]
    assert labels == ["study_id", "patient_id", "split", "pirads", "n_warnings"], "neither age nor what people typed"


def test_the_datasheet_counts_and_says_what_is_unknown(folder: Path) -> None:
    sheet = (folder / "DATASHEET.md").read_text()
    assert "66 studies of 60 patients; 6 patients have several" in sheet
    assert "| How is the label PI-RADS spread? |" in sheet
    assert "| Under which licence? | CC-BY-4.0 |" in sheet
    assert sheet.count("unknown to this program; ask the owner of the data") >= 8
    assert "DWI: 66, T2: 66" in sheet


def test_the_command_writes_the_same_bytes(client: TestClient, own: server.Filled) -> None:
    answer = client.get(f"/api/v1/cohorts/{own.cohort_id}/croissant.zip", headers=server.bearer(client, "researcher"))
    out = own.folder / "c.zip"
    done = called("export", "croissant", server.COHORT_NAME, "--out", out, data_dir=own.folder)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "Wrote c.zip: 66 studies, 396 images and masks by their hashes.\n"
    assert out.read_bytes() == answer.content
