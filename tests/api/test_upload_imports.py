"""Requests that name uploads: whose they are, that they stay for the job, and that the import reads what was sent."""

import io
import tarfile
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update
from starlette.testclient import TestClient

from backend.jobs import run
from backend.models import Cohort, Encoder, Job, Upload, UploadUse, now
from backend.storage.upload_sweep import sweep
from tests.api import sent, server
from tests.api.links import database_of
from tests.api.test_notes import as_user
from tests.science.lens_tables import frame, tables

API = "/api/v1"


@pytest.fixture
def ann(empty: TestClient) -> dict[str, str]:
    return as_user(empty, "ann", "researcher")


def csvs() -> dict[str, bytes]:
    return {
        name: frame(table).to_csv(index=False).encode()
        for name, table in zip(("pre", "ft", "rad"), tables(n=30), strict=True)
    }


def packed(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return out.getvalue()


def request(pre: str, ft: str, radiomics: str) -> dict[str, object]:
    return {"kind": "import_tables", "cohort": "mine", "pre": pre, "ft": ft, "radiomics": radiomics, "ids": "keep"}


def do(client: TestClient, job_id: str) -> Job:
    """Runs a queued job here."""
    database = database_of(client)
    with database.write() as session:
        session.execute(update(Job).where(Job.id == job_id).values(state="running", owner="test"))
    run.execute(client.app.state.settings, job_id)  # type: ignore[attr-defined]  # TestClient types its app as plain ASGI
    with database.read() as session:
        return session.get_one(Job, job_id)


def test_tables_are_imported_from_uploads_alone_and_in_an_archive(empty: TestClient, ann: dict[str, str]) -> None:
    files = csvs()
    alone = f"upload:{sent.sent(empty, ann, 'pre-mine.csv', files['pre']).id}"
    archive = sent.sent(empty, ann, "both.tar.gz", packed({"x/ft.csv": files["ft"], "x/rad.csv": files["rad"]}))
    assert archive.kind == "archive", archive.sentence
    params = request(alone, f"upload:{archive.id}/x/ft.csv", f"upload:{archive.id}/x/rad.csv")
    checked = empty.post(
        f"{API}/imports/tables/check",
        json={"files": [{"path": params[name]} for name in ("pre", "ft", "radiomics")]},
        headers=ann,
    )
    assert checked.status_code == 200, checked.text
    assert [one["file"] for one in checked.json()["files"]] == ["pre-mine.csv", "ft.csv", "rad.csv"]
    plan = empty.post(f"{API}/jobs/plan", json={"params": params}, headers=ann).json()
    assert plan["refusal"] is None
    assert plan["sentences"][0].startswith("pre-mine.csv, ft.csv, rad.csv are checked")
    job = empty.post(f"{API}/jobs", json={"params": params}, headers=ann)
    assert job.status_code == 202, job.text
    ended = do(empty, job.json()["id"])
    assert ended.state == "done", ended.error
    assert [one["table"] for one in ended.result["tables"]] == ["pre-mine.csv", "ft.csv", "rad.csv"]
    assert str(empty.app.state.settings.data_dir) not in str(ended.result)  # type: ignore[attr-defined]
    with database_of(empty).read() as session:
        assert session.scalars(select(Cohort.name)).all() == ["mine"]


def test_a_studies_archive_is_looked_at_as_a_folder(empty: TestClient, ann: dict[str, str], tmp_path: Path) -> None:
    import SimpleITK as sitk

    images, masks = server.phantom()
    files = {}
    for study in ("10001_1000001", "10002_1000002"):
        for name, image in (("t2w", images["T2"]), ("hbv", images["DWI"]), ("adc", images["ADC"])):
            path = tmp_path / "a.nii.gz"
            sitk.WriteImage(image, path)
            files[f"picai/{study.partition('_')[0]}/{study}_{name}.nii.gz"] = path.read_bytes()
    found = sent.sent(empty, ann, "studies.tgz", packed(files))
    assert (found.state, found.sentence) == ("ready", "An archive of 6 files: 6 images.")
    params = {"kind": "import_cases", "cohort": "c", "path": f"upload:{found.id}", "ids": "keep"}
    seen = empty.post(f"{API}/imports/preview", json=params, headers=ann)
    assert seen.status_code == 200, seen.text
    assert seen.json()["studies"] == 2
    job = empty.post(f"{API}/jobs", json={"params": params}, headers=ann).json()
    ended = do(empty, job["id"])
    assert ended.state == "done", ended.error
    assert ended.result["accepted"] == 2, ended.result
    assert masks


def test_an_upload_of_somebody_else_is_nobodys_path(empty: TestClient, ann: dict[str, str]) -> None:
    files = csvs()
    mine = [f"upload:{sent.sent(empty, ann, f'{name}.csv', content).id}" for name, content in files.items()]
    params = request(*mine)
    cases = {"kind": "import_cases", "cohort": "c", "path": mine[0]}
    encoder = {"kind": "import_encoder", "cohort_id": "x", "path": mine[0]}
    for name, role in (("bob", "researcher"), ("root", "admin")):
        other = as_user(empty, name, role)  # type: ignore[arg-type]  # a role of the contract
        for path, body in (
            ("/jobs", {"params": params}),
            ("/jobs", {"params": cases}),
            ("/jobs", {"params": encoder}),
            ("/jobs/plan", {"params": params}),
            ("/jobs/chain", {"steps": [{"name": "a", "params": params}]}),
            ("/imports/preview", cases),
            ("/imports/tables/check", {"files": [{"path": mine[0]}]}),
            ("/imports/tables/check", {"files": [{"path": "/x"}], "id_file": mine[0]}),
        ):
            answer = empty.post(f"{API}{path}", json=body, headers=other)
            assert answer.status_code == 404, (path, answer.text)
    with database_of(empty).read() as session:
        assert session.scalars(select(Job.id)).all() == []


@pytest.mark.parametrize(
    "path", ["upload:", "upload:x", "upload:../../etc", "upload:" + "0" * 32, "upload:" + "F" * 32, "upload:\0"]
)
def test_a_path_that_names_no_upload_is_refused(empty: TestClient, ann: dict[str, str], path: str) -> None:
    answer = empty.post(f"{API}/imports/tables/check", json={"files": [{"path": path}]}, headers=ann)
    assert answer.status_code == 404, answer.text


@pytest.mark.parametrize(
    "inside", ["../file", "/etc/passwd", "x/../../../../radiomiclens.sqlite", "x/none.csv", "x/\0"]
)
def test_a_path_inside_an_archive_stays_inside(empty: TestClient, ann: dict[str, str], inside: str) -> None:
    found = sent.sent(empty, ann, "a.tgz", packed({"x/pre.csv": csvs()["pre"]}))
    body = {"files": [{"path": f"upload:{found.id}/{inside}"}]}
    answer = empty.post(f"{API}/imports/tables/check", json=body, headers=ann)
    assert answer.status_code == 422, answer.text


def test_the_place_on_the_disk_is_no_path_for_anybody(empty: TestClient, ann: dict[str, str]) -> None:
    found = sent.sent(empty, ann, "pre.csv", csvs()["pre"])
    path = empty.app.state.settings.data_dir / "uploads" / found.id / "file" / "pre.csv"  # type: ignore[attr-defined]
    assert path.is_file()
    answer = empty.post(f"{API}/imports/tables/check", json={"files": [{"path": str(path)}]}, headers=ann)
    assert answer.status_code == 403


def test_an_upload_that_is_not_ready_cannot_be_used(empty: TestClient, ann: dict[str, str]) -> None:
    upload_id = sent.started(empty, ann, 100)
    body = {"files": [{"path": f"upload:{upload_id}"}]}
    assert empty.post(f"{API}/imports/tables/check", json=body, headers=ann).status_code == 409
    refused = sent.sent(empty, ann, "a.csv", b"\0\1\2" * 9)
    body = {"files": [{"path": f"upload:{refused.id}"}]}
    answer = empty.post(f"{API}/imports/tables/check", json=body, headers=ann)
    assert (answer.status_code, refused.sentence in answer.json()["detail"]) == (422, True)


def test_names_of_people_stop_an_import_of_uploads_too(empty: TestClient, ann: dict[str, str]) -> None:
    files = {name: content.replace(b"s00", b"MUELLER^ANNA ") for name, content in csvs().items()}
    assert any(b"MUELLER" in content for content in files.values()), files["pre"][:200]
    mine = [f"upload:{sent.sent(empty, ann, f'{name}.csv', content).id}" for name, content in files.items()]
    job = empty.post(f"{API}/jobs", json={"params": request(*mine) | {"ids": "ask"}}, headers=ann).json()
    ended = do(empty, job["id"])
    assert ended.state == "failed"
    assert "MUELLER" not in ended.error
    assert "ids" in ended.error


def test_an_upload_stays_while_a_job_needs_it_and_goes_an_hour_after(empty: TestClient, ann: dict[str, str]) -> None:
    database, settings = database_of(empty), empty.app.state.settings  # type: ignore[attr-defined]
    ids = [sent.sent(empty, ann, f"{name}.csv", content).id for name, content in csvs().items()]
    params = request(*(f"upload:{each}" for each in ids))
    job = empty.post(f"{API}/jobs", json={"params": params}, headers=ann).json()
    later = now() + timedelta(days=30)
    assert sweep(database, settings, later) == 0
    assert empty.delete(f"{API}/uploads/{ids[0]}", headers=ann).status_code == 409
    assert empty.get(f"{API}/uploads/{ids[0]}", headers=ann).json()["in_use"] is True
    assert do(empty, job["id"]).state == "done"
    soon = now() + timedelta(minutes=30)
    assert sweep(database, settings, soon) == 0
    assert sweep(database, settings, soon + timedelta(hours=1)) == 3
    assert not [*(settings.data_dir / "uploads").iterdir()]
    with database.read() as session:
        assert session.scalars(select(UploadUse.job_id)).all() == []
    again = empty.post(f"{API}/jobs", json={"params": params | {"cohort": "again"}}, headers=ann)
    assert again.status_code == 404


def test_what_expired_or_lost_its_bytes_is_swept_and_nothing_else(empty: TestClient, ann: dict[str, str]) -> None:
    database, settings = database_of(empty), empty.app.state.settings  # type: ignore[attr-defined]
    kept = sent.sent(empty, ann, "kept.csv", csvs()["pre"]).id
    lost = sent.sent(empty, ann, "lost.csv", csvs()["pre"]).id
    begun = sent.started(empty, ann, 100)
    for path in sorted((settings.data_dir / "uploads" / lost).rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    (settings.data_dir / "uploads" / lost).rmdir()
    stray = settings.data_dir / "uploads" / ("a" * 32)
    stray.mkdir()
    assert sweep(database, settings, now()) == 1
    assert not stray.exists()
    with database.read() as session:
        assert set(session.scalars(select(Upload.id))) == {kept, begun}
    assert sweep(database, settings, now() + timedelta(hours=73)) == 2
    assert not [*(settings.data_dir / "uploads").iterdir()]


def test_a_checkpoint_that_was_sent_is_stored_under_its_own_name(
    client: TestClient, own: server.Filled, tmp_path: Path
) -> None:
    from backend.science.encoders.checkpoint import save_checkpoint
    from backend.science.encoders.registry import build_encoder

    ann = as_user(client, "ann", "researcher")
    encoder = build_encoder("convnextv2-atto", 3)
    state = {f"encoder.{name}": value for name, value in encoder.state_dict().items()}
    save_checkpoint(tmp_path / "mine.safetensors", state, {"arch": "convnextv2-atto"})
    found = sent.sent(client, ann, "mine.safetensors", (tmp_path / "mine.safetensors").read_bytes())
    assert (found.state, found.kind) == ("ready", "checkpoint"), found.sentence
    params = {
        "kind": "import_encoder",
        "cohort_id": own.cohort_id,
        "path": f"upload:{found.id}",
        "arch": "convnextv2-atto",
        "input": {"size_zyx": [16, 32, 32], "spacing_zyx_mm": [3, 1, 1]},
    }
    job = client.post(f"{API}/jobs", json={"params": params}, headers=ann)
    assert job.status_code == 202, job.text
    ended = do(client, job.json()["id"])
    with database_of(client).read() as session:
        row = session.scalars(select(Encoder).where(Encoder.settings["file"].as_string() == "mine.safetensors")).first()
    assert row is not None, ended.error
    assert row.name == "convnextv2-atto from mine.safetensors"
