"""A case as a picture over the API: what stands in it, what may be asked, and that its lines fit."""

import io

import numpy as np
import pytest
from PIL import Image
from starlette.testclient import TestClient

from tests.api import server
from tests.api.reads import a_case

GLAND, LESION = (0x56, 0xB4, 0xE9), (0xF0, 0xE4, 0x42)


def picture(reader: TestClient, filled: server.Filled, **asked: object) -> np.ndarray:
    answer = reader.get(f"/api/v1/cases/{a_case(reader, filled).id}/picture.png", params=asked)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-disposition"].endswith('-T2.png"')
    return np.asarray(Image.open(io.BytesIO(answer.content)).convert("RGB"))


def has(pixels: np.ndarray, colour: tuple[int, int, int]) -> bool:
    return bool((pixels == np.array(colour)).all(axis=-1).any())


def test_outlines_and_lines_stand_in_it(reader: TestClient, filled: server.Filled) -> None:
    usual = picture(reader, filled, size=400)
    assert usual.shape[1] == 400
    assert usual.shape[0] > 400
    assert has(usual, GLAND)
    assert has(usual, LESION)
    assert usual[400:].max() > 200  # the lines below
    alone = picture(reader, filled, size=400, rois="lesion", caption="false")
    assert alone.shape == (400, 400, 3)
    assert not has(alone, GLAND)
    assert has(alone, LESION)
    assert not has(picture(reader, filled, size=400, rois="", caption="false"), LESION)


def test_a_map_brings_its_legend(reader: TestClient, filled: server.Filled) -> None:
    plain = picture(reader, filled, size=400)
    mapped = picture(reader, filled, size=400, feature="original_firstorder_Mean", map_roi="lesion")
    assert mapped.shape[0] > plain.shape[0]
    coloured = np.ptp(mapped[400:].astype(int), axis=-1) > 60  # viridis is no grey
    assert coloured.sum() > 500
    assert not (np.ptp(plain[400:].astype(int), axis=-1) > 60).any()


def test_the_centre_is_in_millimetres(reader: TestClient, filled: server.Filled) -> None:
    """The phantom's gland has its middle 11.5 voxels of 1 mm right, 9.5 down; shown 5 mm further left it is right."""
    middle = picture(reader, filled, size=400, mm=40, at="11.5,9.5", rois="gland", caption="false")
    moved = picture(reader, filled, size=400, mm=40, at="6.5,9.5", rois="gland", caption="false")
    columns = [np.nonzero((one == np.array(GLAND)).all(axis=-1))[1] for one in (middle, moved)]
    assert columns[0].mean() == pytest.approx(200, abs=4)
    assert columns[1].mean() - columns[0].mean() == pytest.approx(50, abs=2)


def test_a_window_is_taken(reader: TestClient, filled: server.Filled) -> None:
    dark = picture(reader, filled, size=200, wl="10,5000", rois="", caption="false")
    assert dark[60:140, 60:140].max() == 0


@pytest.mark.parametrize(
    ("asked", "status", "said"),
    [
        ({"k": 99}, 404, "no slice 99"),
        ({"modality": "CT"}, 422, "no modality 'CT'"),
        ({"roi": "liver"}, 422, "no mask 'liver'"),
        ({"at": "1"}, 422, ""),
        ({"at": "1..2,3"}, 422, "two numbers in mm"),
        ({"at": "60,9"}, 422, "no image around this centre: it is 24 x 20 mm"),
        ({"at": "-40,9", "mm": 20}, 422, "no image around this centre"),
        ({"at": "40000,9"}, 422, "no image around this centre"),  # was 40 000 columns of black in memory
        ({"at": "999999999999,-99999999999"}, 422, "no image around this centre"),
        ({"wl": "1"}, 422, "two numbers"),
        ({"feature": "original_shape_Sphericity"}, 404, "no map of"),
        ({"feature": "original_glcm_Contrast", "roi": "whole"}, 422, "A map is of a region"),
        ({"settings": "f" * 64}, 404, "No extraction"),
        ({"size": 9000}, 422, ""),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else None,
)
def test_what_cannot_be_drawn_is_said(
    reader: TestClient, filled: server.Filled, asked: dict[str, object], status: int, said: str
) -> None:
    answer = reader.get(f"/api/v1/cases/{a_case(reader, filled).id}/picture.png", params=asked)
    assert answer.status_code == status, answer.text
    assert said in answer.json()["detail"]


def test_it_is_known_by_its_tag_and_needs_a_sign_in(
    client: TestClient, reader: TestClient, filled: server.Filled
) -> None:
    path = f"/api/v1/cases/{a_case(reader, filled).id}/picture.png"
    first = reader.get(path)
    assert reader.get(path, headers={"If-None-Match": first.headers["etag"]}).status_code == 304
    assert client.get(path).status_code == 401
