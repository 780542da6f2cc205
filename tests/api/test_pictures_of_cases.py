"""Voxels and slices of a case as the API sends them."""

import gzip
import sqlite3
import struct

import numpy as np
import pytest
from starlette.testclient import TestClient

import backend.routers.volumes
from shared import schemas as s
from tests.api import server
from tests.api.reads import a_case, get


def test_voxels_come_as_the_detail_says(reader: TestClient, filled: server.Filled) -> None:
    detail = s.CaseDetail.model_validate(get(reader, f"/cases/{a_case(reader, filled).id}"))
    assert [volume.modality for volume in detail.volumes] == ["T2", "DWI", "ADC"]
    info = detail.volumes[0]
    answer = reader.get(f"/api/v1/cases/{detail.id}/volumes/T2")
    voxels = np.frombuffer(answer.content, "<u2").reshape(info.shape_zyx)
    assert answer.headers["content-encoding"] == "gzip"
    assert info.intercept + info.slope * voxels.max() == pytest.approx(100 + 40 + 2 * 15, abs=8)
    mask = np.frombuffer(reader.get(f"/api/v1/cases/{detail.id}/masks/lesion").content, "u1").reshape(info.shape_zyx)
    assert np.flatnonzero(mask.any(axis=(1, 2))).tolist() == detail.masks[1].slices
    assert detail.best_slice in detail.masks[1].slices
    assert [mask.roi for mask in detail.masks] == ["gland", "lesion", "zones"]
    assert all(reader.get(f"/api/v1/cases/{detail.id}/masks/{mask.roi}").status_code == 200 for mask in detail.masks)


def test_voxels_are_sent_once_and_then_known(reader: TestClient, filled: server.Filled) -> None:
    path = f"/api/v1/cases/{a_case(reader, filled).id}/volumes/ADC"
    first = reader.get(path)
    assert first.headers["cache-control"] == "private, no-cache"
    again = reader.get(path, headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    plain = reader.get(path, headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert plain.content == first.content
    assert gzip.compress(b"") != plain.content


def test_what_a_browser_takes_and_has_is_read_as_http_says(reader: TestClient, filled: server.Filled) -> None:
    case_id = a_case(reader, filled).id
    path = f"/api/v1/cases/{case_id}/volumes/ADC"
    taken = {
        "gzip": True, "GZIP": True, "br, gzip;q=0.5": True, "*": True, "gzip; q=1": True,
        "gzip;q=0": False, "gzip;q=0.0, *": False, "identity": False, "": False, "xgzipx": False, "gzip;q=x": False,
    }  # fmt: skip
    for said, packed in taken.items():
        answer = reader.get(path, headers={"Accept-Encoding": said})
        assert (answer.headers.get("content-encoding") == "gzip") == packed, said
        assert answer.headers["etag"].startswith('W/"'), "two encodings never share a strong tag"
    opaque = answer.headers["etag"].removeprefix("W/")
    png = f"/api/v1/cases/{case_id}/slice.png?side=64"
    tag = reader.get(png).headers["etag"]
    for where, known in ((path, opaque), (png, tag)):
        for said in (known, f"W/{known}", f'"a", {known}', "*"):
            assert reader.get(where, headers={"If-None-Match": said}).status_code == 304, said
        for said in ('"a"', '"*"x', known.replace('"', '"a', 1)):
            assert reader.get(where, headers={"If-None-Match": said}).status_code == 200, said
    assert reader.get(f"{png}&k=9999", headers={"If-None-Match": "*"}).status_code == 404
    refused = reader.get(f"{png}&rois=gland,foo")
    assert refused.status_code == 422
    assert "no mask 'foo'; there is gland, lesion, zones." in refused.json()["detail"]
    assert reader.get(f"{png}&rois=").status_code == 200


def test_a_slice_is_a_picture_with_true_proportions(reader: TestClient, filled: server.Filled) -> None:
    detail = s.CaseDetail.model_validate(get(reader, f"/cases/{a_case(reader, filled).id}"))
    path = f"/api/v1/cases/{detail.id}/slice.png"
    picture = reader.get(path, params={"modality": "T2", "k": detail.best_slice, "wl": "80,120", "rois": "gland"})
    assert picture.headers["content-type"] == "image/png"
    width, height = struct.unpack(">II", picture.content[16:24])
    info = detail.volumes[0]
    _, high, wide = info.shape_zyx
    assert width / height == pytest.approx(wide * info.spacing_zyx_mm[2] / (high * info.spacing_zyx_mm[1]), rel=0.02)
    assert reader.get(path, params={"k": 9999}).status_code == 404
    assert reader.get(path, params={"wl": "0,1"}).status_code == 422
    assert reader.get(path, params={"wl": "1..2,1"}).status_code == 422


def test_a_picture_in_the_making_holds_up_no_writer(
    reader: TestClient, filled: server.Filled, monkeypatch: pytest.MonkeyPatch
) -> None:
    def writes(*_: object) -> bytes:
        other = sqlite3.connect(filled.folder / "radiomiclens.sqlite", timeout=0.2, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        other.execute("UPDATE cohorts SET note = note")
        other.execute("COMMIT")  # fails while a reader has not let go
        other.close()
        return b"written"

    monkeypatch.setattr(backend.routers.volumes, "case_picture", writes)
    answer = reader.get(f"/api/v1/cases/{a_case(reader, filled).id}/slice.png")
    assert answer.content == b"written"
