"""Users: added, given a role, disabled and let in again; the row of a user is never deleted, because others name it."""

import re
import unicodedata

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.access import audit, projects, tokens
from backend.errors import BadSettings, Conflict, NotFound
from backend.models import User, now
from shared.schemas import Role

NAME = re.compile(r"[^\W_][\w.@+\- ]{0,78}[\w.)]?")
RESERVED = ("local", "command line", "link", "nobody", "institution", "proxy")
"""Names that stand for something else in stored rows."""
OWNER_STAYS = "The owner of a server stays its admin: whoever may run commands on its machine signs in as that user."


def find(session: Session, name: str) -> User:
    """The user of that name; raises `NotFound`."""
    user = session.scalar(select(User).where(User.name == name))
    if user is None:
        raise NotFound(f"There is no user {name[:40]!r}; `radiomiclens users list` shows them all.")
    return user


def get(session: Session, user_id: str) -> User:
    """The user of that id; raises `NotFound`."""
    user = session.get(User, user_id)
    if user is None:
        raise NotFound("There is no such user; the page Users lists them all.")
    return user


def add(session: Session, name: str, role: Role, actor: str) -> User:
    """Adds a user; raises `BadSettings` for a name that cannot be one, `Conflict` for one that is taken."""
    known = unicodedata.normalize("NFC", name).strip()
    if not NAME.fullmatch(known) or known.casefold() in RESERVED:
        raise BadSettings(
            "A user's name has up to 80 letters and digits, with spaces or any of . _ - @ + between; some are kept."
        )
    names = session.scalars(select(User.name).order_by(User.name))  # a database folds no letters but those of English
    taken = next((name for name in names if name.casefold() == known.casefold()), None)
    if taken is not None or known.casefold() == tokens.OWNER:
        raise Conflict(f"There is a user {taken or tokens.OWNER!r} already; choose another name.")
    user = User(name=known, role=role)
    session.add(user)
    session.flush()
    _join_the_only_project(session, user)
    audit.record(session, actor, "user.add", known, role=role)
    return user


def set_role(session: Session, user: User, role: Role, actor: str) -> None:
    """Gives a user another role, which holds from the next request on; raises `BadSettings` for the owner."""
    if user.name == tokens.OWNER and role != "admin":
        raise BadSettings(OWNER_STAYS)
    if user.role != role:
        audit.record(session, actor, "user.role", user.name, role=role, before=user.role)
        user.role = role
        _join_the_only_project(session, user)


def disable(session: Session, user: User, actor: str) -> int:
    """Locks a user out at once: every link, session and token ends; gives their number.

    What the user made stays, also links to results. Raises `BadSettings` for the owner.
    """
    if user.name == tokens.OWNER:
        raise BadSettings(OWNER_STAYS)
    ended = tokens.end_tokens(session, user)
    user.disabled_at = user.disabled_at or now()
    audit.record(session, actor, "user.disable", user.name, tokens=ended)
    return ended


def enable(session: Session, user: User, actor: str) -> None:
    """Lets a disabled user sign in again; what ended stays ended."""
    if user.disabled_at is not None:
        user.disabled_at = None
        tokens.end_tokens(session, user)  # one that was made in the instant of disabling would live again
        audit.record(session, actor, "user.enable", user.name)


def set_password(session: Session, user: User, hashed: str, actor: str, keep: str | None, *, tokens_too: bool) -> None:
    """Stores the hash of a new password; other sessions and open links of the user end, API tokens where asked.

    `keep` is the id of the session that asked for it.
    """
    user.password_hash = hashed
    tokens.end_tokens(session, user, ("login", "invitation", "session"), keep)
    if tokens_too:
        tokens.end_tokens(session, user, ("api",))
    audit.record(session, actor, "user.password", user.name)


def _join_the_only_project(session: Session, user: User) -> None:
    """While a server has one project, everybody is its member with the server's role."""
    if projects.count_all(session) == 1:
        projects.join_default(session, user)
