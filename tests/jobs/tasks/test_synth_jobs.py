"""Synthetic cohorts of other organs as jobs: drawn, imported under their protocol, and refused in one sentence."""

from pathlib import Path

import pytest
from sqlalchemy import select

from backend.errors import Conflict
from backend.jobs import submission
from backend.jobs.context import JobContext
from backend.jobs.planning.cohort_protocols import UnknownName
from backend.jobs.tasks import synth
from backend.models import DEFAULT_PROJECT, Case, Cohort, Project
from backend.science.synthetic.organ_cohorts import Asked, write_chests
from backend.storage.cohort_protocol import protocol_of
from backend.storage.shared_files import open_files
from shared import schemas as s
from tests.jobs import tiny

LIVER = {
    "name": "liver-mri",
    "modalities": [{"name": "HBP", "required": True, "reference": True}, {"name": "ART"}],
    "regions": [
        {"name": "tumor", "required": True, "volume_column": "tumor_volume"},
        {"name": "segments", "kind": "labels", "codes": {1: "left", 2: "right"}},
    ],
    "targets": [{"name": "response", "kind": "class", "column": "response", "classes": ["no", "yes"]}],
    "grid": {"spacing_mm": [2, 2, 2], "size_zyx": [24, 32, 32]},
}


@pytest.mark.parametrize(
    ("protocol", "kinds"),
    [
        ("brain-glioma-mri", {"T1ce", "FLAIR", "T1", "T2", "tumor"}),
        ("lung-ct", {"CT", "nodule", "lung"}),
        (s.Protocol.model_validate(LIVER), {"HBP", "ART", "tumor", "segments"}),
    ],
    ids=["brain", "lung", "own"],
)
def test_a_cohort_of_another_organ_is_drawn_and_imported(settings, database, protocol, kinds: set[str]) -> None:
    params = s.SynthParams(
        cohort="drawn", cases=3, protocol=protocol, spacing_xyz_mm=(4, 4, 5), size_xyz=(24, 24, 16)
    )  # fmt: skip
    result = tiny.done(tiny.run(settings, params))
    assert (result["accepted"], result["rejected"]) == (3, 0)
    with database.read() as session:
        cohort = session.get_one(Cohort, result["cohort_id"])
        stored = protocol_of(cohort)
        assert stored.name == (protocol if isinstance(protocol, str) else protocol.name)
        cases = session.scalars(select(Case)).all()
        assert all({volume.kind for volume in case.volumes} == kinds for case in cases)
        assert all(case.age is not None for case in cases)
        assert {case.split for case in cases} <= {"train", "val", "test"}
        assert {case.center for case in cases} <= {"A", "B"}
        assert all(case.clinical for case in cases)
        assert not any(finding["level"] == "error" for case in cases for finding in case.findings)


def test_a_request_for_prostates_is_stored_as_before(settings) -> None:
    job = tiny.submit(settings, s.SynthParams(cohort="mine", cases=4))
    assert "protocol" not in job.params
    other = tiny.submit(settings, s.SynthParams(cohort="other", cases=4, protocol="lung-ct"))
    assert other.params["protocol"] == "lung-ct"


def test_protocols_without_names_and_unknown_ones_are_refused(settings) -> None:
    with pytest.raises(Conflict, match="The protocol generic names no modality, so no cohort can be drawn for it"):
        tiny.submit(settings, s.SynthParams(cohort="mine", cases=4, protocol="generic"))
    with pytest.raises(UnknownName, match="There is no protocol 'knee'"):
        tiny.submit(settings, s.SynthParams(cohort="mine", cases=4, protocol="knee"))


def test_files_called_by_words_of_the_protocol_are_nobodys_names(settings, tmp_path: Path) -> None:
    write_chests(tmp_path / "chests", Asked(2, 0, (4.0, 4.0, 5.0), (24, 24, 16)))
    asked = s.ImportCasesParams(cohort="chests", path=str(tmp_path / "chests"), protocol="lung-ct")
    assert tiny.done(tiny.run(settings, asked))["accepted"] == 2
    other = s.Protocol.model_validate(
        LIVER | {"regions": [], "modalities": [{"name": "CT", "required": True, "reference": True}]}
    )
    for row in (tmp_path / "chests").rglob("CT.mha"):
        row.rename(row.with_name("meier.mha"))
    table = tmp_path / "chests" / "manifest.csv"
    table.write_text(table.read_text("utf-8").replace("CT.mha", "meier.mha"), "utf-8")
    refused = s.ImportCasesParams(cohort="named", path=str(tmp_path / "chests"), protocol=other)
    assert "may be a name" in (tiny.run(settings, refused).error or "")


def test_the_same_request_of_two_projects_is_drawn_in_two_folders(settings, database, monkeypatch) -> None:
    params = s.SynthParams(cohort="drawn", cases=2, spacing_xyz_mm=(4, 4, 5), size_xyz=(24, 24, 16))
    with database.write() as session:
        session.add(Project(id="second", name="second"))
    jobs = []
    for project in (DEFAULT_PROJECT, "second"):
        with database.write() as session:
            asked = s.JobSubmit(params=params, project_id=project)
            jobs.append(submission.submit(session, settings, asked, user="tests", local=True).id)
    folders: list[Path] = []

    class Stopped(BaseException):
        pass

    def drawn(folder: Path, *_: object) -> None:
        folders.append(folder)
        raise Stopped

    monkeypatch.setattr(synth, "draw", drawn)
    for job_id in jobs:
        with pytest.raises(Stopped):
            synth.run(JobContext(settings, database, open_files(settings), job_id), params)
    assert len(set(folders)) == 2
