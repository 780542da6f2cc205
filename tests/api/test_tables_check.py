"""The check of tables over the API: the command's answer, paths inside the import roots, names masked."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from backend.storage.database import upgrade
from shared import schemas as s
from tests.api import server
from tests.science.lens_tables import frame, tables

ADDRESS = "/api/v1/imports/tables/check"


@pytest.fixture(scope="module")
def importing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[TestClient, Path]]:
    """A server that may import from the folder `incoming`, in which there are three tables."""
    root = tmp_path_factory.mktemp("check")
    incoming = root / "incoming"
    incoming.mkdir()
    for name, table in zip(("pre", "ft", "rad"), tables(n=30), strict=True):
        frame(table).assign(ward="B").to_csv(incoming / f"{name}.csv", index=False)
    (root / "outside.csv").write_text("study_id,e0\ns,1\n")
    (incoming / "no_modality.csv").write_text("study_id,original_glcm_Contrast\ns,1\n")
    settings = server.settings_of(root / "data")
    settings.data_dir.mkdir()
    upgrade(settings)
    with server.running(settings.data_dir, import_roots=[incoming]) as client:
        yield client, incoming


def checked(importing: tuple[TestClient, Path], role: s.Role, *names: str, **more: object) -> dict[str, object]:
    client, folder = importing
    client.headers.update(server.bearer(client, role))
    answer = client.post(ADDRESS, json={"files": [{"path": str(folder / name)} for name in names]} | more)
    found: dict[str, object] = answer.json() | {"status": answer.status_code}
    return found


def test_it_says_what_the_command_says(importing: tuple[TestClient, Path]) -> None:
    found = s.TablesCheck.model_validate(
        {k: v for k, v in checked(importing, "admin", "pre.csv", "ft.csv", "rad.csv").items() if k != "status"}
    )
    assert [one.kind for one in found.files] == ["embeddings", "embeddings", "radiomics"]
    assert found.files[2].words == (
        "rad.csv: radiomics of ADC, DWI, T2, 30 rows, 30 studies of 30 patients, 36 features"
    )
    assert [(part.n, part.names) for part in found.files[2].unused] == [(1, ["ward"])]
    assert (found.n_common, found.missing) == (30, [])
    assert {pair.n_shared for pair in found.shared} == {30}


def test_names_of_columns_are_for_administrators(importing: tuple[TestClient, Path]) -> None:
    found = checked(importing, "researcher", "rad.csv")
    assert "ward" not in str(found)
    assert found["files"][0]["unused"] == [{"why": "is not named as a feature is", "n": 1, "names": []}]  # type: ignore[index]


def test_a_problem_is_part_of_the_answer_and_options_hold(importing: tuple[TestClient, Path]) -> None:
    refused = checked(importing, "researcher", "no_modality.csv")["files"][0]  # type: ignore[index]
    assert "1 features name no modality" in refused["problem"]
    told = checked(importing, "researcher", "no_modality.csv", modality="CT")["files"][0]  # type: ignore[index]
    assert (told["problem"], told["modalities"]) == (None, ["CT"])


def test_only_the_import_roots_are_looked_at(importing: tuple[TestClient, Path]) -> None:
    assert checked(importing, "researcher", "../outside.csv")["status"] == 403
    assert checked(importing, "viewer", "rad.csv")["status"] == 403
    assert checked(importing, "researcher", "rad.csv", id_file="/etc/hostname")["status"] == 403


def test_columns_of_a_clinical_table_are_told_with_their_kind_and_no_name_of_a_person(
    importing: tuple[TestClient, Path],
) -> None:
    _, folder = importing
    rows = [f"s{n:02d},p{n:02d},{1 + n % 4},{n / 7},{'' if n else 'x'},y,word {n}" for n in range(30)]
    head = 'Study ID,subject,pirads,PSA,note,"Mueller, Hans",words'
    (folder / "clinical.csv").write_text("\n".join([head, *rows]) + "\n")
    found = s.TablesCheck.model_validate(
        {k: v for k, v in checked(importing, "researcher", "clinical.csv").items() if k != "status"}
    ).files[0]
    assert (found.kind, found.study_column, found.patient_column) == ("clinical", "Study ID", "subject")
    assert [(one.name, one.kind, one.n_filled, one.n_values) for one in found.columns] == [
        ("pirads", "class", 30, 4),
        ("PSA", "number", 30, 30),
        ("note", "class", 1, 1),
        ("words", "text", 30, 30),
    ]
    arrays = s.TablesCheck.model_validate(
        {k: v for k, v in checked(importing, "admin", "rad.csv").items() if k != "status"}
    ).files[0]
    assert (arrays.study_column, arrays.patient_column, arrays.columns) == ("study_id", "patient_id", [])
