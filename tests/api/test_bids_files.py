"""Masks and features as a derivative of BIDS: names by the rules of the specification, nibabel finds what is stored."""

import csv
import io
import json
import re
import zipfile
from pathlib import Path

import nibabel
import numpy as np
import pytest
import SimpleITK as sitk
from sqlalchemy import func, select
from starlette.testclient import TestClient

from backend.interchange.bids_names import unique_labels
from backend.models import Audit, Case, FeatureList, Radiomics
from backend.storage.blob_store import BlobStore
from backend.storage.volumes import put_volumes
from tests.api import server
from tests.api.links import database_of
from tests.cli.running import called

LABEL = "[0-9a-zA-Z]+"
ENTITIES = f"(?:_space-{LABEL})(?:_seg-{LABEL})?(?:_res-{LABEL})?(?:_den-{LABEL})?(?:_label-{LABEL})?(?:_desc-{LABEL})?"
RULES = [
    r"dataset_description\.json|README\.md|participants\.(tsv|json)|sessions\.json",
    rf"sub-(?P<s>{LABEL})/sub-(?P=s)_sessions\.tsv",
    rf"sub-(?P<s>{LABEL})/ses-(?P<e>{LABEL})/anat/sub-(?P=s)_ses-(?P=e){ENTITIES}_mask\.(nii\.gz|json)",
    rf"sub-(?P<s>{LABEL})/ses-(?P<e>{LABEL})/anat/sub-(?P=s)_ses-(?P=e){ENTITIES}_dseg\.(nii\.gz|json|tsv)",
]
"""Names of the files written here, with entities in the order of the specification's schema (rules/files, 1.10)."""
LPS_TO_RAS = np.diag([-1.0, -1.0, 1.0, 1.0])


def oblique(array: np.ndarray) -> sitk.Image:
    """A mask whose axes are turned and of which one is stored backwards."""
    image = sitk.GetImageFromArray(array)
    image.SetSpacing((0.5, 0.75, 3.0))
    image.SetOrigin((-20.0, 5.5, 100.25))
    turn = np.deg2rad(20)
    image.SetDirection((np.cos(turn), -np.sin(turn), 0, np.sin(turn), np.cos(turn), 0, 0, 0, -1))
    return image


@pytest.fixture(scope="module")
def masks() -> dict[str, sitk.Image]:
    rng = np.random.default_rng(0)
    codes = {"gland": 2, "lesion": 4, "zones": 3}
    return {name: oblique(rng.integers(0, most, (4, 6, 5)).astype(np.uint8)) for name, most in codes.items()}


@pytest.fixture(scope="module")
def folder(filled: server.Filled, masks: dict[str, sitk.Image], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The unpacked zip, of a cohort with an oblique study whose patient's id looks like that of another."""
    own, out = server.copied(filled, tmp_path_factory.mktemp("bids")), tmp_path_factory.mktemp("taken")
    with server.running(own.folder) as client:
        with database_of(client).write() as session:
            twin = session.scalars(select(Case).order_by(Case.study_id)).first()
            assert twin is not None
            volumes = put_volumes(BlobStore(own.folder / "files"), {}, masks, {"gland": "a" * 64})
            patient = f"{twin.patient_id}-"
            session.add(
                Case(cohort_id=own.cohort_id, study_id="x_1", patient_id=patient, split="test", volumes=volumes)
            )
        where = f"/api/v1/cohorts/{own.cohort_id}/bids.zip"
        answer = client.get(where, params={"licence": "CC0-1.0"}, headers=server.bearer(client, "researcher"))
        assert answer.status_code == 200, answer.text
        assert client.get(where, headers=server.bearer(client, "viewer")).status_code == 403
        with database_of(client).read() as session:
            noted = session.scalars(select(Audit.detail).where(Audit.action == "cohort.export")).all()
        assert noted == [{"format": "bids"}]
    zipfile.ZipFile(io.BytesIO(answer.content)).extractall(out)
    return out


def names_in(folder: Path) -> list[str]:
    return [str(path.relative_to(folder)) for path in sorted(folder.rglob("*")) if path.is_file()]


def tsv(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file, delimiter="\t"))


def test_every_name_follows_the_rules_and_every_image_has_its_sidecar(folder: Path) -> None:
    names = names_in(folder)
    assert [name for name in names if not any(re.fullmatch(rule, name) for rule in RULES)] == []
    images = [name.removesuffix(".nii.gz") for name in names if name.endswith(".nii.gz")]
    assert len(images) == 67 * 3
    assert {f"{name}.json" for name in images} <= set(names)
    assert {f"{name}.tsv" for name in images if name.endswith("_dseg")} <= set(names)
    described = json.loads((folder / "dataset_description.json").read_text())
    assert {"Name", "BIDSVersion", "DatasetType", "GeneratedBy", "License"} == set(described)
    assert described["DatasetType"] == "derivative"
    assert described["GeneratedBy"][0]["Name"] == "RadiomicLens"
    for name in names:
        if "space-orig" in name and name.endswith(".json"):
            assert json.loads((folder / name).read_text())["SpatialReference"] == "orig"


def test_people_in_the_tables_are_the_folders_and_two_that_look_alike_stay_two(folder: Path) -> None:
    people = {row["participant_id"]: row["patient_id"] for row in tsv(folder / "participants.tsv")}
    assert set(people) == {path.name for path in folder.glob("sub-*")}
    assert len(people) == len(set(people.values())) == 61
    for person in people:
        sessions = {row["session_id"] for row in tsv(folder / person / f"{person}_sessions.tsv")}
        assert sessions == {path.name for path in (folder / person).glob("ses-*")}
    assert unique_labels(["a-1", "A1", "a_1", "--"]) == {"--": "x", "A1": "A1", "a-1": "a1n2", "a_1": "a1n3"}


def test_nibabel_reads_the_stored_voxels_where_they_lie(folder: Path, masks: dict[str, sitk.Image]) -> None:
    [start] = {path.name.partition("_space")[0] for path in folder.rglob("*ses-x1_*.nii.gz")}
    anat = next(folder.rglob("ses-x1")) / "anat"
    ends = {"gland": "label-gland_desc-stored_mask", "lesion": "label-lesion_desc-stored_mask"}
    ends["zones"] = "seg-zones_desc-stored_dseg"
    for name, mask in masks.items():
        read = nibabel.load(anat / f"{start}_space-orig_{ends[name]}.nii.gz")
        assert isinstance(read, nibabel.Nifti1Image)
        stored = sitk.GetArrayFromImage(mask).T
        expected = stored if name == "zones" else (stored > 0).astype(np.uint8)
        np.testing.assert_array_equal(np.asarray(read.dataobj), expected)
        affine = np.eye(4)
        affine[:3, :3] = np.array(mask.GetDirection()).reshape(3, 3) * np.array(mask.GetSpacing())
        affine[:3, 3] = mask.GetOrigin()
        np.testing.assert_allclose(read.affine, LPS_TO_RAS @ affine, atol=1e-5)
        assert read.header.get_data_dtype() == np.uint8
    about = json.loads((anat / f"{start}_space-orig_{ends['lesion']}.json").read_text())
    assert about["Type"] == "Lesion"
    assert "values 1, 2, 3 all count as inside" in about["Description"]
    assert json.loads((anat / f"{start}_space-orig_{ends['gland']}.json").read_text())["SourceFileSHA256"] == "a" * 64
    assert tsv(anat / f"{start}_space-orig_{ends['zones']}.tsv") == [
        {"index": "1", "name": "PZ"},
        {"index": "2", "name": "TZ"},
    ]


def test_features_are_those_of_the_database_and_each_is_described(folder: Path, filled: server.Filled) -> None:
    read = {row["session_id"]: row for path in folder.glob("sub-*/*_sessions.tsv") for row in tsv(path)}
    about = json.loads((folder / "sessions.json").read_text())
    with server.running(filled.folder) as client, database_of(client).read() as session:
        names = session.scalars(select(FeatureList.names)).one()
        stored = session.execute(select(Case.study_id, Radiomics).join(Radiomics, Radiomics.case_id == Case.id)).all()
    columns = [f"gland_{name}" for name in names]
    assert list(about) == ["study_id", "split", *columns]
    assert all(one["Description"] for one in about.values())
    assert len(read) == len(stored) + 1 == 67
    for study, row in stored:
        found = [read[f"ses-{study}"][name] for name in columns]
        np.testing.assert_array_equal([float(one) if one != "n/a" else np.nan for one in found], row.values)
    assert {read["ses-x1"][name] for name in columns} == {"n/a"}


def test_the_command_writes_the_same_bytes(client: TestClient, own: server.Filled) -> None:
    header = server.bearer(client, "researcher")
    answer = client.get(f"/api/v1/cohorts/{own.cohort_id}/bids.zip", headers=header)
    out = own.folder / "b.zip"
    done = called("export", "bids", server.COHORT_NAME, "--out", out, data_dir=own.folder)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "Wrote b.zip: 66 studies; features of: gland.\n"
    assert out.read_bytes() == answer.content


def test_a_cohort_with_neither_masks_nor_features_is_refused(client: TestClient, own: server.Filled) -> None:
    with database_of(client).write() as session:
        for case in session.scalars(select(Case)):
            case.volumes = []
        for row in session.scalars(select(Radiomics)):
            session.delete(row)
    answer = client.get(f"/api/v1/cohorts/{own.cohort_id}/bids.zip", headers=server.bearer(client, "researcher"))
    assert answer.status_code == 422
    assert "neither masks nor features" in answer.json()["detail"]
    with database_of(client).read() as session:
        assert session.scalar(select(func.count()).where(Audit.action == "cohort.export")) == 0, (
            "nothing was given away"
        )
