"""The results folder of a stored analysis: whole, checkable, and repeated by its own command to equal numbers."""

import io
import shlex
import zipfile
from pathlib import Path

import pandas as pd
import pytest
from sqlalchemy import select

from backend.jobs.data.result_folder import result_files, stored_result, zipped
from backend.models import Case
from backend.queries.analysis_detail import get_analysis
from backend.science.report.verify import verify
from backend.storage.blob_store import BlobStore
from backend.storage.database import Database
from tests.api import server
from tests.cli.running import called


def bundled(own: server.Filled) -> bytes:
    database = Database(server.settings_of(own.folder))
    with database.read() as session:
        result = stored_result(session, BlobStore(own.folder / "files"), get_analysis(session, own.analysis_id))
    database.close()
    return zipped(result_files(result))


@pytest.fixture
def unpacked(own: server.Filled, tmp_path: Path) -> Path:
    out = tmp_path / "b.zip"
    done = called("export", own.analysis_id, "--format", "bundle", "--out", str(out), data_dir=own.folder)
    assert done.returncode == 0, done.stderr
    zipfile.ZipFile(out).extractall(tmp_path / "bundle")
    return tmp_path / "bundle"


def test_the_folder_repeats_itself_by_its_own_command_to_the_bit(
    unpacked: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = (unpacked / "replicate.sh").read_text().splitlines()[4]
    program, *arguments = shlex.split(command)
    assert program == "radiomiclens"
    monkeypatch.chdir(unpacked)
    done = called(*arguments)
    assert done.returncode == 0, done.stderr
    inputs = {name: unpacked / "inputs" / f"{name}.parquet" for name in ("pre", "ft", "radiomics")}
    found = {check.name: (check.state, check.sentence) for check in verify(unpacked, inputs, unpacked / "replicated")}
    assert {name for name, (state, _) in found.items() if state == "differs"} == set(), found
    assert {name for name, (state, _) in found.items() if state == "not checked"} == {"further columns"}
    assert found["ranking made again"][0] == found["groups made again"][0] == "holds"


def test_a_changed_number_is_found_in_what_was_made_again(unpacked: Path) -> None:
    again = unpacked / "replicated"
    again.mkdir()
    for name in ("report.json", "ranking.csv", "groups.csv"):
        (again / name).write_bytes((unpacked / name).read_bytes())
    ranking = pd.read_csv(again / "ranking.csv")
    ranking.loc[3, "effect"] += 1e-15
    ranking.to_csv(again / "ranking.csv", index=False)
    found = {check.name: check for check in verify(unpacked, {}, again)}
    assert found["groups made again"].state == "holds"
    assert found["ranking made again"].sentence == "ranking.csv, column effect."


def test_equal_requests_give_equal_bytes_and_a_picture_of_every_kind(own: server.Filled) -> None:
    first, second = bundled(own), bundled(own)
    assert first == second
    names = set(zipfile.ZipFile(io.BytesIO(first)).namelist())
    starts = {f"figures/{kind}-{width}" for kind in ("effects", "r2") for width in ("one-column", "two-columns")}
    wanted = {f"{start}.{form}" for start in starts for form in ("svg", "pdf", "png")}
    assert wanted | {"figures/effects-slide.png", "figures/r2-slide.png", "methods.md", "references.bib"} <= names
    assert {"evidence.safetensors", "influence.npz", "decoders.safetensors", "inputs/clinical.csv"} <= names


def test_what_changed_since_is_said(own: server.Filled) -> None:
    database = Database(server.settings_of(own.folder))
    with database.write() as session:
        session.scalars(select(Case).order_by(Case.study_id).limit(1)).one().status = "excluded"
    database.close()
    done = called(
        "export", own.analysis_id, "--format", "bundle", "--out", str(own.folder / "b.zip"), data_dir=own.folder
    )
    assert done.returncode == 1
    assert "were excluded since" in done.stderr
