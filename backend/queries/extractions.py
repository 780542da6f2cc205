"""Chooses the extraction of a cohort's radiomics that lens, cases and evidence read where there are several."""

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from backend.errors import BadSettings
from backend.models import Analysis, Case, Job, Radiomics


@dataclass(frozen=True, slots=True)
class Extraction:
    """Radiomics of one region that can be compared: the hash of their settings and their list of features."""

    settings_hash: str
    feature_list_id: str


def extraction_of(session: Session, cohort_id: str, roi: str, asked: str | None = None) -> Extraction | None:
    """The extraction asked for (a hash, or how it begins); else that of the last extract job that reached its end.

    Where no job tells (tables, or all were stopped), the one that most accepted cases have. None where no accepted case
    has values of the region; raises BadSettings where none is the one asked for.
    """
    found = _found(session, cohort_id, roi)
    if asked is not None:
        chosen = [settings_hash for settings_hash in found if settings_hash.startswith(asked)]
        if len(chosen) != 1:
            raise BadSettings(
                f"This cohort has {len(chosen) or 'no'} extractions of the {roi} whose settings begin with "
                f"{asked[:12]!r}; leave that out for the newest, or extract with those settings first."
            )
        return Extraction(chosen[0], _most(found[chosen[0]]))
    if not found:
        return None
    fallback = max(sorted(found), key=lambda settings_hash: sum(found[settings_hash].values()))
    newest = next((one for one in _finished(session, cohort_id, roi) if one in found), fallback)
    return Extraction(newest, _most(found[newest]))


def extraction_read(session: Session, analysis: Analysis) -> Extraction | None:
    """The extraction that an analysis has read; for one made before that was kept, what it would read now."""
    return extraction_of(session, analysis.cohort_id, analysis.roi, analysis.settings.get("extraction"))


def _found(session: Session, cohort_id: str, roi: str) -> dict[str, dict[str, int]]:
    """Settings hash -> feature list -> how many accepted cases have values."""
    key = (Radiomics.settings_hash, Radiomics.feature_list_id)
    counts = (
        select(*key, func.count())
        .join(Case, Case.id == Radiomics.case_id)
        .where(Case.cohort_id == cohort_id, Case.status == "accepted", Radiomics.roi == roi)
        .where(Radiomics.values.is_not(None), Radiomics.feature_list_id.is_not(None))
        .group_by(*key)
    )
    found: dict[str, dict[str, int]] = {}
    for settings_hash, listed, n in session.execute(counts):
        found.setdefault(settings_hash, {})[listed or ""] = n
    return found


def _finished(session: Session, cohort_id: str, roi: str) -> list[str]:
    """Settings hashes of the extract jobs that reached their end, newest first."""
    jobs = select(Job).where(Job.kind == "extract", Job.state == "done").order_by(Job.finished_at.desc(), Job.id)
    mine = (job for job in session.scalars(jobs) if job.params["cohort_id"] == cohort_id and roi in job.params["rois"])
    return [job.result["settings_hash"] for job in mine if "settings_hash" in job.result]


def _most(lists: dict[str, int]) -> str:
    return max(sorted(lists), key=lambda listed: lists[listed])
