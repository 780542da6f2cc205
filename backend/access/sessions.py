"""Sessions of browsers: opened by a one-time link, a password or an invitation; they end at a time, or without use."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Self

from sqlalchemy import or_, update
from sqlalchemy.orm import Session

from backend.access import audit, tokens
from backend.errors import NotSignedIn
from backend.models import Token, User, now
from backend.settings import Settings

NOT_A_LINK = "This sign-in link was used already or is older than 10 minutes; ask for a new one."


@dataclass(frozen=True, slots=True)
class SessionLimits:
    """When a session ends: so long after it was opened, and so long after its last use."""

    life: timedelta
    idle_minutes: int

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """The limits that the settings ask for; they hold for sessions opened from now on."""
        return cls(timedelta(hours=settings.session_hours), settings.session_idle_minutes)


def open_session(
    session: Session, user: User, limits: SessionLimits, browser: str, way: str, replaces: str | None = None
) -> str:
    """Opens a session of a user and gives its token.

    Args:
        browser: what the user's list of sessions calls it.
        way: how the user signed in, for the audit log: link, password, invitation.
        replaces: the session cookie that the browser had before; it ends.
    """
    if replaces:
        before = Token.token_hash == tokens.hash_token(replaces)
        session.execute(
            update(Token).where(before, Token.kind == "session", Token.revoked_at.is_(None)).values(revoked_at=now())
        )
    audit.record(session, user.name, "session.open", way=way)
    terms = tokens.Terms(limits.life, browser, idle_minutes=limits.idle_minutes)
    return tokens.create_token(session, user, "session", terms)


def user_of_link(session: Session, token: str) -> User:
    """The user of a one-time sign-in link, which is used up by this; raises `NotSignedIn`."""
    user = tokens.spend(session, token, "login")
    if user is None:
        raise NotSignedIn(NOT_A_LINK)
    return user


def note_use(session: Session, token_id: str) -> None:
    """Writes down that a token is in use now."""
    moment = now()
    earlier = or_(Token.last_used_at.is_(None), Token.last_used_at < moment)
    session.execute(update(Token).where(Token.id == token_id, earlier).values(last_used_at=moment))
