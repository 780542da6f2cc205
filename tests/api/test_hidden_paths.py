"""Paths of imports and names of dropped columns are for administrators alone, on every route that shows them."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from backend.jobs.serialize import HIDDEN, PATHS, without_paths
from backend.models import Cohort
from backend.storage.database import Database, upgrade
from shared import schemas as s
from tests.api import server

API = "/api/v1"
FOLDER = "canary-folder"


def seen_by(client: TestClient, role: s.Role) -> dict[str, str]:
    client.headers.update(server.bearer(client, role))
    jobs = client.get(f"{API}/jobs")
    ended = next(job for job in jobs.json()["items"] if job["kind"] == "import_tables")
    return {
        "list": jobs.text,
        "one": client.get(f"{API}/jobs/{ended['id']}").text,
        "events": client.get(f"{API}/jobs/{ended['id']}/events").text,
        "log": client.get(f"{API}/jobs/{ended['id']}/log").text,
    }


@pytest.mark.parametrize("role", server.ROLES)
def test_only_an_administrator_sees_the_paths_of_an_import(
    reader: TestClient, filled: server.Filled, role: s.Role
) -> None:
    folder = str(filled.folder)
    seen = seen_by(reader, role)
    shows_it = {name for name, text in seen.items() if folder in text}
    assert shows_it == ({"list", "one", "events"} if role == "admin" else set())
    assert (HIDDEN in seen["one"]) == (role != "admin")


@pytest.fixture
def importing(tmp_path: Path) -> Iterator[TestClient]:
    """An empty server that may import from the folder `incoming`."""
    (tmp_path / "incoming" / FOLDER).mkdir(parents=True)
    settings = server.settings_of(tmp_path / "data")
    settings.data_dir.mkdir()
    upgrade(settings)
    with server.running(settings.data_dir, import_roots=[tmp_path / "incoming"]) as client:
        yield client


@pytest.mark.parametrize("role", ["researcher", "admin"])
def test_the_answer_to_a_request_hides_them_too(importing: TestClient, tmp_path: Path, role: s.Role) -> None:
    importing.headers.update(server.bearer(importing, role))
    folder = tmp_path / "incoming" / FOLDER
    params = {"kind": "import_cases", "cohort": "a", "path": str(folder), "ids": "pseudonymise"}
    answer = importing.post(f"{API}/jobs", json={"params": params | {"series": {"Canary_1": {"T2": "4"}}}})
    assert answer.status_code == 202, answer.text
    assert ("Canary_1" in answer.text) == (role == "admin")
    cancelled = importing.post(f"{API}/jobs/{answer.json()['id']}/cancel")
    retried = importing.post(f"{API}/jobs/{answer.json()['id']}/retry")
    for each in (answer, cancelled, retried):
        assert each.is_success
        assert (FOLDER in each.text) == (role == "admin")


@pytest.mark.parametrize("role", server.ROLES)
def test_only_an_administrator_sees_the_names_of_dropped_columns(
    client: TestClient, own: server.Filled, role: s.Role
) -> None:
    database = Database(server.settings_of(own.folder))
    with database.write() as session:
        cohort = session.get_one(Cohort, own.cohort_id)
        unused = {"count": 3, "names": ["file-canary.txt"]}
        cohort.settings = cohort.settings | {"dropped_columns": ["ward-canary", "note"], "unused_files": unused}
    database.close()
    client.headers.update(server.bearer(client, role))
    shown = client.get(f"{API}/cohorts/{own.cohort_id}/quality").json()["dropped_columns"]
    hidden = ["2, whose names only administrators see"]
    assert shown == (["ward-canary", "note"] if role == "admin" else hidden)
    told = client.get(f"{API}/cohorts/{own.cohort_id}/quality").json()["not_used"]
    all_of_it = "Not used: 3 files (file-canary.txt and 2 more), 2 columns (ward-canary, note)."
    assert told["sentence"] == (all_of_it if role == "admin" else "Not used: 3 files, 2 columns.")
    assert ("canary" in json.dumps(told)) == (role == "admin")
    for page in ("cohorts", f"cohorts/{own.cohort_id}", f"cohorts/{own.cohort_id}/quality/cases"):
        assert "ward-canary" not in client.get(f"{API}/{page}").text


@pytest.mark.parametrize("role", ["researcher", "admin"])
def test_a_preview_hides_the_names_of_columns_too(importing: TestClient, tmp_path: Path, role: s.Role) -> None:
    importing.headers.update(server.bearer(importing, role))
    folder = tmp_path / "incoming"
    (folder / "1_5_t2w.mha").touch()
    (folder / "table.csv").write_text(f"study_id,patient_id,ward\n5,1,{'seen again ' * 6}\n")
    body = {"cohort": "a", "path": str(folder), "clinical": str(folder / "table.csv")}
    found = importing.post(f"{API}/imports/preview", json=body).json()
    assert (found["dropped_columns"] == ["ward (free text)"]) == (role == "admin")
    assert found["not_used"]["sentence"].endswith("1 column (ward (free text))." if role == "admin" else "1 column.")


def test_every_parameter_that_holds_a_path_is_known() -> None:
    kinds = [s.ImportCasesParams, s.ImportTablesParams, s.ImportEncoderParams, s.AnalyseParams, s.SynthParams]
    long = {
        name
        for kind in kinds
        for name, field in kind.model_fields.items()
        if any(getattr(rule, "max_length", None) == 1000 for rule in field.metadata)
        or (kind is s.AnalyseParams and name == "icc")
    }
    assert long <= PATHS


def test_paths_in_lists_and_under_names_are_hidden_too() -> None:
    files = {"pre": "/a/p.csv", "ft": "/a/f.csv", "further_ft": ["/a/g.csv"], "radiomics_of": {"T2": "/a/t.csv"}}
    params = s.ImportTablesParams.model_validate({"cohort": "mine", "id_file": "/a/i.txt", **files}).model_dump()
    shown = without_paths(params)
    assert "/a/" not in str(shown)
    assert shown["further_ft"] == [HIDDEN]
    assert shown["radiomics_of"] == {"T2": HIDDEN}
    assert shown["clinical"] is None
