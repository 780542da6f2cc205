"""The API: `create_app(settings)` builds it. Nothing is global, and nothing is opened before it starts."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import Depends, FastAPI
from starlette.middleware import Middleware

from backend.access.share_drafts import ShareDrafts
from backend.access.signed_urls import Signer, load_or_create_key
from backend.access.tokens import check_exposure
from backend.jobs.planning.upload_keeper import UploadKeeper
from backend.models import now
from backend.operations.counted import Counted
from backend.queries.case_index import CaseIndex
from backend.routers import (
    account,
    analyses,
    audit,
    bundles,
    case_pictures,
    cases,
    cohort_files,
    cohorts,
    comparison_matrix,
    comparisons,
    description,
    drafts,
    embedding_map,
    embeddings,
    encoders,
    evidence,
    examples,
    figures,
    folders,
    health,
    imports,
    jobs,
    maps,
    mask_files,
    metrics,
    model_cards,
    notes,
    notifications,
    outside_sign_in,
    packed_cases,
    packed_ranking,
    power,
    projects,
    quality,
    quotas,
    radiomics,
    saved_views,
    session,
    share_drafts,
    shared,
    shares,
    stars,
    subgroups,
    trajectories,
    uploads,
    users,
    volumes,
)
from backend.settings import Settings
from backend.storage.change_counter import ChangeCounter
from backend.storage.database import Database
from backend.storage.page_check import PageCheck
from backend.storage.prepare import prepare_data_folder, sqlite_path
from backend.storage.shared_files import open_files
from backend.storage.uploads import MIB
from backend.version import VERSION
from backend.web.error_handlers import UnexpectedErrors, add_handlers
from backend.web.kept_answers import KeptAnswers
from backend.web.kept_reads import KeptReads, KeptState, check_kept_routes
from backend.web.middleware import BodyLimit, KnownHosts, SameOrigin, SecurityHeaders
from backend.web.observed import Observed
from backend.web.oidc_provider import oidc_provider_of
from backend.web.once_in import OnceIn
from backend.web.password_desk import PasswordDesk
from backend.web.rate_limit import OPENINGS_A_MINUTE, FailureLimiter
from backend.web.refused_attempts import RefusedAttempts
from backend.web.strict_query import refuse_unknown_query
from backend.web.token_uses import TokenUses
from backend.web.unchanged import Unchanged
from shared.schemas import Problem

ROUTERS = (
    health,
    session,
    account,
    users,
    outside_sign_in,
    projects,
    cohorts,
    cohort_files,
    subgroups,
    case_pictures,
    packed_cases,
    cases,
    quality,
    imports,
    mask_files,  # before volumes: `masks/gland.dcm` is no region of `masks/{roi}`
    volumes,
    maps,
    encoders,
    model_cards,
    embeddings,
    radiomics,
    analyses,
    packed_ranking,
    bundles,
    evidence,
    figures,
    examples,
    embedding_map,
    comparison_matrix,  # before comparisons: `matrix` is no id of one
    comparisons,
    power,
    trajectories,
    jobs,
    quotas,
    uploads,
    folders,
    notes,
    notifications,
    stars,
    saved_views,
    drafts,
    share_drafts,  # before shares: `drafts` is no id of a link
    shares,
    shared,
    audit,
    description,
)
PREFIX = "/api/v1"
BUSY_SECONDS = 5.0
"""How long a request waits for a database that another process keeps locked; then the answer is 503."""


def create_app(settings: Settings) -> FastAPI:
    """Build the API of one data folder.

    While it runs, `app.state` holds settings, database, blob store, signer and failure limiter. Raises BadSettings for
    a server without sign-in that other machines could reach, LookupError where a route has no policy.
    """
    check_exposure(settings)
    figures = Counted(now())
    app = FastAPI(
        title="RadiomicLens",
        version=VERSION,
        description="What fine-tuning changed inside a medical-imaging foundation model, through a radiomic lens.",
        openapi_url=None,  # signed-in users read the committed document instead: routers/description.py
        lifespan=_lifespan,
        middleware=[
            Middleware(Observed, figures=figures),
            Middleware(SecurityHeaders),
            Middleware(UnexpectedErrors),
            Middleware(KnownHosts, hosts=[*settings.allowed_hosts, settings.host]),
            Middleware(SameOrigin),
            Middleware(BodyLimit, upload_bytes=settings.upload_file_mb * MIB),
            Middleware(KeptReads, prefix=PREFIX),
        ],
        responses={"default": {"model": Problem, "description": "A problem document, `application/problem+json`."}},
        generate_unique_id_function=lambda route: route.name,
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )
    app.state.settings = settings
    app.state.counted = figures
    app.state.failure_limiter = FailureLimiter(settings.share_view_limit)
    app.state.password_desk = PasswordDesk(settings.share_view_limit)
    app.state.opening_limiter = FailureLimiter(OPENINGS_A_MINUTE)
    app.state.refused_attempts = RefusedAttempts()
    app.state.oidc_provider = oidc_provider_of(settings)
    app.state.noted_views = OnceIn()
    app.state.share_drafts = ShareDrafts()
    app.state.kept_answers = KeptAnswers()
    app.state.case_index = CaseIndex()
    add_handlers(app)
    for module in ROUTERS:
        app.include_router(module.router, prefix=PREFIX, dependencies=[Depends(refuse_unknown_query)])
    app.include_router(metrics.router, dependencies=[Depends(refuse_unknown_query)])
    check_kept_routes(app, PREFIX)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    settings: Settings = app.state.settings
    prepare_data_folder(settings)
    app.state.page_check = PageCheck(sqlite_path(settings))
    app.state.database = Database(settings, busy_seconds=BUSY_SECONDS)
    counter = ChangeCounter(app.state.database.engine, sqlite_path(settings))
    app.state.kept_reads = KeptState(app.state.database, counter)
    app.state.unchanged = Unchanged(counter)
    app.state.blob_store = open_files(settings)
    app.state.signer = Signer(load_or_create_key(settings.data_dir))
    app.state.upload_keeper = UploadKeeper(app.state.database, settings)
    app.state.upload_keeper.start()
    app.state.token_uses = TokenUses(app.state.database)
    app.state.token_uses.start()
    yield
    app.state.token_uses.stop()
    app.state.upload_keeper.stop()
    app.state.kept_reads.close()
    app.state.database.close()
