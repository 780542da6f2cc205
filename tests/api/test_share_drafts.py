"""The sender's preview: frozen as a link would be, for its sender alone; the link shows exactly what it showed."""

import pytest
from starlette.testclient import TestClient

from backend.access.share_drafts import MOST_DRAFTS, MOST_OF_ONE_USER, ShareDrafts
from backend.errors import NotFound
from shared import schemas as s
from tests.api import server
from tests.api.links import make, open_link, page_of, pictures_of

DRAFTS = "/api/v1/shares/drafts"


def draft(client: TestClient, own: server.Filled, headers: dict[str, str], **fields: object) -> s.ShareDraft:
    body = {"analysis_id": own.analysis_id, "with_pictures": True} | fields
    answer = client.post(DRAFTS, json=body, headers=headers)
    assert answer.status_code == 201, answer.text
    return s.ShareDraft.model_validate(answer.json())


def test_the_link_shows_exactly_what_the_preview_showed(client: TestClient, own: server.Filled) -> None:
    headers = server.bearer(client, "researcher")
    made = draft(client, own, headers)
    page = client.get(made.page, headers=headers)
    assert (page.status_code, page.headers["x-frame-options"]) == (200, "SAMEORIGIN")
    assert "frame-ancestors 'self'" in page.headers["content-security-policy"]
    link = make(client, own, draft=made.id, title="Later words")
    open_link(client, link)
    view = s.SharedView.model_validate(client.get("/api/v1/shared").json())
    before, after = page_of(made.view), page_of(view)
    assert after == before.model_copy(update={"title": "Later words"})
    for name in pictures_of(after):
        shown = client.get(f"/api/v1/shared/pictures/{name}").content
        assert shown == client.get(f"{DRAFTS}/{made.id}/pictures/{name}", headers=headers).content
    assert made.picture_bytes > 0


def test_words_are_changed_without_drawing_anew(client: TestClient, own: server.Filled) -> None:
    headers = server.bearer(client, "researcher")
    made = draft(client, own, headers, title="First")
    body = {"title": "Second", "message": "Why", "sender": "Dr Weber", "days": 3}
    changed = s.ShareDraft.model_validate(client.put(f"{DRAFTS}/{made.id}", json=body, headers=headers).json())
    page = page_of(changed.view)
    assert (page.title, page.message, page.sender, changed.view.expires_in_days) == ("Second", "Why", "Dr Weber", 3)
    assert pictures_of(page) == pictures_of(page_of(made.view))
    assert "Second" in client.get(made.page, headers=headers).text


def test_a_preview_is_its_senders_alone(client: TestClient, own: server.Filled) -> None:
    made = draft(client, own, server.bearer(client, "researcher"))
    name = sorted(pictures_of(page_of(made.view)))[0]
    for headers in (server.bearer(client, "admin"), {}):
        paths = (made.page, f"{DRAFTS}/{made.id}/pictures/{name}")
        codes = {client.get(path, headers=headers).status_code for path in paths}
        assert codes == {404 if headers else 401}
    body = {"analysis_id": own.analysis_id, "with_pictures": True, "draft": made.id}
    assert client.post("/api/v1/shares", json=body, headers=server.bearer(client, "admin")).status_code == 404
    viewer = server.bearer(client, "viewer")
    assert client.post(DRAFTS, json={"analysis_id": own.analysis_id}, headers=viewer).status_code == 403


def test_a_preview_of_something_else_makes_no_link(client: TestClient, own: server.Filled) -> None:
    headers = server.bearer(client, "researcher")
    made = draft(client, own, headers, with_pictures=False)
    body = {"analysis_id": own.analysis_id, "with_pictures": True, "draft": made.id}
    refused = client.post("/api/v1/shares", json=body, headers=headers)
    assert (refused.status_code, refused.json()["code"]) == (409, "conflict")
    assert client.get("/api/v1/shares", headers=headers).json()["total"] == 0


def test_previews_end_after_an_hour_and_are_few(client: TestClient, own: server.Filled) -> None:
    view = draft(client, own, server.bearer(client, "researcher")).view
    time = [0.0]
    kept = ShareDrafts(3600.0, clock=lambda: time[0])
    first = kept.put("a", "analysis", view, {"x.webp": b"12"})
    assert kept.get("a", first).picture_bytes == 2
    with pytest.raises(NotFound):
        kept.get("b", first)
    time[0] = 3601.0
    with pytest.raises(NotFound, match="an hour"):
        kept.get("a", first)
    names = [kept.put("a", "analysis", view, {}) for _ in range(MOST_OF_ONE_USER + 1)]
    with pytest.raises(NotFound):
        kept.get("a", names[0])
    kept.get("a", names[-1])
    for n in range(MOST_DRAFTS):
        kept.put(f"user {n}", "analysis", view, {})
    with pytest.raises(NotFound):
        kept.get("a", names[-1])


def test_a_link_is_extended_also_after_its_end_but_not_after_it_was_withdrawn(
    client: TestClient, own: server.Filled
) -> None:
    headers = server.bearer(client, "researcher")
    link = make(client, own, days=1)
    longer = client.post(f"/api/v1/shares/{link.id}/extend", json={"days": 30}, headers=headers)
    share = s.Share.model_validate(longer.json())
    assert (share.expires_at - link.created_at).days in (29, 30)
    open_link(client, link)
    assert client.get("/api/v1/shared").json()["expires_in_days"] == 30
    client.post(f"/api/v1/shares/{link.id}/revoke", headers=headers)
    refused = client.post(f"/api/v1/shares/{link.id}/extend", json={"days": 30}, headers=headers)
    assert (refused.status_code, "withdrawn" in refused.json()["detail"]) == (409, True)
    assert client.post("/api/v1/shares/none/extend", json={"days": 30}, headers=headers).status_code == 404
