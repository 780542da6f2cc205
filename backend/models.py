"""The tables: what the lens knows, as typed SQLAlchemy rows.

Embeddings, radiomics and fitted decoders are arrays in their row (`Array`), so a result and the fact that it exists
commit together. Volumes and encoder weights are files named by their sha256 (`backend.files`).
"""

import hashlib
import secrets
from datetime import UTC, datetime
from typing import Any

import numpy as np
from sqlalchemy import JSON, Dialect, Double, ForeignKey, Index, LargeBinary, UniqueConstraint, types
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

from backend.errors import Damaged


def new_id() -> str:
    """A short random identity that says nothing about what it names."""
    return secrets.token_hex(8)


def now() -> datetime:
    """The current time, aware, in UTC."""
    return datetime.now(UTC)


class UtcTime(types.TypeDecorator[datetime]):
    """Aware UTC times, stored as ISO text so that SQLite keeps the zone."""

    impl = types.Text
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:  # noqa: ARG002 (SQLAlchemy's signature)
        return None if value is None else value.astimezone(UTC).isoformat()

    def process_result_value(self, value: str | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 (SQLAlchemy's signature)
        return None if value is None else datetime.fromisoformat(value)


class Array(types.TypeDecorator[np.ndarray]):
    """A little-endian array with its sha256, dtype and shape in front; a flipped bit raises `Damaged` when read."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: np.ndarray | None, dialect: Dialect) -> bytes | None:  # noqa: ARG002 (SQLAlchemy's signature)
        return None if value is None else pack_array(value)

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> np.ndarray | None:  # noqa: ARG002 (SQLAlchemy's signature)
        return None if value is None else unpack_array(value)


def pack_array(value: np.ndarray) -> bytes:
    """sha256 (32 bytes) + `dtype|d0,d1\\n` + the values in C order, little-endian."""
    array = np.ascontiguousarray(value)
    array = array.astype(array.dtype.newbyteorder("<"), copy=False)
    head = f"{array.dtype.str}|{','.join(map(str, value.shape))}\n".encode()
    body = head + array.tobytes()
    return hashlib.sha256(body).digest() + body


def unpack_array(blob: bytes) -> np.ndarray:
    """The array of `pack_array`; raises `Damaged` where a byte changed since it was written."""
    digest, body = blob[:32], blob[32:]
    if hashlib.sha256(body).digest() != digest:
        raise Damaged("A stored array no longer matches its hash; restore the database from a backup.")
    head, _, data = body.partition(b"\n")
    dtype, _, dims = head.decode().rpartition("|")  # the name of a byte-sized type has a bar itself: |b1
    shape = tuple(int(n) for n in dims.split(",") if n)
    return np.frombuffer(data, dtype=np.dtype(dtype)).reshape(shape)


class Base(DeclarativeBase):
    """Every table; STRICT on SQLite, so that a wrong type is refused instead of stored."""

    type_annotation_map = {dict[str, Any]: JSON, list[Any]: JSON, list[str]: JSON, datetime: UtcTime, float: Double}  # noqa: RUF012 (SQLAlchemy's own attribute)
    __table_args__: Any = {"sqlite_strict": True}  # noqa: RUF012 (SQLAlchemy's own attribute)


def strict(*constraints: Any) -> tuple[Any, ...]:
    """Table arguments: the given constraints and SQLite's STRICT."""
    return (*constraints, {"sqlite_strict": True})


@compiles(types.String, "sqlite")
@compiles(types.JSON, "sqlite")
def _text(_type: Any, _compiler: Any, **_: Any) -> str:
    return "TEXT"


@compiles(types.Boolean, "sqlite")
def _integer(_type: Any, _compiler: Any, **_: Any) -> str:
    return "INTEGER"


@compiles(types.Double, "sqlite")
def _real(_type: Any, _compiler: Any, **_: Any) -> str:
    return "REAL"


class User(Base):
    """Somebody who may sign in; `role` is admin, researcher or viewer."""

    __tablename__ = "users"
    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    name: Mapped[str] = mapped_column(unique=True)
    role: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(default=now)


class Token(Base):
    """A credential of a user, by hash: `login` works once, `session` is a browser's cookie, `api` a script's bearer."""

    __tablename__ = "tokens"
    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id"), index=True)
    kind: Mapped[str]
    token_hash: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime | None]
    used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    user: Mapped[User] = relationship(lazy="joined")


class Cohort(Base):
    """A named set of cases, from `images` or from `tables`."""

    __tablename__ = "cohorts"
    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    name: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]
    note: Mapped[str] = mapped_column(default="")
    settings: Mapped[dict[str, Any]] = mapped_column(default=dict)
    created_at: Mapped[datetime] = mapped_column(default=now)


class Case(Base):
    """One study of one patient; `status` is accepted, rejected (with a reason) or excluded (by a person)."""

    __tablename__ = "cases"
    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    cohort_id: Mapped[str] = mapped_column(ForeignKey("cohorts.id"), index=True)
    study_id: Mapped[str]
    patient_id: Mapped[str]
    status: Mapped[str] = mapped_column(default="accepted")
    reason: Mapped[str] = mapped_column(default="")
    warnings: Mapped[list[str]] = mapped_column(default=list)
    pirads: Mapped[int | None]
    volume_ml: Mapped[float | None]
    psa: Mapped[float | None]
    isup: Mapped[int | None]
    age: Mapped[float | None]
    center: Mapped[str | None]
    split: Mapped[str | None]
    gland_ml: Mapped[float | None]
    lesion_ml: Mapped[float | None]
    geometry: Mapped[dict[str, Any]] = mapped_column(default=dict)
    clinical: Mapped[dict[str, Any]] = mapped_column(default=dict)
    source_hash: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime] = mapped_column(default=now)
    volumes: Mapped[list["Volume"]] = relationship(back_populates="case", cascade="all, delete-orphan")
    __table_args__ = strict(UniqueConstraint("cohort_id", "study_id"))


class Volume(Base):
    """One image or mask of a case on its native grid; `kind` is T2, DWI, ADC, gland, lesion or zones."""

    __tablename__ = "volumes"
    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id"), index=True)
    kind: Mapped[str]
    sha256: Mapped[str]
    source_sha256: Mapped[str]
    dtype: Mapped[str]
    size: Mapped[list[Any]]
    spacing: Mapped[list[Any]]
    origin: Mapped[list[Any]]
    direction: Mapped[list[Any]]
    case: Mapped[Case] = relationship(back_populates="volumes")
    __table_args__ = strict(UniqueConstraint("case_id", "kind"))


class Encoder(Base):
    """Encoder weights (or the name of imported embeddings); the sha256 of the weights is the identity everywhere."""

    __tablename__ = "encoders"
    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    cohort_id: Mapped[str | None] = mapped_column(ForeignKey("cohorts.id"), index=True)
    parent_id: Mapped[str | None] = mapped_column(ForeignKey("encoders.id"))
    name: Mapped[str]
    arch: Mapped[str]
    sha256: Mapped[str] = mapped_column(index=True)
    stage: Mapped[str]
    task: Mapped[str | None]
    epoch: Mapped[int | None]
    settings: Mapped[dict[str, Any]] = mapped_column(default=dict)
    metrics: Mapped[dict[str, Any]] = mapped_column(default=dict)
    history: Mapped[list[Any]] = mapped_column(default=list)
    cache_key: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[datetime] = mapped_column(default=now)


class Embedding(Base):
    """The pooled embedding (d,) float32 of one case under one encoder and one input (modalities, size, spacing)."""

    __tablename__ = "embeddings"
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    encoder_id: Mapped[str] = mapped_column(ForeignKey("encoders.id"), primary_key=True)
    input_key: Mapped[str] = mapped_column(primary_key=True)
    values: Mapped[np.ndarray] = mapped_column(Array)


class FeatureList(Base):
    """The ordered feature names that radiomics rows share, by the hash of the list."""

    __tablename__ = "feature_lists"
    id: Mapped[str] = mapped_column(primary_key=True)
    names: Mapped[list[str]]


class Radiomics(Base):
    """The features (K,) float64 of one case in one ROI under one settings file; NaN where a feature is undefined."""

    __tablename__ = "radiomics"
    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id"), index=True)
    roi: Mapped[str]
    settings_hash: Mapped[str]
    cache_key: Mapped[str]
    feature_list_id: Mapped[str | None] = mapped_column(ForeignKey("feature_lists.id"))
    status: Mapped[str]
    reason: Mapped[str] = mapped_column(default="")
    quality: Mapped[dict[str, Any]] = mapped_column(default=dict)
    values: Mapped[np.ndarray | None] = mapped_column(Array)
    seconds: Mapped[float] = mapped_column(default=0.0)
    __table_args__ = strict(UniqueConstraint("case_id", "roi", "settings_hash"))


class Analysis(Base):
    """One run of the lens: cohort, task, ROI, pre and ft encoder, settings; `cache_key` hashes all that went in."""

    __tablename__ = "analyses"
    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    cohort_id: Mapped[str] = mapped_column(ForeignKey("cohorts.id"), index=True)
    task: Mapped[str]
    roi: Mapped[str]
    pre_encoder_id: Mapped[str] = mapped_column(ForeignKey("encoders.id"))
    ft_encoder_id: Mapped[str] = mapped_column(ForeignKey("encoders.id"))
    settings: Mapped[dict[str, Any]]
    report: Mapped[dict[str, Any]]
    sentences: Mapped[list[str]]
    cache_key: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[datetime] = mapped_column(default=now)
    cohort: Mapped[Cohort] = relationship(lazy="joined")
    pre_encoder: Mapped[Encoder] = relationship(foreign_keys=[pre_encoder_id], lazy="joined")
    ft_encoder: Mapped[Encoder] = relationship(foreign_keys=[ft_encoder_id], lazy="joined")


class AnalysisFeature(Base):
    """One line of an analysis' ranking; columns as in `ranking.csv`, those of the trust block null without it."""

    __tablename__ = "analysis_features"
    analysis_id: Mapped[str] = mapped_column(ForeignKey("analyses.id"), primary_key=True)
    k: Mapped[int] = mapped_column(primary_key=True)
    feature: Mapped[str]
    modality: Mapped[str]
    image_type: Mapped[str]
    feature_class: Mapped[str]
    feature_name: Mapped[str]
    i_pre: Mapped[float]
    i_ft: Mapped[float]
    delta_i: Mapped[float]
    rank_paper: Mapped[int]
    paper_r2_pre: Mapped[float | None]
    paper_r2_ft: Mapped[float | None]
    paper_mse_pre: Mapped[float | None]
    paper_mse_ft: Mapped[float | None]
    r2_in_sample_pre: Mapped[float | None]
    r2_in_sample_ft: Mapped[float | None]
    r2_pre: Mapped[float | None]
    r2_ft: Mapped[float | None]
    delta_r2: Mapped[float | None]
    selective_delta: Mapped[float | None]
    se: Mapped[float | None]
    ci_low: Mapped[float | None]
    ci_high: Mapped[float | None]
    p: Mapped[float | None]
    q: Mapped[float | None]
    flag: Mapped[str | None]
    explained_sd_pre: Mapped[float | None]
    explained_sd_ft: Mapped[float | None]
    effect: Mapped[float | None]
    __table_args__ = strict(
        Index("ix_features_rank", "analysis_id", "rank_paper"), Index("ix_features_effect", "analysis_id", "effect")
    )


class AnalysisGroup(Base):
    """One line of `groups.csv`: a class, image type, modality, modality x class, or everything."""

    __tablename__ = "analysis_groups"
    analysis_id: Mapped[str] = mapped_column(ForeignKey("analyses.id"), primary_key=True)
    grouping: Mapped[str] = mapped_column(primary_key=True)
    group: Mapped[str] = mapped_column(primary_key=True)
    values: Mapped[dict[str, Any]]


class Decoder(Base):
    """The fitted arrays of an analysis; `study_ids` orders z (N, H), `n_solved` of them theta was solved on."""

    __tablename__ = "decoders"
    analysis_id: Mapped[str] = mapped_column(ForeignKey("analyses.id"), primary_key=True)
    features: Mapped[list[str]]
    study_ids: Mapped[list[str]]
    splits: Mapped[list[str]]
    solved: Mapped[np.ndarray] = mapped_column(Array)
    weight: Mapped[np.ndarray] = mapped_column(Array)
    bias: Mapped[np.ndarray] = mapped_column(Array)
    x_mean: Mapped[np.ndarray] = mapped_column(Array)
    x_sd: Mapped[np.ndarray] = mapped_column(Array)
    z_pre: Mapped[np.ndarray] = mapped_column(Array)
    z_ft: Mapped[np.ndarray] = mapped_column(Array)
    r_minmax: Mapped[np.ndarray] = mapped_column(Array)
    theta_pre: Mapped[np.ndarray] = mapped_column(Array)
    theta_ft: Mapped[np.ndarray] = mapped_column(Array)
    intercept_pre: Mapped[np.ndarray] = mapped_column(Array)
    intercept_ft: Mapped[np.ndarray] = mapped_column(Array)


class Job(Base):
    """The truth about a piece of work: queued -> running -> done | failed | cancelled (cancelling between).

    `attempts` counts starts since something durable was last saved; `local` marks a request typed on this machine,
    whose paths need no import root; `step_at`, `step_from` are when the present step began and what was done by then.
    """

    __tablename__ = "jobs"
    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    kind: Mapped[str]
    title: Mapped[str]
    lane: Mapped[str]
    state: Mapped[str] = mapped_column(default="queued", index=True)
    params: Mapped[dict[str, Any]]
    local: Mapped[bool] = mapped_column(default=False)
    step: Mapped[str] = mapped_column(default="")
    step_at: Mapped[datetime | None]
    step_from: Mapped[int] = mapped_column(default=0)
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int] = mapped_column(default=0)
    attempts: Mapped[int] = mapped_column(default=0)
    owner: Mapped[str | None]
    error: Mapped[str] = mapped_column(default="")
    result: Mapped[dict[str, Any]] = mapped_column(default=dict)
    idempotency_key: Mapped[str | None] = mapped_column(unique=True)
    submitted_by: Mapped[str] = mapped_column(default="")
    position: Mapped[int] = mapped_column(index=True)
    created_at: Mapped[datetime] = mapped_column(default=now)
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    heartbeat_at: Mapped[datetime | None]
    needs: Mapped[list["JobNeed"]] = relationship(
        foreign_keys="JobNeed.job_id", lazy="selectin", cascade="all, delete-orphan"
    )

    @property
    def depends_on(self) -> list[str]:
        """Ids of the jobs that must be done before this one may start."""
        return [need.needs_id for need in self.needs]


class JobNeed(Base):
    """One job waits for another."""

    __tablename__ = "job_needs"
    job_id: Mapped[str] = mapped_column(ForeignKey("jobs.id"), primary_key=True)
    needs_id: Mapped[str] = mapped_column(ForeignKey("jobs.id"), primary_key=True, index=True)


class JobLog(Base):
    """One line of a job's log."""

    __tablename__ = "job_logs"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    job_id: Mapped[str] = mapped_column(ForeignKey("jobs.id"), index=True)
    at: Mapped[datetime] = mapped_column(default=now)
    level: Mapped[str] = mapped_column(default="info")
    line: Mapped[str]


class Share(Base):
    """A link to a frozen snapshot of one analysis; only the token's hash is kept."""

    __tablename__ = "shares"
    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    token_hash: Mapped[str] = mapped_column(unique=True)
    analysis_id: Mapped[str] = mapped_column(ForeignKey("analyses.id"))
    label: Mapped[str] = mapped_column(default="")
    created_by: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    opened: Mapped[int] = mapped_column(default=0)
    last_opened_at: Mapped[datetime | None]
    snapshot: Mapped[dict[str, Any]]
    snapshot_sha256: Mapped[str]
    analysis: Mapped[Analysis] = relationship(lazy="joined")


class SharePicture(Base):
    """A PNG that belongs to a share's snapshot, so that the snapshot never reads live data."""

    __tablename__ = "share_pictures"
    share_id: Mapped[str] = mapped_column(ForeignKey("shares.id"), primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    png: Mapped[bytes] = mapped_column(LargeBinary)
    sha256: Mapped[str]


class ShareSession(Base):
    """A browser that opened a share: the hash of its cookie."""

    __tablename__ = "share_sessions"
    token_hash: Mapped[str] = mapped_column(primary_key=True)
    share_id: Mapped[str] = mapped_column(ForeignKey("shares.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(default=now)


class Audit(Base):
    """Who did what to which object, and when; never a token, a path or a patient's name."""

    __tablename__ = "audit"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    at: Mapped[datetime] = mapped_column(default=now)
    actor: Mapped[str]
    action: Mapped[str]
    target: Mapped[str] = mapped_column(default="")
    detail: Mapped[dict[str, Any]] = mapped_column(default=dict)
