"""Which project a row belongs to: the condition on each table, by the way from its rows to a project.

Conditions look up single parents by key, so they cost a list of thousands little. The parents are aliases of their own:
none of them can be taken for a table of the statement that is limited.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from sqlalchemy import exists, or_
from sqlalchemy.orm import with_loader_criteria
from sqlalchemy.orm.util import LoaderCriteriaOption

from backend import models as m

_COHORTS, _CASES, _JOBS, _ANALYSES, _SHARES, _COMPARISONS = (
    model.__table__.alias(f"scope_{model.__tablename__}")
    for model in (m.Cohort, m.Case, m.Job, m.Analysis, m.Share, m.Comparison)
)
OF_PROJECT = (m.Cohort, m.Job)
OF_COHORT = (m.Case, m.Encoder, m.Analysis, m.Comparison, m.Trajectory)
OF_CASE = (m.Volume, m.CaseDecision, m.Radiomics, m.Embedding)
OF_ANALYSIS = (
    m.AnalysisFeature,
    m.AnalysisGroup,
    m.Decoder,
    m.DecodingEvidence,
    m.AnalysisEvidence,
    m.StoredMap,
    m.Share,
)
OF_SHARE = (m.SharePicture, m.ShareSession)
OF_COMPARISON = (m.ComparedFeature,)
OF_JOB = (m.JobLog, m.JobNeed, m.TrainingEpoch, m.Notification)
OF_EITHER = (m.Note, m.Star)
FREE: dict[type[m.Base], str] = {
    m.Audit: "of the server",
    m.AuditHead: "of the server",
    m.Draft: "of one user",
    m.FeatureList: "named by its own hash, and reached from rows that are limited",
    m.MailChoice: "of one user",
    m.MailMessage: "of the server, without names",
    m.Identity: "of one user",
    m.Member: "says who sees what",
    m.Project: "shown to its members by its own routes",
    m.Quota: "of the server",
    m.Token: "of one user",
    m.Upload: "of one user",
    m.UploadUse: "of one user's upload",
    m.User: "of the server",
    m.WebhookMessage: "of the server, without names",
}
"""Tables whose rows belong to no project, and why. A test asks it of every table that is not limited."""


def project_criteria(ids: Sequence[str]) -> Iterator[LoaderCriteriaOption]:
    """The conditions that leave only rows of these projects."""
    known = list(ids)
    yield from _each(OF_PROJECT, lambda row: row.project_id.in_(known))
    yield from _each((m.SavedView,), lambda row: or_(row.project_id.is_(None), row.project_id.in_(known)))
    yield from _each(
        OF_COHORT, lambda row: exists().where(_COHORTS.c.id == row.cohort_id, _COHORTS.c.project_id.in_(known))
    )
    yield from _each(
        OF_CASE,
        lambda row: exists().where(
            _CASES.c.id == row.case_id, _COHORTS.c.id == _CASES.c.cohort_id, _COHORTS.c.project_id.in_(known)
        ),
    )
    yield from _each(
        OF_ANALYSIS,
        lambda row: exists().where(
            _ANALYSES.c.id == row.analysis_id, _COHORTS.c.id == _ANALYSES.c.cohort_id, _COHORTS.c.project_id.in_(known)
        ),
    )
    yield from _each(
        OF_SHARE,
        lambda row: exists().where(
            _SHARES.c.id == row.share_id,
            _ANALYSES.c.id == _SHARES.c.analysis_id,
            _COHORTS.c.id == _ANALYSES.c.cohort_id,
            _COHORTS.c.project_id.in_(known),
        ),
    )
    yield from _each(
        OF_COMPARISON,
        lambda row: exists().where(
            _COMPARISONS.c.id == row.comparison_id,
            _COHORTS.c.id == _COMPARISONS.c.cohort_id,
            _COHORTS.c.project_id.in_(known),
        ),
    )
    yield from _each(OF_JOB, lambda row: exists().where(_JOBS.c.id == row.job_id, _JOBS.c.project_id.in_(known)))
    yield from _each(
        OF_EITHER,
        lambda row: or_(
            exists().where(
                _CASES.c.id == row.case_id, _COHORTS.c.id == _CASES.c.cohort_id, _COHORTS.c.project_id.in_(known)
            ),
            exists().where(
                _ANALYSES.c.id == row.analysis_id,
                _COHORTS.c.id == _ANALYSES.c.cohort_id,
                _COHORTS.c.project_id.in_(known),
            ),
        ),
    )


def _each(models: Sequence[Any], condition: Callable[[Any], Any]) -> Iterator[LoaderCriteriaOption]:
    for model in models:
        yield with_loader_criteria(model, condition, include_aliases=True)
