"""What a route is given: settings, database sessions, files, the caller's address."""

from collections.abc import Iterator
from typing import Annotated

from fastapi import Depends, Header, Request
from sqlalchemy.orm import Session

from backend.access.signed_urls import Signer
from backend.settings import Settings
from backend.storage.blob_store import Files
from backend.storage.database import Database
from backend.web.rate_limit import Failures


def _settings(request: Request) -> Settings:
    settings: Settings = request.app.state.settings
    return settings


def _database(request: Request) -> Database:
    database: Database = request.app.state.database
    return database


def _files(request: Request) -> Files:
    files: Files = request.app.state.files
    return files


def _signer(request: Request) -> Signer:
    signer: Signer = request.app.state.signer
    return signer


def _failures(request: Request) -> Failures:
    failures: Failures = request.app.state.failures
    return failures


def _address(request: Request) -> str:
    return request.client.host if request.client else ""


GivenSettings = Annotated[Settings, Depends(_settings)]
GivenDatabase = Annotated[Database, Depends(_database)]
GivenFiles = Annotated[Files, Depends(_files)]
GivenSigner = Annotated[Signer, Depends(_signer)]
GivenFailures = Annotated[Failures, Depends(_failures)]
CallerAddress = Annotated[str, Depends(_address)]
IdempotencyKey = Annotated[str | None, Header(max_length=200)]
"""A key of the caller's own: the same request under it is carried out once."""


def _read(database: GivenDatabase) -> Iterator[Session]:
    with database.read() as session:
        yield session


def _write(database: GivenDatabase) -> Iterator[Session]:
    with database.write() as session:
        yield session


# "function": closed before the answer is sent, so that a slow reader holds no lock and a 2xx means committed
ReadSession = Annotated[Session, Depends(_read, scope="function")]
WriteSession = Annotated[Session, Depends(_write, scope="function")]
