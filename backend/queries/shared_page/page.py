"""The page of one analysis, put together from its stored rows: verdict, chart, pair of cases, words, limits."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy.orm import Session

from backend.errors import BadSettings
from backend.models import Analysis, Case
from backend.queries.encoder_words import encoder_words
from backend.queries.protocol_words import task_words
from backend.queries.shared_page import lay_words
from backend.queries.shared_page.bars import bars
from backend.queries.shared_page.findings import Findings, findings_of
from backend.queries.shared_page.null_result import looked_for
from backend.queries.shared_page.pair import Pair, pair_of
from backend.queries.shared_page.people import count, hide_small_counts
from backend.queries.shared_page.verdict import leading, verdict
from backend.queries.shared_page.words import cannot_say, words
from backend.queries.stored_report import report_of
from backend.science.analysis.report import Report
from backend.science.analysis.subgroup_text import shared_subgroup_sentence
from backend.science.text_format import words_only
from backend.storage.blob_store import BlobStore
from backend.version import VERSION
from shared import schemas as s

SHORTEST_ID = 4
"""Ids of fewer characters stand in ordinary sentences."""
NOT_ASKED = "The sender sent no pictures of patients."
OF_TABLES = "These features came as tables, without images, so there is no picture of a patient to show."
NO_EXAMPLE = "No patient of this cohort has the images to show this feature in."
NOTHING_TO_SHOW = ""


@dataclass(frozen=True, slots=True)
class Texts:
    """What the sender writes."""

    sender: str
    title: str = ""
    message: str = ""


def page_of(
    session: Session, files: BlobStore, analysis: Analysis, texts: Texts, *, with_pictures: bool
) -> tuple[s.SharedPage, Mapping[str, bytes]]:
    """The page and its pictures by name; raises BadSettings where the sender's words name a study of the cohort."""
    refuse_ids(session, analysis, texts)
    report, found = report_of(analysis), findings_of(session, analysis)
    told, lead = _of_whom(verdict(found), report), leading(found)
    changed = told.kind in ("change", "label_borne", "likely")
    chart = bars(found) if told.kind != "stopped" else None
    pair, why = _pair(session, files, analysis, found, with_pictures=with_pictures, changed=changed)
    mapped = pair is not None and bool(pair.shown.map_high)
    borne = chart is not None and any(bar.tone == "label_borne" for bar in chart.bars)
    page = s.SharedPage(
        sender=texts.sender,
        title=texts.title,
        message=texts.message,
        verdict=told,
        bars=chart,
        pair=None if pair is None else pair.shown,
        no_pictures=why,
        looked_for=looked_for(found) if told.kind == "null" else [],
        cannot_say=cannot_say(found, report),
        words=words(found, lead, borne=borne, bars=chart is not None, mapped=mapped),
        made_of=_made_of(analysis, report),
    )
    return page, {} if pair is None else pair.pictures


def _of_whom(told: s.SharedVerdict, report: Report) -> s.SharedVerdict:
    """The verdict; of a subgroup it says by which columns its patients were chosen, without values of the tables."""
    chosen = shared_subgroup_sentence(report)
    if chosen is None:
        return told
    return told.model_copy(update={"sentences": [*told.sentences, hide_small_counts(chosen)]})


def refuse_ids(session: Session, analysis: Analysis, texts: Texts) -> None:
    """Raises BadSettings where title, message or name hold an id of a study or patient of the cohort."""
    written = _folded(" ".join((texts.sender, texts.title, texts.message)))
    if not written:
        return
    table = Case
    rows = session.query(table.id, table.study_id, table.patient_id).filter(table.cohort_id == analysis.cohort_id)
    known = {_folded(one) for row in rows for one in row if len(one) >= SHORTEST_ID}
    if any(_stands_in(one, written) for one in known if one):
        raise BadSettings("Your words name a study or patient of the cohort by its id; write them without ids.")


def _folded(text: str) -> str:
    """Full-width and small letters alike, one blank for several, every dash as `-`, and no invisible sign."""
    shown = (one for one in unicodedata.normalize("NFKC", text).casefold() if unicodedata.category(one) != "Cf")
    return " ".join("".join("-" if unicodedata.category(one) == "Pd" else one for one in shown).split())


def _stands_in(known: str, written: str) -> bool:
    """Whether an id stands in a text as a word of its own: `ab-1` in `(AB-1's)`, not in `ab-12`."""
    at = written.find(known)
    while at >= 0:
        end = at + len(known)
        if not (written[max(0, at - 1) : at].isalnum() or written[end : end + 1].isalnum()):
            return True
        at = written.find(known, at + 1)
    return False


def _pair(
    session: Session, files: BlobStore, analysis: Analysis, found: Findings, *, with_pictures: bool, changed: bool
) -> tuple[Pair | None, str]:
    """The pair of cases, or why there is none."""
    if not changed:
        return None, NOTHING_TO_SHOW
    if analysis.cohort.kind == "tables":
        return None, OF_TABLES
    if not with_pictures:
        return None, NOT_ASKED
    pair = pair_of(session, files, analysis, leading(found))
    return (None, NO_EXAMPLE) if pair is None else (pair, "")


def _made_of(analysis: Analysis, report: Report) -> dict[str, str]:
    """What the numbers are made of, in a few words."""
    trust = report.trust
    several = {} if trust is None else {"Trainings": trust.runs, "Trainings on shuffled answers": trust.controls}
    return {
        "Task": task_words(analysis.cohort, analysis.task),
        **({"Protocol": words_only(report.protocol.name)} if report.protocol else {}),
        "Region measured": lay_words.region(analysis.roi),
        "Patients": count(report.n_patients),
        "Studies": count(report.n_studies),
        "Features": str(report.n_features),
        "Images": ", ".join(words_only(one) for one in report.modalities),
        "Model before": encoder_words(analysis.pre_encoder),
        "Model after": encoder_words(analysis.ft_encoder),
        **{name: str(found.n_runs) for name, found in several.items() if found is not None},
        "Software": f"RadiomicLens {VERSION}",
        "Result": analysis.cache_key[:12],
    }
