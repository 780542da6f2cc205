"""Dependencies of the routes: settings, database and its sessions, blob store, signer, the caller's address."""

from collections.abc import Iterator
from typing import Annotated

from fastapi import Depends, Header, Request
from sqlalchemy.orm import Session

from backend.access.share_drafts import ShareDrafts
from backend.access.signed_urls import Signer
from backend.settings import Settings
from backend.storage.blob_store import BlobStore
from backend.storage.database import Database
from backend.web.kept_answers import KeptAnswers
from backend.web.oidc_provider import OidcProvider
from backend.web.once_in import OnceIn
from backend.web.password_desk import PasswordDesk
from backend.web.project_access import database_of
from backend.web.rate_limit import FailureLimiter
from backend.web.refused_attempts import RefusedAttempts
from backend.web.unchanged import Unchanged


def _settings(request: Request) -> Settings:
    settings: Settings = request.app.state.settings
    return settings


def _blob_store(request: Request) -> BlobStore:
    store: BlobStore = request.app.state.blob_store
    return store


def _signer(request: Request) -> Signer:
    signer: Signer = request.app.state.signer
    return signer


def _failure_limiter(request: Request) -> FailureLimiter:
    limiter: FailureLimiter = request.app.state.failure_limiter
    return limiter


def _password_desk(request: Request) -> PasswordDesk:
    desk: PasswordDesk = request.app.state.password_desk
    return desk


def _opening_limiter(request: Request) -> FailureLimiter:
    limiter: FailureLimiter = request.app.state.opening_limiter
    return limiter


def _refused_attempts(request: Request) -> RefusedAttempts:
    refused: RefusedAttempts = request.app.state.refused_attempts
    return refused


def _oidc_provider(request: Request) -> OidcProvider | None:
    provider: OidcProvider | None = request.app.state.oidc_provider
    return provider


def _noted_views(request: Request) -> OnceIn:
    noted: OnceIn = request.app.state.noted_views
    return noted


def _kept_answers(request: Request) -> KeptAnswers:
    kept: KeptAnswers = request.app.state.kept_answers
    return kept


def _unchanged(request: Request) -> Unchanged:
    unchanged: Unchanged = request.app.state.unchanged
    return unchanged


def _share_drafts(request: Request) -> ShareDrafts:
    drafts: ShareDrafts = request.app.state.share_drafts
    return drafts


def _address(request: Request) -> str:
    return request.client.host if request.client else ""


SettingsDep = Annotated[Settings, Depends(_settings)]
DatabaseDep = Annotated[Database, Depends(database_of)]
"""As whoever asks may see it; each of its sessions is limited to their projects."""
BlobStoreDep = Annotated[BlobStore, Depends(_blob_store)]
SignerDep = Annotated[Signer, Depends(_signer)]
FailureLimiterDep = Annotated[FailureLimiter, Depends(_failure_limiter)]
PasswordDeskDep = Annotated[PasswordDesk, Depends(_password_desk)]
"""Where passwords are tried, one at a time."""
OpeningLimiterDep = Annotated[FailureLimiter, Depends(_opening_limiter)]
RefusedAttemptsDep = Annotated[RefusedAttempts, Depends(_refused_attempts)]
"""What writes failed attempts into the audit log."""
OidcProviderDep = Annotated[OidcProvider | None, Depends(_oidc_provider)]
"""Where people of the institution sign in; None where there is no such place."""
NotedViewsDep = Annotated[OnceIn, Depends(_noted_views)]
"""Share cookies whose view stands in the audit log already, within the last hour."""
ShareDraftsDep = Annotated[ShareDrafts, Depends(_share_drafts)]
"""Previews of share links, kept in memory."""
KeptAnswersDep = Annotated[KeptAnswers, Depends(_kept_answers)]
"""Packed answers about what never changes, kept for the next visitor."""
UnchangedDep = Annotated[Unchanged, Depends(_unchanged)]
"""Values that hold until the database changes."""
CallerAddress = Annotated[str, Depends(_address)]
IdempotencyKey = Annotated[str | None, Header(max_length=200)]
"""A key that the caller chooses; a repeated request under the same key is carried out once."""


def _read(database: DatabaseDep) -> Iterator[Session]:
    with database.read() as session:
        yield session


def _write(database: DatabaseDep) -> Iterator[Session]:
    with database.write() as session:
        yield session


# "function": closed before the answer is sent, so that a slow reader holds no lock and a 2xx means committed
ReadSessionDep = Annotated[Session, Depends(_read, scope="function")]
WriteSessionDep = Annotated[Session, Depends(_write, scope="function")]
