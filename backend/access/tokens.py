"""Tokens: of sign-in links and invitations (work once), of sessions (browsers) and of the API (scripts); as hashes."""

import hashlib
import ipaddress
import secrets
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Literal

from sqlalchemy import ColumnElement, or_, select, update
from sqlalchemy.orm import Session

from backend.access import audit, projects
from backend.errors import BadSettings, Conflict, NotFound, NotSignedIn
from backend.models import Token, User, now
from backend.settings import Settings
from shared.cookies import SESSION_LIFETIME
from shared.schemas import Role, Scope

TokenKind = Literal["login", "invitation", "session", "api"]
LIFETIME: dict[TokenKind, timedelta | None] = {
    "login": timedelta(minutes=10),
    "invitation": timedelta(days=7),
    "session": SESSION_LIFETIME,
    "api": None,
}
SIGN_IN_FIRST = "Sign in first: open the address that `radiomiclens serve` or `radiomiclens login` printed."
MOST_TOKENS = 100
"""Living API tokens of one user."""
MOST_OF_A_NAME = 80
OWNER = "owner"
"""The admin of a server: whoever can start it and read its data folder."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What a token is called, what it may do, and when it ends: at the latest, and without use."""

    life: timedelta | None
    name: str = ""
    scope: Scope = "admin"
    idle_minutes: int | None = None


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


def create_token(session: Session, user: User, kind: TokenKind, terms: Terms | None = None) -> str:
    """Create a token of a user and return it; the database gets its hash only."""
    token = new_token()
    add_token(session, user, kind, terms or Terms(LIFETIME[kind]), token)
    return token


def add_token(session: Session, user: User, kind: TokenKind, terms: Terms, token: str) -> Token:
    """Store the hash of a token of a user; gives its row."""
    row = Token(
        user_id=user.id,
        kind=kind,
        token_hash=hash_token(token),
        name=terms.name,
        scope=terms.scope,
        idle_minutes=terms.idle_minutes,
        expires_at=None if terms.life is None else now() + terms.life,
    )
    session.add(row)
    session.flush()
    return row


def create_owner_token(session: Session, kind: TokenKind) -> str:
    """Create a token of the server's owner, for whoever may run commands on its machine."""
    return create_user_token(session, OWNER, "admin", kind)


def create_user_token(session: Session, name: str, role: Role | None, kind: TokenKind) -> str:
    """Create a token of the user `name`, who is added where new; a given `role` becomes the user's role.

    Raises BadSettings for a new user without a role, for another role of the owner, and for a disabled user.
    """
    user = session.scalar(select(User).where(User.name == name))
    if user is None and role is None:
        raise BadSettings(
            f"There is no user {name!r} yet; say with --role whether it is a viewer, researcher or admin."
        )
    if name == OWNER and role not in (None, "admin"):
        raise BadSettings(f"The {OWNER} of this server is its admin; give another name to somebody who may do less.")
    user = user or get_or_add_user(session, name, role or "viewer")
    if user.disabled_at is not None:
        raise BadSettings(f"The user {name!r} is disabled; `radiomiclens users enable` lets them in again.")
    if role is not None:
        user.role = role
        projects.join_default(session, user)
    audit.record(session, OWNER, f"token.{kind}", name, role=user.role)
    return create_token(session, user, kind, Terms(LIFETIME[kind], "radiomiclens login" if kind == "api" else ""))


def make_api_token(
    session: Session, user: User, terms: Terms, actor: str, secret: str | None = None
) -> tuple[Token, str]:
    """An API token of a user, with the name and scope that `terms` say; gives its row and the token.

    Raises `BadSettings` for a name of nothing to see and for a disabled user, `Conflict` where the user has too many.
    """
    name = " ".join(terms.name.split())
    if not 0 < len(name) <= MOST_OF_A_NAME or not name.isprintable():
        raise BadSettings(f"The name of a token has 1 to {MOST_OF_A_NAME} characters that can be seen.")
    if user.disabled_at is not None:
        raise BadSettings(f"The user {user.name!r} is disabled; `radiomiclens users enable` lets them in again.")
    if len(living_tokens(session, user, "api")) >= MOST_TOKENS:
        raise Conflict(f"This user has {MOST_TOKENS} tokens; end one that is no longer needed.")
    secret = secret or new_token()
    row = add_token(session, user, "api", replace(terms, name=name), secret)
    audit.record(session, actor, "api.make", row.id, user=user.name, scope=terms.scope)
    return row, secret


def revoke_all(session: Session, name: str) -> int:
    """Revoke every link, session and API token of a user; gives their number, raises `NotFound`."""
    user = session.scalar(select(User).where(User.name == name))
    if user is None:
        raise NotFound(
            f"There is no user {name[:40]!r}; users are made by `radiomiclens login --user NAME --role ROLE`."
        )
    ended = end_tokens(session, user)
    audit.record(session, OWNER, "token.revoke", name, tokens=ended)
    return ended


def end_tokens(
    session: Session,
    user: User,
    kinds: tuple[TokenKind, ...] = ("login", "invitation", "session", "api"),
    keep: str | None = None,
) -> int:
    """Revoke the living tokens of these kinds of a user, but not the one with the id `keep`; gives their number."""
    ending = update(Token).where(Token.user_id == user.id, Token.kind.in_(kinds), *_LIVING)
    if keep is not None:
        ending = ending.where(Token.id != keep)
    return len(session.execute(ending.where(_in_time()).values(revoked_at=now()).returning(Token.id)).all())


def end_token(session: Session, token_id: str, actor: str, user: User | None = None) -> None:
    """Revoke one living token, of that user where one is given; raises `NotFound`."""
    ending = update(Token).where(Token.id == token_id, *_LIVING)
    if user is not None:
        ending = ending.where(Token.user_id == user.id)
    ended = session.execute(ending.values(revoked_at=now()).returning(Token.kind)).scalar_one_or_none()
    if ended is None:
        raise NotFound("There is no such sign-in; it may have ended already.")
    audit.record(session, actor, f"{ended}.end", token_id)


def living_tokens(session: Session, user: User | None = None, *kinds: TokenKind) -> list[Token]:
    """Tokens that were neither used up nor revoked, newest first; API tokens also where they expired."""
    statement = select(Token).where(*_LIVING, or_(_in_time(), Token.kind == "api"))
    if user is not None:
        statement = statement.where(Token.user_id == user.id)
    if kinds:
        statement = statement.where(Token.kind.in_(kinds))
    found = session.scalars(statement.order_by(Token.created_at.desc(), Token.id)).all()
    return [row for row in found if row.kind == "api" or not _is_idle(row)]


_LIVING = (Token.revoked_at.is_(None), Token.used_at.is_(None))


def _in_time() -> ColumnElement[bool]:
    return or_(Token.expires_at.is_(None), Token.expires_at > now())


def spend(session: Session, token: str, kind: TokenKind) -> User | None:
    """The user of a token that works once, from now on used up; None where there is no living one, or no such user."""
    spent = session.execute(
        update(Token)
        .where(Token.token_hash == hash_token(token), Token.kind == kind, *_LIVING, Token.expires_at > now())
        .values(used_at=now())
        .returning(Token.user_id)
    ).scalar_one_or_none()
    user = None if spent is None else session.get(User, spent)
    return None if user is None or user.disabled_at is not None else user


def valid_token(session: Session, token: str, kinds: tuple[TokenKind, ...]) -> Token:
    """The row of a valid token; raises `NotSignedIn`."""
    row = session.scalar(select(Token).where(Token.token_hash == hash_token(token), Token.kind.in_(kinds)))
    if row is None or not is_live(row):
        raise NotSignedIn(SIGN_IN_FIRST)
    return row


def check_live(session: Session, token_id: str) -> None:
    """Raises `NotSignedIn` where the token of that row id was revoked or has expired."""
    row = session.get(Token, token_id)
    if row is None or not is_live(row):
        raise NotSignedIn(SIGN_IN_FIRST)


def is_expired(row: Token) -> bool:
    """Whether a token has reached its end, or was not used for too long."""
    return (row.expires_at is not None and row.expires_at <= now()) or _is_idle(row)


def is_live(row: Token) -> bool:
    """Whether a token is neither revoked nor expired, and its user not disabled."""
    return row.revoked_at is None and not is_expired(row) and row.user.disabled_at is None


def _is_idle(row: Token) -> bool:
    if row.idle_minutes is None:
        return False
    return now() - (row.last_used_at or row.created_at) > timedelta(minutes=row.idle_minutes)


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
