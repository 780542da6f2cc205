"""Every route, asked by members of another project about what is not theirs: as if it were not there."""

import re
from collections import Counter
from collections.abc import Iterator

import pytest
from sqlalchemy import func, select

from backend.access import tokens
from backend.models import Base, User
from backend.storage.project_scope import Scope
from backend.web.authorization import Rule
from shared.cookies import SESSION_COOKIE
from tests.api import server
from tests.api.test_tokens import BODIES, MATRIX
from tests.api.two_projects import TwoProjects, two_projects

UNKNOWN = "f" * 16
OUTSIDERS = ("eve", "gus", "adam")
FIXED = {"modality": "T2", "kind": "T2", "roi": "gland", "form": "csv", "epoch": "1", "signed": "x"}
QUERIES = {
    "/api/v1/cohorts/{cohort_id}/embeddings.{form}": "encoder_id={encoder_id}",
    "/api/v1/comparisons/matrix": "analysis={analysis_id}&analysis={analysis_id}",
    "/api/v1/comparisons/matrix.csv": "analysis={analysis_id}&analysis={analysis_id}",
}
FILTERS = {
    "/api/v1/analyses": ("cohort_id",),
    "/api/v1/encoders": ("cohort_id",),
    "/api/v1/radiomics": ("cohort_id",),
    "/api/v1/comparisons": ("cohort_id", "analysis_id"),
    "/api/v1/trajectories": ("cohort_id",),
    "/api/v1/notes": ("analysis_id", "case_id"),
}
THEIR_BODIES: dict[tuple[str, str], object] = {
    ("POST", "/api/v1/jobs"): {"params": {"kind": "extract", "cohort_id": "{cohort_id}"}},
    ("POST", "/api/v1/jobs/plan"): {"params": {"kind": "extract", "cohort_id": "{cohort_id}"}},
    ("POST", "/api/v1/shares"): {"analysis_id": "{analysis_id}"},
    ("POST", "/api/v1/shares/drafts"): {"analysis_id": "{analysis_id}"},
    ("PUT", "/api/v1/shares/drafts/{draft}"): {"title": "x", "days": 1},
    ("POST", "/api/v1/shares/{share_id}/extend"): {"days": 3},
    ("POST", "/api/v1/cases/{case_id}/decisions"): {"decision": "exclude"},
    ("POST", "/api/v1/notes"): {"analysis_id": "{analysis_id}", "text": "x"},
    ("POST", "/api/v1/stars"): {"case_id": "{case_id}"},
    ("POST", "/api/v1/notifications/read"): {"ids": ["{notification_id}"]},
    **{
        ("POST", f"/api/v1/jobs/chain{end}"): {
            "steps": [{"name": "x", "params": {"kind": "extract", "cohort_id": "{cohort_id}"}}]
        }
        for end in ("", "/plan")
    },
}
ANSWERS_NOTHING = {
    "/api/v1/jobs/{job_id}/reconstructions/{epoch}.png": "this job trained nothing",
    "/api/v1/shares/drafts/{draft}/pictures/{name}": "this preview has no pictures",
    "/api/v1/drafts/{name}": "ida has begun no form",
    "/api/v1/comparisons/matrix": "it takes two analyses, and there is one",
    "/api/v1/comparisons/matrix.csv": "it takes two analyses, and there is one",
}
"""Routes that give not even a member an answer here, and why."""
RULES = [rule for rule in MATRIX if rule.policy not in ("public", "link", "metrics") and rule.path != "/api/v1/session"]


@pytest.fixture(scope="module")
def two(filled: server.Filled, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TwoProjects]:
    with two_projects(server.copied(filled, tmp_path_factory.mktemp("two")).folder) as made:
        yield made


def _filled(template: object, ids: dict[str, str]) -> object:
    """A path, query or body with ids in the place of its parameters."""
    if isinstance(template, str):
        return re.sub(r"\{(\w+)\}", lambda found: ids.get(found[1], UNKNOWN), template)
    if isinstance(template, dict):
        return {name: _filled(value, ids) for name, value in template.items()}
    return [_filled(value, ids) for value in template] if isinstance(template, list) else template


def _ask(two: TwoProjects, rule: Rule, who: str, ids: dict[str, str], query: str = "") -> tuple[int, bytes]:
    """Status and body of an answer, with the ids of the request taken out of it."""
    known = FIXED | {"feature": two.feature, "name": who} | ids
    if "/maps/" in rule.path:
        known["feature"] = "original_firstorder_Mean"
    if "/figures/" in rule.path:
        known |= {"name": "effects", "form": "svg"}
    path = f"{_filled(rule.path, known)}?{query or _filled(QUERIES.get(rule.path, ''), known)}"
    body = _filled(THEIR_BODIES.get((rule.method, rule.path), BODIES.get((rule.method, rule.path))), known)
    headers = two.headers[who] | ({"Tus-Resumable": "1.0.0"} if "upload" in rule.path else {})
    answer = two.client.request(rule.method, path, headers=headers, json=body)
    content = answer.content
    for one in ids.values():
        content = content.replace(one.encode(), UNKNOWN.encode())
    return answer.status_code, content


def _named(rule: Rule, two: TwoProjects) -> bool:
    """Whether a request names something of the other project."""
    text = f"{rule.path} {THEIR_BODIES.get((rule.method, rule.path), '')} {QUERIES.get(rule.path, '')}"
    return any(f"{{{name}}}" in text for name in two.ids)


def _counts(two: TwoProjects) -> dict[str, int]:
    with two.database.read() as session:
        return {
            mapper.local_table.name: session.scalar(select(func.count()).select_from(mapper.local_table)) or 0
            for mapper in Base.registry.mappers
            if mapper.local_table.name not in ("audit", "saved_views", "drafts", "projects")
        }


def test_members_get_their_own_and_others_what_they_get_for_an_unknown_id(two: TwoProjects) -> None:
    unknown = dict.fromkeys(two.ids, UNKNOWN)
    cells: Counter[str] = Counter()
    wrong: list[str] = []
    for rule in RULES:  # first, so that whatever is kept for the next visitor is there
        if rule.method == "GET":
            status, body = _ask(two, rule, "ida", two.ids)
            if (status == 200) == (rule.path in ANSWERS_NOTHING) and rule.policy not in ("signed", "admin"):
                wrong.append(f"ida {rule.path}: {status} {body[:200]!r}")
            cells["members"] += 1
    before = _counts(two)
    canaries = [*(one.encode() for name, one in two.ids.items() if name != "project_id"), b"CANARY"]
    for rule in RULES:
        if rule.path.startswith("/api/v1/projects") and rule.method != "GET":
            continue  # what admins may do with projects has tests of its own
        for who in OUTSIDERS:
            if who == "adam" and rule.path.startswith("/api/v1/projects"):
                continue
            status, body = _ask(two, rule, who, two.ids)
            cells["outsiders"] += 1
            if _named(rule, two):
                given = status in (200, 201, 202) and "plan" not in rule.path
                if given or (status, body) != _ask(two, rule, who, unknown):
                    wrong.append(f"{who} {rule.method} {rule.path}: {status} {body[:200]!r}")
            elif any(one in body for one in canaries):
                wrong.append(f"{who} {rule.method} {rule.path}: names what is theirs")
            for name in FILTERS.get(rule.path.removesuffix(".csv"), ()):
                cells["outsiders"] += 1
                found = _ask(two, rule, who, two.ids, f"{name}={two.ids[name]}")
                if found != _ask(two, rule, who, unknown, f"{name}={UNKNOWN}"):
                    wrong.append(f"{who} {rule.path}?{name}: {found[1][:200]!r}")
        if rule.method not in ("GET", "HEAD", "OPTIONS") and rule.policy == "researcher" and _named(rule, two):
            cells["viewers who write"] += 1  # a viewer there, a researcher here
            if _ask(two, rule, "vic", two.ids) != _ask(two, rule, "vic", unknown):
                wrong.append(f"vic {rule.method} {rule.path}")
    assert _counts(two) == before
    print(f"cells: {dict(cells)}, wrong: {len(wrong)}")
    assert wrong == [], "\n".join(wrong)
    assert cells["outsiders"] > 400


def test_the_matrix_would_see_a_route_that_shows_others(two: TwoProjects, monkeypatch: pytest.MonkeyPatch) -> None:
    rule = next(rule for rule in RULES if rule.path == "/api/v1/cohorts/{cohort_id}/clinical")
    unknown = dict.fromkeys(two.ids, UNKNOWN)
    assert _ask(two, rule, "eve", two.ids) == _ask(two, rule, "eve", unknown)
    monkeypatch.setattr(Scope, "criteria", ())
    assert _ask(two, rule, "eve", two.ids) != _ask(two, rule, "eve", unknown)


def test_the_cookie_is_limited_as_the_token_is(two: TwoProjects) -> None:
    with two.database.write() as session:
        eve = session.scalars(select(User).where(User.name == "eve")).one()
        cookie = tokens.create_token(session, eve, "session")
    answer = two.client.get(
        f"/api/v1/analyses/{two.ids['analysis_id']}", headers={"Cookie": f"{SESSION_COOKIE}={cookie}"}
    )
    assert answer.status_code == 404
