"""Maps of a feature over the API: equal to the engine's, cached, signed, ended with their visitor."""

import json
import socket
import threading
import time

import numpy as np
import pytest
from starlette.testclient import TestClient

from backend.access import tokens
from backend.errors import Cancelled
from backend.models import Case
from backend.rendering import feature_maps, viewer_data
from backend.science.imaging.prepare import prepare
from backend.science.radiomics import load_settings
from backend.science.radiomics.maps import feature_map
from backend.storage.blob_store import BlobStore
from backend.storage.database import Database
from shared import schemas as s
from shared.protocols.reader import prostate
from tests.api import server
from tests.api.reads import a_case, get
from tests.science.radiomics.maps.oracle import ALL_OF

CONTRAST = "original_glcm_Contrast"


def test_a_case_says_what_there_are_maps_of(reader: TestClient, filled: server.Filled) -> None:
    found = s.CaseMaps.model_validate(get(reader, f"/cases/{a_case(reader, filled).id}/maps"))
    assert (found.modalities, found.rois) == (["T2", "DWI", "ADC"], ["gland", "lesion"])
    assert {one.feature for one in found.features} | {"original_firstorder_StandardDeviation"} == {
        f"original_{name}_{feature}" for name, features in ALL_OF.items() for feature in features
    }
    assert all(one.sentence.endswith(".") for one in found.features)
    words = [(one.group, one.label) for one in found.features]
    assert len(set(words)) == len(words)


@pytest.mark.parametrize("feature", [CONTRAST, "original_glcm_JointAverage", "original_firstorder_Entropy"])
def test_a_map_is_the_engines_on_the_slices_shown(reader: TestClient, filled: server.Filled, feature: str) -> None:
    case_id = a_case(reader, filled).id
    path = f"/cases/{case_id}/maps/ADC/gland/{feature}"
    described = s.FeatureMap.model_validate(get(reader, path))
    answer = reader.get(f"/api/v1{path}/voxels")
    stored = np.frombuffer(answer.content, "<u2").reshape(described.shape_zyx)
    assert s.FeatureMap.model_validate_json(answer.headers["feature-map"]) == described
    expected, region = _computed(filled, case_id, "ADC", "gland", feature)
    held = region & np.isfinite(expected)
    np.testing.assert_array_equal(stored > 0, held)
    step = described.slope
    np.testing.assert_allclose(described.intercept + step * stored[held], expected[held], atol=0.51 * step)
    assert (described.voxels, described.undefined) == (held.sum(), (region & ~held).sum())
    assert (
        described.lowest <= described.low <= described.high <= described.highest == pytest.approx(expected[held].max())
    )


def _computed(filled: server.Filled, case_id: str, modality: str, roi: str, feature: str):
    database = Database(server.settings_of(filled.folder))
    with database.read() as session:
        case = session.get_one(Case, case_id)
        shown = viewer_data.load_shown(BlobStore(filled.folder / "files"), case, prostate())
    database.close()
    made = feature_map(
        *(shown.images[modality].astype(np.float64), shown.masks[roi] > 0, shown.grid, feature, load_settings("paper"))
    )
    return made.values, made.region


@pytest.mark.parametrize("feature", ["wavelet-LLH_firstorder_Mean", "wavelet-HHL_glcm_Contrast"])
def test_a_map_of_a_filtered_image_is_that_of_the_grid_radiomics_are_measured_on(
    reader: TestClient, filled: server.Filled, feature: str
) -> None:
    """The phantom's slices are 3 mm apart, those of the protocol's grid 1 mm: slice k shown is its slice 3 k + 1."""
    case_id = a_case(reader, filled).id
    path = f"/cases/{case_id}/maps/T2/gland/{feature}"
    described = s.FeatureMap.model_validate(get(reader, path))
    stored = np.frombuffer(reader.get(f"/api/v1{path}/voxels").content, "<u2").reshape(described.shape_zyx)
    prepared = prepare(*server.phantom(), labelled=("zones",))
    image, mask = prepared.images["T2"].astype(np.float64), prepared.masks["gland"] > 0
    made = feature_map(image, mask, prepared.grid, feature, load_settings("paper"))
    expected, inside = made.values[1::3], mask[1::3]
    assert expected.shape == stored.shape
    held = inside & np.isfinite(expected)
    np.testing.assert_array_equal(stored > 0, held)
    np.testing.assert_allclose(
        described.intercept + described.slope * stored[held], expected[held], atol=0.51 * described.slope
    )
    assert described.label.endswith(feature.partition("_")[0].replace("-", " "))
    assert "wavelet subband" in described.sentence
    assert feature.partition("_")[0] in s.CaseMaps.model_validate(get(reader, f"/cases/{case_id}/maps")).images


def test_a_map_is_computed_once_and_then_known(
    reader: TestClient, filled: server.Filled, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = f"/api/v1/cases/{a_case(reader, filled).id}/maps/T2/gland/original_ngtdm_Busyness/voxels"
    first = reader.get(path)
    assert first.headers["etag"].startswith('W/"')
    monkeypatch.setattr(viewer_data, "load_shown", None)  # a second computation would fail
    assert reader.get(path).content == first.content
    again = reader.get(path, headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    plain = reader.get(path, headers={"Accept-Encoding": "identity"})
    assert (plain.content, "content-encoding" in plain.headers) == (first.content, False)


def test_the_viewer_reads_a_map_at_a_signed_address(client: TestClient, reader: TestClient, own: server.Filled) -> None:
    signed_in = server.bearer(client, "viewer")
    case_id = a_case(reader, own).id
    detail = s.CaseDetail.model_validate(client.get(f"/api/v1/cases/{case_id}", headers=signed_in).json())
    path = f"/api/v1/images/{detail.signed}/maps/T2/lesion/{CONTRAST}"
    answer = client.get(path)
    assert answer.status_code == 200
    assert json.loads(answer.headers["feature-map"])["label"] == "contrast between neighbours"
    assert client.get(path.replace(detail.signed, detail.signed[:-2])).status_code == 404
    assert client.get(f"/api/v1/cases/{detail.id}/maps/T2/lesion/{CONTRAST}").status_code == 401


@pytest.mark.parametrize(
    ("rest", "status", "said"),
    [
        ("T2/gland/original_glcm_Sharpness", 404, "There is no map of 'original_glcm_Sharpness'"),
        ("T2/gland/wavelet-LXL_glcm_Contrast", 404, "There is no map of 'wavelet-LXL_glcm_Contrast'"),
        ("T2/gland/log-sigma-2-0-mm-3D_glcm_Contrast", 404, "There is no map of 'log-sigma-2-0-mm-3D_glcm_Contrast'"),
        ("T2/gland/original_shape_Sphericity", 404, "There is no map of"),
        ("CT/gland/original_glcm_Contrast", 422, ""),
        ("T2/zones/original_glcm_Contrast", 422, ""),
    ],
)
def test_what_has_no_map_is_said(reader: TestClient, filled: server.Filled, rest: str, status: int, said: str) -> None:
    answer = reader.get(f"/api/v1/cases/{a_case(reader, filled).id}/maps/{rest}")
    assert answer.status_code == status
    assert said in answer.json()["detail"]
    assert reader.get(f"/api/v1/cases/nobody/maps/T2/gland/{CONTRAST}").status_code == 404


def test_a_map_ends_when_its_visitor_goes(
    address: str, own: server.Filled, reader: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A real socket is closed in the middle of the work, and the work sees it."""
    begun, ended = threading.Event(), threading.Event()

    def endless(*given: object) -> object:
        cancelled = given[-1]
        assert callable(cancelled)
        begun.set()
        while not cancelled():
            time.sleep(0.01)
        ended.set()
        raise Cancelled("gone")

    monkeypatch.setattr(feature_maps, "feature_map", endless)
    database = Database(server.settings_of(own.folder))
    with database.write() as session:
        token = tokens.create_token(session, tokens.get_or_add_user(session, "looker", "viewer"), "api")
    database.close()
    path = f"/api/v1/cases/{a_case(reader, own).id}/maps/T2/gland/{CONTRAST}"
    lines = [f"GET {path} HTTP/1.1", "Host: 127.0.0.1", f"Authorization: Bearer {token}", "", ""]
    with socket.create_connection(("127.0.0.1", int(address.rpartition(":")[2]))) as visitor:
        visitor.sendall("\r\n".join(lines).encode())
        assert begun.wait(30)
        assert not ended.is_set()
    assert ended.wait(30)


def test_a_feature_of_an_analysis_is_told_in_words_with_its_map(reader: TestClient, filled: server.Filled) -> None:
    path = f"/cases/{a_case(reader, filled).id}/maps"
    told = s.CaseMaps.model_validate(get(reader, path, feature="ADC_wavelet-LLH_glcm_Contrast")).chosen
    assert told is not None
    assert (told.modality, told.feature, told.has_map) == ("ADC", "wavelet-LLH_glcm_Contrast", True)
    assert told.label == "contrast between neighbours · wavelet LLH"
    assert told.settings_hash == load_settings("paper").settings_hash
    shape = s.CaseMaps.model_validate(get(reader, path, feature="T2_original_shape_Sphericity")).chosen
    assert shape is not None
    assert (shape.has_map, shape.sentence[:22]) == (False, "The shape of a region ")
    assert s.CaseMaps.model_validate(get(reader, path, feature="nonsense")).chosen is None
