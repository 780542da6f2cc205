"""Users, as administrators see them: added by an invitation, given a role, disabled, their sign-ins ended."""

from collections.abc import Sequence

from fastapi import APIRouter
from sqlalchemy import select
from sqlalchemy.orm import Session

from backend import models
from backend.access import invitations, tokens, users
from backend.access.tokens import OWNER
from backend.errors import Forbidden
from backend.queries.credentials import credentials, user_schema, user_schemas
from backend.web.authorization import ADMIN, CurrentSignIn, CurrentUser, check_by_hand
from backend.web.dependencies import ReadSessionDep, WriteSessionDep
from backend.web.pagination import Listing, add_list
from backend.web.settled_route import SettledRoute
from shared import schemas as s

router = APIRouter(tags=["users"], route_class=SettledRoute)
ON_THE_MACHINE = "The owner gets links on the server's machine alone: run `radiomiclens login` there."
ONESELF = "Change your own password on the page Account; another administrator can invite you anew."


def user_list() -> Listing[s.User]:
    """Users by name; nobody is ever deleted, because what they made names them."""

    def convert(session: Session, rows: Sequence[models.User]) -> list[s.User]:
        return user_schemas(session, list(rows))

    return Listing.of_each(select(models.User).order_by(models.User.name, models.User.id), convert)


add_list(router, "/users", s.User, user_list, ADMIN)


@router.post("/users", dependencies=[ADMIN], status_code=201)
def add_user(body: s.UserCreate, session: WriteSessionDep, sign_in: CurrentSignIn) -> s.Invitation:
    """Adds a user and makes an invitation: a link that lets them choose a password, once."""
    check_by_hand(sign_in)
    added = users.add(session, body.name, body.role, sign_in.user.name)
    return _invited(session, added, body.days, sign_in.user)


@router.get("/users/{user_id}", dependencies=[ADMIN])
def one_user(user_id: str, session: ReadSessionDep) -> s.User:
    """One user."""
    return user_schema(session, users.get(session, user_id))


@router.patch("/users/{user_id}", dependencies=[ADMIN])
def change_user(user_id: str, body: s.UserChange, session: WriteSessionDep, sign_in: CurrentSignIn) -> s.User:
    """Gives a user another role, disables them (every sign-in ends at once) or lets them in again.

    An API token may disable, and nothing else: a role or a user that a leaked one gave would outlive it.
    """
    if body.role is not None or body.disabled is False:
        check_by_hand(sign_in)
    row, user = users.get(session, user_id), sign_in.user
    if body.role is not None:
        users.set_role(session, row, body.role, user.name)
    if body.disabled is not None:
        (users.disable if body.disabled else users.enable)(session, row, user.name)
    session.flush()
    return user_schema(session, row)


@router.post("/users/{user_id}/invitations", dependencies=[ADMIN], status_code=201)
def invite_user(
    user_id: str, body: s.InvitationCreate, session: WriteSessionDep, sign_in: CurrentSignIn
) -> s.Invitation:
    """A new invitation, also for who forgot a password; the present one works until the new one is chosen."""
    check_by_hand(sign_in)
    row, user = users.get(session, user_id), sign_in.user
    if row.name == OWNER:
        raise Forbidden(ON_THE_MACHINE)
    if row.name == user.name:
        raise Forbidden(ONESELF)
    return _invited(session, row, body.days, user)


def _invited(session: Session, row: models.User, days: int, by: s.Me) -> s.Invitation:
    path, expires_at = invitations.invite(session, row, days, by.name)
    return s.Invitation(user=user_schema(session, row), path=path, expires_at=expires_at)


def user_credentials(user_id: str, session: ReadSessionDep) -> Listing[s.Credential]:
    """What a user is signed in with, and the open links to sign in, newest first."""
    row = users.get(session, user_id)
    return Listing.computed(lambda reading: credentials(reading, row))


add_list(router, "/users/{user_id}/sign-ins", s.Credential, user_credentials, ADMIN)


@router.delete("/users/{user_id}/sign-ins/{sign_in_id}", dependencies=[ADMIN], status_code=204)
def end_sign_in(user_id: str, sign_in_id: str, session: WriteSessionDep, user: CurrentUser) -> None:
    """Ends a session, an API token or an open link of a user at once."""
    tokens.end_token(session, sign_in_id, user.name, users.get(session, user_id))
