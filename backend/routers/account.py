"""One's own account: password, sessions and API tokens. Only a browser changes it; a token makes no token."""

from datetime import timedelta

from fastapi import APIRouter
from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.access import passwords, tokens, users
from backend.access.identities import comes_from_outside
from backend.access.scopes import covers
from backend.access.tokens import Terms, new_token
from backend.errors import Conflict, Forbidden, NotSignedIn
from backend.models import Token, User, now
from backend.queries.credentials import credential_schema, credentials
from backend.web.authorization import VIEWER, CurrentSignIn, SignIn, check_by_hand
from backend.web.dependencies import (
    CallerAddress,
    DatabaseDep,
    IdempotencyKey,
    PasswordDeskDep,
    ReadSessionDep,
    SignerDep,
    WriteSessionDep,
)
from backend.web.pagination import Listing, add_list
from backend.web.project_access import LOCAL_SIGN_IN
from backend.web.settled_route import SettledRoute
from shared import schemas as s

router = APIRouter(tags=["account"], route_class=SettledRoute)
WRONG = "The old password is wrong; nothing was changed."
FIRST_PASSWORD_WITHIN = timedelta(hours=1)
"""A first password needs a sign-in no older than this: a browser left alone must not become somebody's account."""
OF_AN_INSTITUTION = "Your institution signs you in here; ask an administrator for an invitation if you need a password."
SHOWN: tuple[tokens.TokenKind, ...] = ("session", "api")


@router.get("/account", dependencies=[VIEWER])
def account(session: ReadSessionDep, sign_in: CurrentSignIn) -> s.Account:
    """One's own account."""
    me, local = sign_in.user, sign_in.token_id == LOCAL_SIGN_IN
    if local:
        return s.Account(name=me.name, role=me.role, has_password=False, sign_in=False)
    own = users.find(session, me.name)
    has, outside = own.password_hash is not None, comes_from_outside(session, own)
    return s.Account(name=me.name, role=me.role, has_password=has, from_outside=outside, sign_in=True)


def own_credentials(sign_in: CurrentSignIn) -> Listing[s.Credential]:
    """One's own sessions and API tokens, newest first."""

    def everything(session: Session) -> list[s.Credential]:
        if sign_in.token_id == LOCAL_SIGN_IN:
            return []
        return credentials(session, users.find(session, sign_in.user.name), sign_in.token_id, SHOWN)

    return Listing.computed(everything)


add_list(router, "/account/sign-ins", s.Credential, own_credentials, VIEWER)


@router.delete("/account/sign-ins/{sign_in_id}", dependencies=[VIEWER], status_code=204)
def end_own_sign_in(sign_in_id: str, session: WriteSessionDep, sign_in: CurrentSignIn) -> None:
    """Ends a session or an API token of one's own at once."""
    tokens.end_token(session, sign_in_id, sign_in.user.name, _owner_of(session, sign_in))


@router.put("/account/password", dependencies=[VIEWER], status_code=204)
def change_password(
    body: s.PasswordChange,
    database: DatabaseDep,
    sign_in: CurrentSignIn,
    desk: PasswordDeskDep,
    address: CallerAddress,
) -> None:
    """Sets one's own password; other sessions and open sign-in links end, API tokens where asked."""
    with database.read() as session:
        user = _owner_of(session, sign_in)
        opened = session.get_one(Token, sign_in.token_id).created_at
        if user.password_hash is None and comes_from_outside(session, user):  # it would go on once they may not come in
            raise Forbidden(OF_AN_INSTITUTION)
    if user.password_hash is None and now() - opened > FIRST_PASSWORD_WITHIN:
        raise Forbidden("Sign in anew by a link, then set a first password within the hour.")
    passwords.check(body.new, user.name)
    try:
        with desk.attempt(user.name, address, f"session {sign_in.token_id}"):
            if user.password_hash is not None and not passwords.verify(user.password_hash, body.old or ""):
                raise NotSignedIn(WRONG)
            hashed = passwords.hash_password(body.new)
    except NotSignedIn:  # the sign-in itself is good
        raise Forbidden(WRONG) from None
    with database.write() as session:
        again = _owner_of(session, sign_in)
        if again.password_hash != user.password_hash:
            raise Conflict("The password was changed at the same moment; sign in with it and try again.")
        users.set_password(session, again, hashed, again.name, sign_in.token_id, tokens_too=body.end_tokens)


@router.post("/account/tokens", dependencies=[VIEWER], status_code=201)
def make_token(
    body: s.TokenCreate,
    session: WriteSessionDep,
    sign_in: CurrentSignIn,
    signer: SignerDep,
    idempotency_key: IdempotencyKey = None,
) -> s.TokenCreated:
    """Makes an API token for oneself; its secret is in this answer and nowhere else.

    The same `Idempotency-Key` never makes a second token: it gives the first one again.
    """
    user = _owner_of(session, sign_in)
    if not covers(sign_in.scope, body.scope):
        raise Forbidden("A token may not do more than the sign-in that makes it.")
    secret = signer.token("api token", user.name, idempotency_key) if idempotency_key else new_token()
    made = session.scalar(select(Token).where(Token.token_hash == tokens.hash_token(secret)))
    if made is None:
        life = None if body.days is None else timedelta(days=body.days)
        made, _ = tokens.make_api_token(session, user, Terms(life, body.name, body.scope), user.name, secret)
    elif (made.name, made.scope, made.revoked_at) != (" ".join(body.name.split()), body.scope, None):
        raise Conflict("This idempotency key was used for another token; send a new key.")
    return s.TokenCreated(token=secret, credential=credential_schema(made, sign_in.token_id))


def _owner_of(session: Session, sign_in: SignIn) -> User:
    """The user whose account is changed; raises `Conflict` without sign-in, `Forbidden` for an API token."""
    if sign_in.token_id == LOCAL_SIGN_IN:
        raise Conflict("This server runs without sign-in, so nobody has an account; start it without --no-auth.")
    check_by_hand(sign_in)
    return users.find(session, sign_in.user.name)
