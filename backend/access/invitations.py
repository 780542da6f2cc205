"""Invitations: a link that works once and lets its user choose a password, the first or a new one."""

from datetime import datetime, timedelta
from urllib.parse import quote

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.access import audit, passwords, tokens, users
from backend.errors import BadSettings, NotSignedIn
from backend.models import Token, User, now

NOT_AN_INVITATION = "This invitation was used already or is too old; ask an administrator of this server for a new one."


def invite(session: Session, user: User, days: int, actor: str) -> tuple[str, datetime]:
    """A new invitation of a user: the path of its page and when it ends; earlier ones end now.

    Raises `BadSettings` for a disabled user.
    """
    if user.disabled_at is not None:
        raise BadSettings("This user is disabled; let them in again first.")
    tokens.end_tokens(session, user, ("invitation",))
    life, token = timedelta(days=days), tokens.new_token()
    tokens.add_token(session, user, "invitation", tokens.Terms(life), token)
    audit.record(session, actor, "user.invite", user.name, days=days)
    return f"/join#{token}.{quote(user.name, safe='')}", now() + life


def check(session: Session, token: str, password: str) -> None:
    """Raises `NotSignedIn` where an invitation does not live, `BadSettings` where a user may not have the password."""
    row = session.scalar(select(Token).where(Token.token_hash == tokens.hash_token(token), Token.kind == "invitation"))
    if row is None or row.used_at is not None or not tokens.is_live(row):
        raise NotSignedIn(NOT_AN_INVITATION)
    passwords.check(password, row.user.name)


def accept(session: Session, token: str, hashed: str) -> User:
    """Uses up an invitation: the hash becomes its user's password, and sessions and links from before end."""
    user = tokens.spend(session, token, "invitation")
    if user is None:
        raise NotSignedIn(NOT_AN_INVITATION)
    users.set_password(session, user, hashed, user.name, None, tokens_too=False)
    return user
