"""Users and their sign-ins as an answer shows them."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from backend.access import tokens
from backend.access.identities import from_outside
from backend.models import Token, User
from shared import schemas as s


def user_schema(session: Session, row: User) -> s.User:
    """One user."""
    return user_schemas(session, [row])[0]


def user_schemas(session: Session, rows: list[User]) -> list[s.User]:
    """Users, with when they used anything last."""
    uses = select(Token.user_id, func.max(Token.last_used_at)).where(Token.user_id.in_([row.id for row in rows]))
    outside = from_outside(session, rows)
    last = dict(session.execute(uses.group_by(Token.user_id)).all())
    return [
        s.User.model_validate(
            {
                "id": row.id,
                "name": row.name,
                "role": row.role,
                "disabled": row.disabled_at is not None,
                "has_password": row.password_hash is not None,
                "from_outside": row.id in outside,
                "created_at": row.created_at,
                "last_used_at": last.get(row.id),
            }
        )
        for row in rows
    ]


def credentials(
    session: Session, user: User | None, current: str = "", kinds: tuple[tokens.TokenKind, ...] = ()
) -> list[s.Credential]:
    """What a user (None: anybody) is signed in with, newest first; `current` is the row that asks."""
    return [credential_schema(row, current) for row in tokens.living_tokens(session, user, *kinds)]


def credential_schema(row: Token, current: str = "") -> s.Credential:
    """One token, without its secret."""
    fields = {name: getattr(row, name) for name in s.Credential.model_fields if hasattr(row, name)}
    state = "expired" if tokens.is_expired(row) else "active"
    return s.Credential.model_validate(fields | {"user": row.user.name, "state": state, "current": row.id == current})
