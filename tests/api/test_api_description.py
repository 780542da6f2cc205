"""The committed OpenAPI document as a server gives it, and the page to read it."""

import base64
import hashlib
import json
import re
from html.parser import HTMLParser

import pytest
from starlette.testclient import TestClient

from backend.routers.description import COMMITTED
from backend.web.api_page import type_text
from tests.api import server

ADDRESSES = ("/api/v1/openapi.json", "/api/v1/docs")


class Page(HTMLParser):
    """What a page links to and loads, and its anchors."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.addresses: set[str] = set()
        self.anchors: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.tags.add(tag)
        self.addresses |= {str(given[name]) for name in ("href", "src", "action") if name in given}
        self.anchors += [str(given["id"])] if "id" in given else []


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> server.Iterator[TestClient]:
    with server.running(tmp_path_factory.mktemp("description")) as running:
        yield running


@pytest.mark.parametrize("address", ADDRESSES)
def test_nobody_reads_it_without_signing_in(client: TestClient, address: str) -> None:
    answer = client.get(address)
    assert (answer.status_code, answer.json()["code"]) == (401, "not-signed-in")


def test_a_viewer_gets_the_committed_bytes(client: TestClient) -> None:
    answer = client.get(ADDRESSES[0], headers=server.bearer(client, "viewer"))
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    assert answer.content == COMMITTED.read_bytes()


def test_the_page_shows_every_operation_and_schema_and_needs_nothing_else(client: TestClient) -> None:
    answer = client.get(ADDRESSES[1], headers=server.bearer(client, "viewer"))
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    page, document = Page(answer.text), json.loads(COMMITTED.read_bytes())
    operations = [one for methods in document["paths"].values() for one in methods.values()]
    expected = {one["operationId"] for one in operations} | {
        f"schema-{name}" for name in document["components"]["schemas"]
    }
    assert expected <= set(page.anchors)
    assert len(page.anchors) == len(set(page.anchors))
    assert all(path in answer.text for path in document["paths"])
    assert not page.tags & {"script", "link", "img", "iframe", "object", "form"}
    inside = {address[1:] for address in page.addresses if address.startswith("#")}
    assert inside <= set(page.anchors)
    assert page.addresses - {f"#{name}" for name in inside} == {ADDRESSES[0]}
    style = re.search(r"<style>(.*?)</style>", answer.text, re.DOTALL)
    assert style
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}';" in answer.headers["content-security-policy"]
    assert "url(" not in style[1]
    assert "@import" not in style[1]


@pytest.mark.parametrize(
    ("schema", "text"),
    [
        ({"type": "integer", "minimum": 1, "maximum": 9}, "integer (≥ 1, ≤ 9)"),
        ({"anyOf": [{"type": "string"}, {"type": "null"}]}, "string, or null"),
        ({"type": "array", "items": {"enum": ["T2", "<b>"]}}, "list of &#34;T2&#34; | &#34;&lt;b&gt;&#34;"),
        ({"$ref": "#/components/schemas/Case"}, '<a href="#schema-Case">Case</a>'),
        ({}, "anything"),
    ],
)
def test_types_in_words(schema: dict[str, object], text: str) -> None:
    assert type_text(schema) == text
