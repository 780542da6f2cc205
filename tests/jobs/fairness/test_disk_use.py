"""The disk of a project: what its files take, and when no more may be stored."""

import pytest

from backend.errors import Conflict, NotFound
from backend.jobs.fairness import disk_use, quotas
from backend.models import Case, Cohort, Encoder, Project, Quota, User, Volume
from backend.storage.blob_store import BlobStore
from shared.schemas import Quota as QuotaRow

GRID = {"dtype": "<i2", "size": [], "spacing": [], "origin": [], "direction": [], "source_sha256": ""}


@pytest.fixture
def filled(settings, database) -> BlobStore:
    """Two projects: 5 000 bytes of voxels and 2 000 of weights in the default one, 40 in the other."""
    files = BlobStore(settings.data_dir / "files")
    shared, old, weights, other = (files.put(bytes([n]) * size) for n, size in enumerate((3000, 2000, 2000, 40)))
    with database.write() as session:
        session.add_all([Project(id="p2", name="second"), User(name="ann", role="researcher")])
        session.flush()
        for cohort, project, volumes in (
            ("c1", "default", [(shared, 3000), (old, None)]),  # a volume of before 0.3 is looked at
            ("c2", "default", [(shared, 3000)]),  # a file that is there already counts once
            ("c3", "p2", [(other, 40)]),
        ):
            session.add(Cohort(id=cohort, name=cohort, kind="images", project_id=project))
            session.flush()
            case = Case(cohort_id=cohort, study_id="s", patient_id="p")
            session.add(case)
            session.flush()
            for n, (sha256, size) in enumerate(volumes):
                session.add(Volume(case_id=case.id, kind=f"T{n}", sha256=sha256, n_bytes=size, **GRID))
        for name, arch in (("a", "convnextv2-tiny"), ("b", "imported")):
            fields = {"cohort_id": "c1", "stage": "ft", "cache_key": name}
            session.add(Encoder(name=name, arch=arch, sha256=weights if name == "a" else "no file", **fields))
    return files


def test_every_file_of_a_project_counts_once(filled, settings, database) -> None:
    with database.read() as session:
        assert disk_use.stored_bytes(session, filled, "default") == 7000
        assert disk_use.stored_bytes(session, filled, "p2") == 40


def test_what_stores_files_is_refused_at_the_limit_and_the_rest_goes_on(
    filled, settings, database, monkeypatch
) -> None:
    monkeypatch.setattr(disk_use, "MB", 1000)
    with database.write() as session:
        disk_use.check_disk(session, settings, "default", "import_cases")  # without a limit
        narrow = settings.model_copy(update={"disk_per_project_mb": 7})
        with pytest.raises(Conflict, match="The files of the project “default” take 7 MB, and 7 MB are allowed"):
            disk_use.check_disk(session, narrow, "default", "import_cases")
        disk_use.check_disk(session, narrow, "default", "analyze")
        disk_use.check_disk(session, narrow, "p2", "import_cases")
        quotas.allow(session, "project", "default", 8)
        disk_use.check_disk(session, narrow, "default", "import_cases")
        quotas.allow(session, "project", "default", 0)
        assert disk_use.limit_of(session, narrow, "default") is None


def test_quotas_are_listed_set_and_taken_back(filled, settings, database, monkeypatch) -> None:
    monkeypatch.setattr(disk_use, "MB", 1000)
    with database.write() as session:
        quotas.allow(session, "user", "ann", 3)
        quotas.allow(session, "project", "second", 9)  # by its name
        assert list(quotas.every_quota(session, settings)) == [
            QuotaRow(kind="user", id="ann", name="ann", limit=3, taken=0, own=True),
            QuotaRow(kind="project", id="default", name="default", limit=None, taken=7, own=False),
            QuotaRow(kind="project", id="p2", name="second", limit=9, taken=0, own=True),
        ]
        quotas.end(session, "project", "p2")
        assert session.get(Quota, ("project", "p2")) is None
        for kind, name in (("project", "p2"), ("user", "nobody"), ("project", "nothing")):
            with pytest.raises(NotFound):
                quotas.end(session, kind, name)
        with pytest.raises(NotFound, match="There is no user 'nobody'"):
            quotas.allow(session, "user", "nobody", 1)
