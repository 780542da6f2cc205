"""Scopes: what a token may do, never more than its user; and the order of the roles."""

from backend.errors import Damaged
from shared.schemas import Role, Scope

ROLE_RANK: dict[Role, int] = {"viewer": 0, "researcher": 1, "admin": 2}
ROLE_OF_SCOPE: dict[Scope, Role] = {"read": "viewer", "write": "researcher", "admin": "admin"}
"""The greatest role of a sign-in with this scope. `read` is less than a viewer's own sign-in: it changes nothing."""


def capped(role: Role, scope: Scope) -> Role:
    """What a user of this role may do with a token of this scope: the lesser of both."""
    return min(role, ROLE_OF_SCOPE[scope], key=ROLE_RANK.__getitem__)


def covers(scope: Scope, other: Scope) -> bool:
    """Whether a sign-in of one scope may hand out the other."""
    return ROLE_RANK[ROLE_OF_SCOPE[scope]] >= ROLE_RANK[ROLE_OF_SCOPE[other]]


def scope_of(stored: str) -> Scope:
    """The scope that a row names; raises `Damaged` for another word, so that it allows nothing."""
    if stored not in ROLE_OF_SCOPE:
        raise Damaged("A stored token has an unknown scope; end it and make a new one.")
    return stored
