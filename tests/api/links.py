"""Share links as the tests make and open them."""

from starlette.testclient import TestClient

from backend.access import share_links
from backend.storage.database import Database
from shared import schemas as s
from tests.api import server

NOT_FOUND = {"title": "Not found", "status": 404, "code": "not-found", "detail": share_links.NOTHING_HERE}


def database_of(client: TestClient) -> Database:
    database: Database = client.app.state.database  # type: ignore[attr-defined]  # TestClient types its app as plain ASGI
    return database


def make(client: TestClient, own: server.Filled, **fields: object) -> s.ShareCreated:
    body = {"analysis_id": own.analysis_id, "label": "for Dr MUSTERMANN", "with_pictures": True} | fields
    answer = client.post("/api/v1/shares", json=body, headers=server.bearer(client, "researcher"))
    assert answer.status_code == 201, answer.text
    return s.ShareCreated.model_validate(answer.json())


def token_of(link: s.ShareCreated) -> str:
    return link.path.removeprefix("/s#")


def open_link(browser: TestClient, link: s.ShareCreated, **more: str) -> object:
    return browser.post("/api/v1/shares/open", json={"token": token_of(link)} | more)


def page_of(view: s.SharedView) -> s.SharedPage:
    assert view.page is not None
    return view.page


def cases_of(page: s.SharedPage) -> set[str]:
    """The pseudonyms on a page."""
    assert page.pair is not None
    return {case.name for case in page.pair.cases}


def pictures_of(page: s.SharedPage) -> set[str]:
    """The names of a page's pictures."""
    assert page.pair is not None
    layers = ((case.stack.image, case.stack.outlines, case.stack.map) for case in page.pair.cases)
    return {name for names in layers for name in names if name}


def first_picture(browser: TestClient) -> str:
    """The name of a picture of the link that a browser has open."""
    page = page_of(s.SharedView.model_validate(browser.get("/api/v1/shared").json()))
    return sorted(pictures_of(page))[0]
