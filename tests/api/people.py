"""Users of a server under test: invited, signed in by password, each in a browser of their own."""

from sqlalchemy import select
from starlette.testclient import TestClient

from backend.access import tokens
from backend.models import User
from shared import schemas as s
from tests.api import server
from tests.api.links import database_of

GOOD = "four grey herons wade"
OTHER = "seven loud magpies sing"
ME = "/api/v1/me"


def new_browser(client: TestClient) -> TestClient:
    """Another browser of the same server."""
    return TestClient(client.app, base_url=server.ORIGIN)


def as_admin(client: TestClient) -> dict[str, str]:
    with database_of(client).write() as session:
        token = tokens.create_owner_token(session, "session")
    return {"Authorization": f"Bearer {token}"}


def invited(client: TestClient, name: str = "ann", role: s.Role = "researcher") -> str:
    """The token of an invitation of a new user."""
    answer = client.post("/api/v1/users", json={"name": name, "role": role}, headers=as_admin(client))
    assert answer.status_code == 201, answer.text
    page, _, secret = answer.json()["path"].partition("#")
    token, _, shown = secret.partition(".")
    assert (page, shown) == ("/join", name)
    return str(token)


def accept(browser: TestClient, token: str, password: str = GOOD) -> int:
    return browser.post("/api/v1/session/invitation", json={"token": token, "password": password}).status_code


def sign_in(browser: TestClient, name: str, password: str) -> int:
    return browser.post("/api/v1/session/password", json={"name": name, "password": password}).status_code


def user_id(client: TestClient, name: str) -> str:
    with database_of(client).read() as session:
        return session.scalars(select(User.id).where(User.name == name)).one()


def who(client: TestClient, headers: dict[str, str] | None = None) -> tuple[str, str]:
    """Name and role of whoever asks."""
    told = client.get(ME, headers=headers).json()
    return told["name"], told["role"]
