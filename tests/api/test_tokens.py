"""Signing in, roles, and what each role may ask of every route."""

import re
from datetime import timedelta

import pytest
from fastapi import APIRouter, FastAPI
from sqlalchemy import select, update
from starlette.testclient import TestClient

from backend.access import tokens
from backend.app import create_app
from backend.models import Audit, Token, now
from backend.storage.database import Database
from backend.web import authorization
from shared import schemas as s
from shared.cookies import SESSION_COOKIE
from tests.api import server


def database_of(client: TestClient) -> Database:
    database: Database = client.app.state.database  # type: ignore[attr-defined]  # TestClient types its app as plain ASGI
    return database


def login_token(client: TestClient) -> str:
    with database_of(client).write() as session:
        return tokens.create_owner_token(session, "login")


def test_nobody_reads_without_a_credential(empty: TestClient) -> None:
    for path in ("/me", "/cohorts", "/analyses", "/jobs", "/shares", "/shared"):
        assert empty.get(f"/api/v1{path}").status_code in (401, 404)
    assert empty.get("/api/v1/me").headers["www-authenticate"] == "Bearer"


def test_a_login_link_works_once_and_gives_a_cookie_scripts_cannot_read(empty: TestClient) -> None:
    token = login_token(empty)
    answer = empty.post("/api/v1/session", json={"token": token})
    assert answer.json() == {"name": "owner", "role": "admin"}
    cookie = answer.headers["set-cookie"].lower()
    for part in ("radiomiclens_session=", "httponly", "samesite=strict", "path=/", "max-age=43200"):
        assert part in cookie
    assert empty.get("/api/v1/me").json()["role"] == "admin"
    again = empty.post("/api/v1/session", json={"token": token})
    assert again.status_code == 401
    assert "used already" in again.json()["detail"]


def test_a_login_link_ends_after_ten_minutes(empty: TestClient) -> None:
    token = login_token(empty)
    with database_of(empty).write() as session:
        row = session.scalars(select(Token).where(Token.kind == "login")).one()
        assert row.expires_at is not None
        assert timedelta(minutes=9) < row.expires_at - now() <= timedelta(minutes=10)
        row.expires_at = now()
    assert empty.post("/api/v1/session", json={"token": token}).status_code == 401


def test_signing_out_ends_the_session_for_every_holder_of_its_cookie(empty: TestClient) -> None:
    empty.post("/api/v1/session", json={"token": login_token(empty)})
    stolen = {"Cookie": f"{SESSION_COOKIE}={empty.cookies[SESSION_COOKIE]}"}
    assert empty.delete("/api/v1/session").status_code == 204
    assert "radiomiclens_session" not in empty.cookies
    assert empty.get("/api/v1/me", headers=stolen).status_code == 401


def test_a_cookie_carries_sessions_only_and_a_login_token_is_no_credential(empty: TestClient) -> None:
    with database_of(empty).write() as session:
        user = tokens.get_or_add_user(session, "script", "researcher")
        api, login = tokens.create_token(session, user, "api"), tokens.create_token(session, user, "login")
    assert empty.get("/api/v1/me", headers={"Authorization": f"Bearer {api}"}).status_code == 200
    assert empty.get("/api/v1/me", headers={"Authorization": f"Bearer {login}"}).status_code == 401
    assert empty.get("/api/v1/me", headers={"Cookie": f"{SESSION_COOKIE}={api}"}).status_code == 401


def test_expired_and_revoked_tokens_are_refused(empty: TestClient) -> None:
    header = server.bearer(empty, "viewer")
    token = header["Authorization"].split()[1]
    with database_of(empty).write() as session:
        session.execute(update(Token).where(Token.token_hash == tokens.hash_token(token)).values(expires_at=now()))
    assert empty.get("/api/v1/me", headers=header).status_code == 401
    header = server.bearer(empty, "viewer")
    with database_of(empty).write() as session:
        tokens.revoke(session, header["Authorization"].split()[1])
    assert empty.get("/api/v1/me", headers=header).status_code == 401


def test_sign_in_is_refused_from_the_eleventh_failure_a_minute(empty: TestClient) -> None:
    codes = [empty.post("/api/v1/session", json={"token": "x" * 43}).status_code for _ in range(12)]
    assert codes == [401] * 10 + [429] * 2
    blocked = empty.post("/api/v1/session", json={"token": "y" * 43})
    assert (blocked.status_code, blocked.headers["retry-after"]) == (429, "60")


def test_failures_of_others_at_the_same_address_lock_nobody_out(empty: TestClient) -> None:
    for n in range(12):
        empty.post("/api/v1/session", json={"token": f"{n:043}"})
    assert empty.post("/api/v1/session", json={"token": login_token(empty)}).status_code == 200


def test_a_forwarded_address_is_nobodys_word(empty: TestClient) -> None:
    codes = [
        empty.post("/api/v1/session", json={"token": "x" * 43}, headers={"X-Forwarded-For": f"10.0.0.{n}"}).status_code
        for n in range(12)
    ]
    assert codes == [401] * 10 + [429] * 2


MATRIX = authorization.authorization_matrix(create_app(server.settings_of(server.Path("unused"))))
BODIES = {
    ("POST", "/api/v1/session"): {"token": "x" * 43},
    ("POST", "/api/v1/shares/open"): {"token": "x" * 43},
    ("POST", "/api/v1/jobs"): {"params": {"kind": "extract", "cohort_id": "x"}},
    ("POST", "/api/v1/jobs/plan"): {"params": {"kind": "extract", "cohort_id": "x"}},
    ("POST", "/api/v1/shares"): {"analysis_id": "x"},
    ("POST", "/api/v1/notes"): {"analysis_id": "x", "text": "x"},
    ("POST", "/api/v1/stars"): {"analysis_id": "x"},
    ("POST", "/api/v1/saved-views"): {"name": "x", "page": "map"},
    **{
        ("POST", f"/api/v1/jobs/chain{end}"): {
            "steps": [{"name": "x", "params": {"kind": "extract", "cohort_id": "x"}}],
        }
        for end in ("", "/plan")
    },
    ("POST", "/api/v1/notifications/read"): {"ids": []},
    ("POST", "/api/v1/session/password"): {"name": "x", "password": "x"},
    ("POST", "/api/v1/session/invitation"): {"token": "x" * 43, "password": "x"},
    ("PUT", "/api/v1/account/password"): {"new": "x"},
    ("POST", "/api/v1/account/tokens"): {"name": "x", "scope": "read"},
    ("POST", "/api/v1/users"): {"name": "_", "role": "viewer"},
    ("PATCH", "/api/v1/users/{user_id}"): {"role": "viewer"},
    ("POST", "/api/v1/users/{user_id}/invitations"): {},
    ("PUT", "/api/v1/drafts/{name}"): {"fields": {}},
    ("POST", "/api/v1/jobs/{job_id}/priority"): {"priority": "low"},
    ("PUT", "/api/v1/notifications/mail"): {"about": "none"},
    ("POST", "/api/v1/projects"): {"name": "x"},
    ("PUT", "/api/v1/projects/{project_id}/members/{name}"): {"role": "viewer"},
    ("PUT", "/api/v1/quotas/{kind}/{name}"): {"limit": 1},
}


ENTRANCES = {"/api/v1/session", "/api/v1/session/password", "/api/v1/session/invitation", "/api/v1/shares/open"}
ENTRANCES |= {"/api/v1/session/oidc", "/api/v1/session/oidc/callback", "/api/v1/session/proxy"}


BY_HAND = {("PUT", "account/password"), ("POST", "account/tokens"), ("DELETE", "account/sign-ins/{sign_in_id}")}
BY_HAND |= {("POST", "users"), ("POST", "users/{user_id}/invitations"), ("PATCH", "users/{user_id}")}
"""What no API token does, whatever its scope: it would outlive its own end."""


def test_the_matrix_lists_every_route_once() -> None:
    assert len(MATRIX) == len({(rule.method, rule.path) for rule in MATRIX}) >= 40
    assert {rule.policy for rule in MATRIX} == {"public", "link", "signed", "metrics", *authorization.ROLE_RANK}
    writes = [rule for rule in MATRIX if rule.method not in ("GET", "HEAD")]
    ones_own = {f"/api/v1/{path}" for path in ("stars", "stars/{star_id}", "saved-views", "saved-views/{view_id}")}
    ones_own |= {f"/api/v1/{path}" for path in ("notifications/read", "notifications/mail", "drafts/{name}")}
    ones_own |= {f"/api/v1/account/{path}" for path in ("password", "tokens", "sign-ins/{sign_in_id}")}
    of_owners = {"/api/v1/projects/{project_id}/members/{name}"}  # asked in the route: owners of that project
    writes = [rule for rule in writes if rule.path not in ENTRANCES | ones_own | of_owners]
    assert [rule for rule in writes if rule.policy not in ("researcher", "admin")] == []
    of_admins = {rule.path.split("/")[3].partition(".")[0] for rule in MATRIX if rule.policy == "admin"}
    assert of_admins == {"audit", "projects", "quotas", "users"}


@pytest.fixture(scope="module")
def shut(tmp_path_factory: pytest.TempPathFactory) -> server.Iterator[tuple[TestClient, dict[str, dict[str, str]]]]:
    with server.running(tmp_path_factory.mktemp("shut"), share_view_limit=100) as client:
        headers = {}
        with database_of(client).write() as session:
            for role in server.ROLES:  # sessions: an API token changes no account
                token = tokens.create_token(session, tokens.get_or_add_user(session, f"a {role}", role), "session")
                headers[role] = {"Authorization": f"Bearer {token}"}
        yield client, headers


@pytest.mark.parametrize("rule", MATRIX, ids=lambda rule: f"{rule.method} {rule.path}")
def test_every_role_gets_what_the_matrix_says(
    shut: tuple[TestClient, dict[str, dict[str, str]]], rule: authorization.Rule
) -> None:
    client, headers = shut
    path = re.sub(
        r"\{(\w+)\}", lambda found: {"modality": "T2", "kind": "T2", "roi": "gland"}.get(found[1], "x"), rule.path
    )
    for role in ("nobody", *server.ROLES):
        if (rule.method, rule.path) == ("DELETE", "/api/v1/session") and role != "nobody":
            continue  # would end the session the other rules are asked with; has a test of its own
        answer = client.request(
            rule.method, path, headers=headers.get(role, {}), json=BODIES.get((rule.method, rule.path))
        )
        refused = answer.status_code in (401, 403)
        if rule.policy == "public":
            assert answer.status_code in (200, 401, 404), answer.text
            assert rule.path in ENTRANCES or answer.status_code == 200
        elif rule.policy in ("link", "signed", "metrics"):
            assert answer.status_code == 404
        elif role == "nobody":
            assert answer.status_code == 401
        else:
            allowed = not refused or (bool(answer.content) and answer.json()["code"] == "not-signed-in" == rule.policy)
            assert allowed == (authorization.ROLE_RANK[role] >= authorization.ROLE_RANK[rule.policy]), (
                role,
                answer.text,
            )  # type: ignore[index]  # roles and policies share names


@pytest.mark.parametrize("scope", ["read", "write", "admin"])
def test_a_token_does_what_both_its_scope_and_its_user_allow(
    shut: tuple[TestClient, dict[str, dict[str, str]]], scope: s.Scope
) -> None:
    """Every route with a role, each role, each scope: with `read` nothing is written, not even what is one's own."""
    client, _ = shut
    of_scope = {"read": 0, "write": 1, "admin": 2}[scope]
    for role in server.ROLES:
        with database_of(client).write() as session:
            user = tokens.get_or_add_user(session, f"a {role}", role)
            token = tokens.create_token(session, user, "api", tokens.Terms(None, "scoped", scope))
        may = min(of_scope, authorization.ROLE_RANK[role])
        for rule in MATRIX:
            if rule.policy not in authorization.ROLE_RANK or rule.path == "/api/v1/session":
                continue
            answer = client.request(
                rule.method,
                re.sub(r"\{\w+\}", "x", rule.path),
                headers={"Authorization": f"Bearer {token}"},
                json=BODIES.get((rule.method, rule.path)),
            )
            allowed = may >= authorization.ROLE_RANK[rule.policy]
            allowed = allowed and not (scope == "read" and rule.method != "GET")
            allowed = allowed and (rule.method, rule.path.removeprefix("/api/v1/")) not in BY_HAND
            assert (answer.status_code == 403) == (not allowed), (role, rule, answer.text)


def test_an_app_with_a_route_without_policy_does_not_start() -> None:
    router = APIRouter()

    @router.get("/forgotten")
    def forgotten() -> int:
        return 1

    app = FastAPI(openapi_url=None)
    app.include_router(router)
    with pytest.raises(LookupError, match="/forgotten names 0 policies"):
        authorization.authorization_matrix(app)


def test_without_sign_in_whoever_reaches_the_port_is_admin(tmp_path: server.Path) -> None:
    with server.running(tmp_path, auth=False) as client:
        assert {"name": "local", "role": "admin"}.items() <= client.get("/api/v1/me").json().items()


def test_sign_ins_and_token_making_are_in_the_audit_log(empty: TestClient) -> None:
    empty.post("/api/v1/session", json={"token": login_token(empty)})
    empty.delete("/api/v1/session")
    with database_of(empty).read() as session:
        actions = list(session.scalars(select(Audit.action).order_by(Audit.id)))
    assert actions == ["token.login", "session.open", "session.close"]
