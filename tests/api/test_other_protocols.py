"""Cases of other protocols over HTTP: listed, their images and masks refused in a true sentence at every door."""

import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

from backend.cli.export_mask import exported_mask
from backend.errors import NotFound
from backend.models import Case, Cohort
from backend.storage.cohort_protocol import stored_protocol
from backend.storage.database import Database
from shared import schemas as s
from tests.api import server

SENTENCE = "This case is of the protocol pelvis; this version shows and exports images and masks of"


@pytest.fixture
def case(own: server.Filled) -> str:
    """A case with the names of the prostate's images and masks, in a cohort of another protocol."""
    pelvis = s.Protocol.model_validate(
        {
            "name": "pelvis",
            "modalities": [{"name": "T2", "required": True, "reference": True}, {"name": "DWI"}, {"name": "ADC"}],
            "regions": [{"name": "gland"}, {"name": "lesion"}],
            "grid": {"spacing_mm": [1, 1, 1], "size_zyx": [16, 16, 16]},
        }
    )
    database = Database(server.settings_of(own.folder))
    with database.write() as session:
        row = session.scalars(select(Case).join(Case.volumes).order_by(Case.study_id)).first()
        assert row is not None
        session.get_one(Cohort, row.cohort_id).protocol = stored_protocol(pelvis)
        found = row.id
    database.close()
    return found


def test_its_images_and_masks_are_refused_at_every_door(client: TestClient, own: server.Filled, case: str) -> None:
    client.headers.update(server.bearer(client, "viewer"))
    detail = client.get(f"/api/v1/cases/{case}")
    assert detail.status_code == 200, detail.text
    told = s.CaseDetail.model_validate(detail.json())
    assert (told.has_images, told.volumes, told.masks) == (False, [], [])
    feature = "original_firstorder_Mean"
    for path in (
        f"cases/{case}/volumes/T2",
        f"cases/{case}/masks/gland",
        f"cases/{case}/masks/gland.dcm",
        f"cases/{case}/slice.png",
        f"cases/{case}/maps/T2/gland/{feature}/voxels",
        f"images/{told.signed}/T2",
        f"images/{told.signed}/maps/T2/gland/{feature}",
    ):
        answer = client.get(f"/api/v1/{path}")
        assert (answer.status_code, answer.json()["detail"][: len(SENTENCE)]) == (404, SENTENCE), path
    with pytest.raises(NotFound, match="This case is of the protocol pelvis"):
        exported_mask(server.settings_of(own.folder), case, "gland", None)
