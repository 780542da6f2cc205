"""The page behind a link: plain HTML, nothing of ΔI, no script of others; old links as before; one calm sentence."""

import re
from html.parser import HTMLParser

import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

from backend.models import Analysis, AnalysisFeature, AnalysisGroup, Case, Share, snapshot_hash
from shared import schemas as s
from shared.cookies import SHARE_COOKIE, share_cookie
from tests.api import server
from tests.api.links import database_of, first_picture, make, open_link, page_of, pictures_of
from tests.api.test_shares import OLD_SNAPSHOT

PAGE = "/api/v1/shared/page"
TECHNICAL = re.compile(r"ΔI|delta.?I\b|weight norm|projection|importance|theta|R² \d|\bq =|hidden unit", re.IGNORECASE)


class Parts(HTMLParser):
    """Addresses, inline styles and scripts, and ids of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.inline: list[str] = []
        self.ids: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        known = dict(attrs)
        self.addresses += [value for name in ("src", "href") if (value := known.get(name))]
        self.inline += [tag for name in known if name == "style" or name.startswith("on")]
        self.inline += [tag] if tag == "style" or (tag == "script" and "src" not in known) else []
        self.ids += [value for name in ("id",) if (value := known.get(name))]


def shown(browser: TestClient, path: str = PAGE) -> str:
    answer = browser.get(path)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/html")
    return answer.text


def of(browser: TestClient) -> s.SharedPage:
    return page_of(s.SharedView.model_validate(browser.get("/api/v1/shared").json()))


def test_the_page_shows_the_snapshot_and_asks_nothing_of_others(visitor: TestClient) -> None:
    html, page = shown(visitor), of(visitor)
    parts = Parts(html)
    for words in (page.verdict.headline, *page.verdict.sentences, *page.cannot_say, *(one.text for one in page.words)):
        assert words in html.replace("&#39;", "'").replace("&#34;", '"')
    assert all(address.startswith("/") and not address.startswith("//") for address in parts.addresses)
    assert parts.inline == [], "nothing that a strict policy would stop"
    assert len(parts.ids) == len(set(parts.ids))
    assert {address.rpartition("/")[2] for address in parts.addresses if "/pictures/" in address} == pictures_of(page)
    assert not TECHNICAL.search(html), TECHNICAL.search(html)
    assert len(html) < 30_000


def test_the_page_may_load_nothing_from_elsewhere_and_stand_in_no_frame(visitor: TestClient) -> None:
    headers = visitor.get(PAGE).headers
    policy = dict(part.strip().split(" ", 1) for part in headers["content-security-policy"].split(";"))
    assert policy["default-src"] == "'none'"
    assert {policy[name] for name in ("script-src", "style-src", "img-src", "font-src")} == {"'self'"}
    assert policy["frame-ancestors"] == "'none'"
    assert (headers["x-frame-options"], headers["cache-control"]) == ("DENY", "no-store")


def test_what_the_sender_writes_is_text_and_never_markup(client: TestClient, own: server.Filled) -> None:
    words = {"title": "<b>T</b>", "message": "one\n<script>alert(1)</script>", "sender": 'a"><i>b'}
    open_link(client, make(client, own, **words))
    html = shown(client)
    assert "<script>alert" not in html
    assert "<b>T</b>" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html
    assert Parts(html).inline == []


def test_words_that_name_a_study_are_refused(client: TestClient, own: server.Filled) -> None:
    headers = server.bearer(client, "researcher")
    with database_of(client).read() as session:
        study = session.scalars(select(Case.study_id).order_by(Case.study_id)).first() or ""
    for name in ("title", "message", "sender"):
        body = {"analysis_id": own.analysis_id, name: f"look at {study.upper()}, please"}
        refused = client.post("/api/v1/shares", json=body, headers=headers)
        assert refused.status_code == 422
        assert "without ids" in refused.json()["detail"]


@pytest.mark.parametrize(
    "written",
    [
        "Of {}'s scan",
        "ids:{},x",
        "({}/2)",
        "“{}”",
        "see <{}>",
        "*{}*",
        "#{}\u200b",
        "\uff08{}\uff09",
    ],
    ids=["genitive", "colon", "slash", "quotes", "angles", "stars", "invisible", "full width"],
)
def test_an_id_is_found_whatever_stands_around_it(client: TestClient, own: server.Filled, written: str) -> None:
    with database_of(client).write() as session:
        case = session.scalars(select(Case).order_by(Case.study_id)).first()
        assert case is not None
        case.study_id, case.patient_id = "Weber 12-A", "MRN-0815"
    headers = server.bearer(client, "researcher")
    for study in ("weber 12-a", "Weber  12\u2011A", "MRN-0815"):
        body = {"analysis_id": own.analysis_id, "message": written.format(study)}
        refused = client.post("/api/v1/shares/drafts", json=body, headers=headers)
        assert refused.status_code == 422, body
        assert "without ids" in refused.json()["detail"]
    body = {"analysis_id": own.analysis_id, "message": "Weber 12-AB and MRN-08150 are none"}
    assert client.post("/api/v1/shares/drafts", json=body, headers=headers).status_code == 201


@pytest.mark.parametrize("sign", ["\u202e", "\u2066", "\x00", "\x1b", "\x85"], ids=lambda sign: f"{ord(sign):04x}")
def test_invisible_signs_that_would_change_the_page_are_refused(
    client: TestClient, own: server.Filled, sign: str
) -> None:
    """`Shared by Dr A` and a sign that turns the direction made the page tell another date or sender."""
    headers = server.bearer(client, "researcher")
    for name in ("title", "message", "sender"):
        body = {"analysis_id": own.analysis_id, name: f"a{sign}b"}
        for path in ("/api/v1/shares", "/api/v1/shares/drafts"):
            refused = client.post(path, json=body, headers=headers)
            assert refused.status_code == 422
            assert "invisible control signs" in refused.json()["detail"]


def test_words_that_run_from_right_to_left_turn_nothing_beside_them(client: TestClient, own: server.Filled) -> None:
    arabic = "\u062f. \u0648\u064a\u0628\u0631"
    open_link(client, make(client, own, title=arabic, sender=arabic, message=f"{arabic}\nsecond"))
    html = shown(client)
    assert html.count(arabic) >= 5
    for place in ("strong", "figcaption", "bdi"):
        assert f'<{place} dir="auto">{arabic}' in html or f"<{place}>{arabic}" in html.replace("<strong>", ""), place
    assert f'<p class="title" dir="auto">{arabic}' in html
    assert f'<p dir="auto">{arabic}</p><p dir="auto">second</p>' in html


def test_a_null_result_says_so_and_shows_no_pair(client: TestClient, own: server.Filled) -> None:
    with database_of(client).write() as session:
        for group in session.scalars(select(AnalysisGroup)):
            group.values = group.values | {"flag": "unchanged"}
        for feature in session.scalars(select(AnalysisFeature)):
            feature.flag = "unchanged"
    open_link(client, make(client, own))
    html, page = shown(client), of(client)
    assert page.verdict.kind == "null"
    assert (page.pair, page.no_pictures, page.looked_for != []) == (None, "", True)
    assert "<figure" not in html
    assert "What was looked for" in html


def test_too_few_patients_stop_the_verdict_and_hide_chart_and_pair(client: TestClient, own: server.Filled) -> None:
    with database_of(client).write() as session:
        analysis = session.get_one(Analysis, own.analysis_id)
        code = {"code": "too_few_patients", "sentence": "s", "why": "w"}
        analysis.report = analysis.report | {"alerts": [code, *analysis.report["alerts"]]}
    open_link(client, make(client, own))
    page = of(client)
    assert (page.verdict.kind, page.bars, page.pair) == ("stopped", None, None)
    assert "too few" in shown(client).lower()


def test_a_link_of_the_first_version_shows_what_it_showed(
    client: TestClient, visitor: TestClient, link: s.ShareCreated
) -> None:
    with database_of(client).write() as session:
        share = session.get_one(Share, link.id)
        share.snapshot, share.snapshot_sha256 = OLD_SNAPSHOT, snapshot_hash(OLD_SNAPSHOT)
    html = shown(visitor)
    for words in ("What fine-tuning for PI-RADS changed", "One.", "Two.", "Read it with care", "Patients"):
        assert words in html
    assert Parts(html).inline == []


def test_two_links_of_a_browser_keep_their_own_pictures(client: TestClient, own: server.Filled) -> None:
    links = [make(client, own, sender=f"sender {n}") for n in range(2)]
    for each in links:
        open_link(client, each)
    for n, each in enumerate(links):
        html = shown(client, f"{PAGE}?link={each.id}")
        assert f"sender {n}" in html
        for address in Parts(html).addresses:
            if "/pictures/" in address:
                assert client.get(address).status_code == 200


@pytest.mark.parametrize("cookie", [None, "x" * 43])
def test_without_an_open_link_there_is_one_page(client: TestClient, own: server.Filled, cookie: str | None) -> None:
    browser = TestClient(client.app, base_url=server.ORIGIN)
    if cookie:
        browser.cookies.set(SHARE_COOKIE, cookie)
    answer = browser.get(PAGE)
    assert answer.status_code == 404
    assert "No result is open here" in answer.text
    revoked = make(client, own)
    open_link(browser, revoked)
    client.post(f"/api/v1/shares/{revoked.id}/revoke", headers=server.bearer(client, "researcher"))
    assert browser.get(PAGE).text == answer.text
    browser.close()


def test_a_damaged_snapshot_is_a_sentence(client: TestClient, visitor: TestClient, link: s.ShareCreated) -> None:
    with database_of(client).write() as session:
        share = session.get_one(Share, link.id)
        share.snapshot = share.snapshot | {"title": "Something else"}
    answer = visitor.get(PAGE)
    assert (answer.status_code, "no longer matches its hash" in answer.text) == (500, True)


def test_another_cookie_than_the_links_shows_nothing(visitor: TestClient, link: s.ShareCreated) -> None:
    name = first_picture(visitor)
    stranger = TestClient(visitor.app, base_url=server.ORIGIN, cookies={share_cookie("other"): "x"})
    assert stranger.get(f"/api/v1/shared/pictures/{name}?link={link.id}").status_code == 404
    stranger.close()
