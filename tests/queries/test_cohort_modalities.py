"""Which images any case of a cohort has, asked from the side of one case."""

from pathlib import Path

from sqlalchemy import select

from backend.models import Case
from backend.queries.cohort_modalities import cohort_modalities
from backend.storage.blob_store import BlobStore
from backend.storage.database import Database, upgrade
from tests.api.server import settings_of
from tests.drawn_cohorts import add_cohort, drawn, protocols


def test_an_image_of_any_case_counts_for_all_and_one_of_none_for_none(tmp_path: Path) -> None:
    settings, protocol = settings_of(tmp_path), protocols()[4]
    upgrade(settings)
    database, files = Database(settings), BlobStore(tmp_path / "files")
    images, masks = drawn(protocol)
    fewer = {name: image for name, image in images.items() if name in protocol.required_modalities}
    with_t1 = fewer | {"T1": images["T1"]}
    add_cohort(database, files, protocol, {"a": (fewer, masks), "b": (with_t1, masks)}, "some")
    add_cohort(database, files, protocol, {"c": (images, masks)}, "others")
    with database.read() as session:
        found = {case.study_id: cohort_modalities(session, case, protocol) for case in session.scalars(select(Case))}
    database.close()
    assert found == {
        "a": {"T1ce", "FLAIR", "T1"},
        "b": {"T1ce", "FLAIR", "T1"},
        "c": {"T1ce", "FLAIR", "T1", "T2"},
    }
