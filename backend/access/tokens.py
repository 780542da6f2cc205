"""Tokens and users: login tokens (work once), session tokens (browsers) and API tokens (scripts); stored as hashes."""

import hashlib
import ipaddress
import secrets
from datetime import timedelta
from typing import Literal

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from backend.access import audit, projects
from backend.errors import BadSettings, NotFound, NotSignedIn
from backend.models import Token, User, now
from backend.settings import Settings
from shared.cookies import SESSION_LIFETIME
from shared.schemas import Role

TokenKind = Literal["login", "session", "api"]
LIFETIME: dict[TokenKind, timedelta | None] = {
    "login": timedelta(minutes=10),
    "session": SESSION_LIFETIME,
    "api": None,
}
SIGN_IN_FIRST = "Sign in first: open the address that `radiomiclens serve` or `radiomiclens login` printed."
OWNER = "owner"
"""The admin of a server: whoever can start it and read its data folder."""


def new_token() -> str:
    """A secret of 256 random bits, in URL-safe base64."""
    return secrets.token_urlsafe(32)


def hash_token(token: str) -> str:
    """The sha256 (hex) under which a token is stored; 256 random bits need no salt and no slow hash."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def get_or_add_user(session: Session, name: str, role: Role) -> User:
    """The user of that name; added with `role`, as a member of the default project, where there is none yet."""
    user = session.scalar(select(User).where(User.name == name))
    if user is None:
        user = User(name=name, role=role)
        session.add(user)
        session.flush()
        projects.join_default(session, user)
    return user


def create_token(session: Session, user: User, kind: TokenKind) -> str:
    """Create a token of a user and return it; the database gets its hash only."""
    token = new_token()
    life = LIFETIME[kind]
    session.add(
        Token(
            user_id=user.id, kind=kind, token_hash=hash_token(token), expires_at=None if life is None else now() + life
        )
    )
    return token


def create_owner_token(session: Session, kind: TokenKind) -> str:
    """Create a token of the server's owner, for whoever may run commands on its machine."""
    return create_user_token(session, OWNER, "admin", kind)


def create_user_token(session: Session, name: str, role: Role | None, kind: TokenKind) -> str:
    """Create a token of the user `name`, who is added where new; a given `role` becomes the user's role.

    Raises BadSettings for a new user without a role, and for another role of the owner.
    """
    user = session.scalar(select(User).where(User.name == name))
    if user is None and role is None:
        raise BadSettings(
            f"There is no user {name!r} yet; say with --role whether it is a viewer, researcher or admin."
        )
    if name == OWNER and role not in (None, "admin"):
        raise BadSettings(f"The {OWNER} of this server is its admin; give another name to somebody who may do less.")
    user = user or get_or_add_user(session, name, role or "viewer")
    if role is not None:
        user.role = role
        projects.join_default(session, user)
    audit.record(session, OWNER, f"token.{kind}", name, role=user.role)
    return create_token(session, user, kind)


def revoke_all(session: Session, name: str) -> int:
    """Revoke every login, session and API token of a user; gives their number, raises `NotFound`."""
    user = session.scalar(select(User).where(User.name == name))
    if user is None:
        raise NotFound(
            f"There is no user {name[:40]!r}; users are made by `radiomiclens login --user NAME --role ROLE`."
        )
    live = update(Token).where(Token.user_id == user.id, Token.revoked_at.is_(None), Token.used_at.is_(None))
    live = live.where(or_(Token.expires_at.is_(None), Token.expires_at > now()))
    ended = session.execute(live.values(revoked_at=now()).returning(Token.id)).all()
    audit.record(session, OWNER, "token.revoke", name, tokens=len(ended))
    return len(ended)


def exchange_login_token(session: Session, token: str) -> tuple[User, str]:
    """Exchange a one-time login token for its user and a session token; raises `NotSignedIn`."""
    spent = session.execute(
        update(Token)
        .where(Token.token_hash == hash_token(token), Token.kind == "login")
        .where(Token.used_at.is_(None), Token.revoked_at.is_(None), Token.expires_at > now())
        .values(used_at=now())
        .returning(Token.user_id)
    ).scalar_one_or_none()
    user = None if spent is None else session.get(User, spent)
    if user is None:
        raise NotSignedIn("This sign-in link was used already or is older than 10 minutes; ask for a new one.")
    audit.record(session, user.name, "session.open")
    return user, create_token(session, user, "session")


def valid_token(session: Session, token: str, kinds: tuple[TokenKind, ...]) -> Token:
    """The row of a valid token; raises `NotSignedIn`."""
    row = session.scalar(select(Token).where(Token.token_hash == hash_token(token), Token.kind.in_(kinds)))
    if row is None or not _is_live(row):
        raise NotSignedIn(SIGN_IN_FIRST)
    return row


def check_live(session: Session, token_id: str) -> None:
    """Raises `NotSignedIn` where the token of that row id was revoked or has expired."""
    row = session.get(Token, token_id)
    if row is None or not _is_live(row):
        raise NotSignedIn(SIGN_IN_FIRST)


def _is_live(row: Token) -> bool:
    return row.revoked_at is None and (row.expires_at is None or row.expires_at > now())


def user_of(session: Session, token: str, kinds: tuple[TokenKind, ...]) -> User:
    """The user a valid token belongs to; raises `NotSignedIn`."""
    return valid_token(session, token, kinds).user


def revoke(session: Session, token: str) -> None:
    """Revoke a session or API token at once."""
    session.execute(update(Token).where(Token.token_hash == hash_token(token)).values(revoked_at=now()))


def check_exposure(settings: Settings) -> None:
    """Raise `BadSettings` for a server without sign-in on an address that other machines reach."""
    if not settings.auth and not is_loopback(settings.host):
        raise BadSettings(
            f"Without sign-in the server may only listen on this machine, not on {settings.host}; "
            "drop --no-auth or use --host 127.0.0.1."
        )


def is_loopback(host: str) -> bool:
    """Whether `host` is a loopback address, which only this machine can reach."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"
