"""Addresses of voxels: signed, short-lived, bound to one case and its content."""

import stat
from pathlib import Path

import numpy as np
import pytest

from backend.access import signed_urls
from backend.errors import Expired, NotFound
from shared import schemas as s
from tests.api import server


def test_a_claim_is_read_back_and_ends_after_half_an_hour(monkeypatch: pytest.MonkeyPatch) -> None:
    signer = signed_urls.Signer(b"k" * 32)
    now = 1_800_000_123.0
    monkeypatch.setattr(signed_urls, "time", lambda: now)
    claim = signer.sign("case", "content", "token")
    assert signer.read(claim) == ("case", "content", "token")
    monkeypatch.setattr(signed_urls, "time", lambda: now + signed_urls.STEP_S - 124)
    assert signer.sign("case", "content", "token") == claim
    monkeypatch.setattr(signed_urls, "time", lambda: now + signed_urls.LIFETIME_S + signed_urls.STEP_S)
    with pytest.raises(Expired):
        signer.read(claim)


@pytest.mark.parametrize("claim", ["", "x", "WyJhIiwiYiJd.aaaa.bbbb", "W10.aZ.c" * 40])
def test_other_text_is_not_found(claim: str) -> None:
    with pytest.raises(NotFound):
        signed_urls.Signer(b"k" * 32).read(claim)


def test_another_server_s_claim_is_not_found() -> None:
    with pytest.raises(NotFound):
        signed_urls.Signer(b"a" * 32).read(signed_urls.Signer(b"b" * 32).sign("case", "content", "token"))


def test_the_key_is_made_once_and_is_the_owner_s_alone(tmp_path: Path) -> None:
    key = signed_urls.load_or_create_key(tmp_path)
    assert len(key) == 32
    assert signed_urls.load_or_create_key(tmp_path) == key
    assert stat.S_IMODE((tmp_path / "signing.key").stat().st_mode) == 0o600


def test_voxels_come_without_a_cookie_to_whoever_holds_the_address_and_to_nobody_else(tmp_path: Path) -> None:
    filled = server.fill(tmp_path)
    with server.running(filled.folder) as client:
        headers = server.bearer(client, "viewer")
        listed = client.get(f"/api/v1/cohorts/{filled.cohort_id}/cases", headers=headers).json()["items"]
        case = s.CaseDetail.model_validate(client.get(f"/api/v1/cases/{listed[0]['id']}", headers=headers).json())
        other = client.get(f"/api/v1/cases/{listed[1]['id']}", headers=headers).json()["signed"]
        voxels = client.get(f"/api/v1/images/{case.signed}/T2")
        assert len(voxels.content) == 2 * np.prod(case.volumes[0].shape_zyx)
        same = client.get(f"/api/v1/cases/{case.id}/volumes/T2", headers=headers)
        assert (voxels.content, voxels.headers["etag"]) == (same.content, same.headers["etag"])
        again = client.get(f"/api/v1/images/{case.signed}/T2", headers={"If-None-Match": voxels.headers["etag"]})
        assert again.status_code == 304
        assert client.get(f"/api/v1/images/{case.signed}/gland").status_code == 200
        assert client.get(f"/api/v1/images/{case.signed}/brain").status_code == 422
        assert client.get(f"/api/v1/images/{other}/T2").content != b""
        assert client.get(f"/api/v1/images/{case.signed[:-2]}xx/T2").status_code == 404
        assert client.get(f"/api/v1/cases/{case.id}/volumes/T2").status_code == 401
