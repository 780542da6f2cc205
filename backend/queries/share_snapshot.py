"""What a share link shows, frozen when it is made: words, three key shifts, groups, provenance; nobody's identity.

Everything is copied by allow-list: case ids, study and patient ids, dates, names, paths and free text of the import
stay behind. Cases get pseudonyms drawn anew for every link, counts of people below 5 are hidden, ages over 89 are 90+.
"""

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from backend.models import Analysis, AnalysisFeature, Case, Cohort
from backend.queries import analysis_detail
from backend.queries.encoder_words import encoder_words
from backend.queries.protocol_words import task_words
from backend.queries.share_pictures import facts, shared_picture
from backend.queries.stored_report import alerts, report_of
from backend.science.analysis.report import Report
from backend.science.analysis.subgroup_text import shared_subgroup_sentence
from backend.science.text_format import number, signed, words_only
from backend.storage.blob_store import BlobStore
from backend.storage.cohort_protocol import protocol_of
from backend.version import VERSION
from shared import schemas as s

FLAGS: tuple[tuple[s.Flag, ...], ...] = (
    ("stronger", "probable_stronger"),
    ("weaker", "probable_weaker"),
    ("unchanged",),
)
"""Flags of the three key shifts, the surer one first."""
KEY_SHIFTS = 3
LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
FEWEST_SHOWN = 5
_SMALL_COUNT = re.compile(r"(?<![\d.,])[1-4](?= (?:patient|stud(?:y|ies)|case|person|people))")
SHOWN_ALERTS = {
    "paper_block_alone",
    "few_studies",
    "ill_conditioned_pre",
    "ill_conditioned_ft",
    "dead_units_pre",
    "dead_units_ft",
    "optimistic_pre",
    "optimistic_ft",
    "common_shift",
    "rows_mismatched",
    "small_cohort",
    "few_test_patients",
    "repeated_studies",
    "other_widths",
    "outside_training_range",
    "lesion_roi",
    "region_of_some",
    "incomplete_studies",
    "information_unchanged",
    "global_change",
    "no_shared_change",
    "swap_not_computed",
    "swap_disagrees",
    "few_replicates",
    "trust_version_1",
    "too_few_patients",
    "deleted_in_groups",
    "collapse",
    "most_groups_moved",
    "controls_changed",
}
"""Alerts made of counts and fixed words; others may carry ids or names of files and stay behind."""
RESEARCH_ONLY = "Research use only: nothing here says anything about the diagnosis or treatment of a single patient."


@dataclass
class Pseudonyms:
    """Names for the cases of one link; another link draws others, so two links cannot be joined."""

    names: dict[str, str] = field(default_factory=dict)

    def of(self, case_id: str) -> str:
        """`Case K7Q`, the same for the same case within this link."""
        while case_id not in self.names:
            name = "Case " + "".join(secrets.choice(LETTERS) for _ in range(3))
            if name not in self.names.values():
                self.names[case_id] = name
        return self.names[case_id]


def freeze(
    session: Session, files: BlobStore, analysis: Analysis, days: int, *, with_pictures: bool
) -> tuple[s.SharedView, dict[str, bytes]]:
    """The snapshot of an analysis and its pictures by name.

    Pictures only where the caller confirmed by `with_pictures` that no text is burned into the images.
    """
    pseudonyms = Pseudonyms()
    drawn: dict[str, bytes] = {}
    shifts = []
    for feature in key_features(session, analysis):
        shift, png = _shift(session, files, analysis, feature, pseudonyms, with_pictures)
        shifts.append(shift)
        if shift.picture is not None and png is not None:
            drawn[shift.picture] = png
    report = report_of(analysis)
    view = s.SharedView(
        title=f"What fine-tuning for {task_words(analysis.cohort, analysis.task)} changed",
        sentences=[
            hide_small_counts(one) for one in (shared_subgroup_sentence(report), *analysis.sentences) if one is not None
        ],
        cannot_say=[*report.wording, RESEARCH_ONLY],
        shifts=shifts,
        groups=analysis_detail.groups(session, analysis.id),
        alerts=_alerts(report),
        provenance=_provenance(analysis, report),
        expires_in_days=days,
    )
    return view, drawn


def key_features(session: Session, analysis: Analysis) -> list[str]:
    """The surest gain, the surest loss, the best decoded feature that kept; else the paper's three kinds."""
    row, effect = AnalysisFeature, analysis_detail.trust_effect()
    order: tuple[ColumnElement[Any], ...] = (effect.desc(), effect.asc(), row.r2_ft.desc())
    flagged = [
        session.scalar(
            select(row.feature)
            .where(row.analysis_id == analysis.id, row.flag.in_(flags))
            .order_by((row.flag == flags[0]).desc(), by, row.k)
            .limit(1)
        )
        for flags, by in zip(FLAGS, order, strict=True)
    ]
    rankings = report_of(analysis).rankings
    papers = [row.feature for rows in (rankings.gaining, rankings.losing, rankings.stable) for row in rows[:1]]
    return list(dict.fromkeys(feature for feature in [*flagged, *papers] if feature is not None))[:KEY_SHIFTS]


def hide_small_counts(sentence: str) -> str:
    """A sentence in which fewer than five people are not counted out."""
    return _SMALL_COUNT.sub("fewer than 5", sentence)


def people(count: int) -> str:
    """A count of people; fewer than five could point at somebody."""
    return f"fewer than {FEWEST_SHOWN}" if 0 < count < FEWEST_SHOWN else str(count)


def _shift(
    session: Session, files: BlobStore, analysis: Analysis, feature: str, pseudonyms: Pseudonyms, with_pictures: bool
) -> tuple[s.SharedShift, bytes | None]:
    stored = analysis_detail.get_feature(session, analysis.id, feature)
    row = analysis_detail.ranking_row(stored)
    example = _example(analysis_detail.feature_cases(session, analysis, feature))
    case = session.get_one(Case, example.case_id) if example else None
    protocol = protocol_of(session.get_one(Cohort, analysis.cohort_id))
    drawn = shared_picture(files, case, protocol, row.modality) if case and with_pictures else None
    name = pseudonyms.of(case.id) if case else None
    shift = s.SharedShift(
        label=row.label,
        sentence=_sentence(row, analysis_detail.definition(stored).sentence, shared=shares_a_change(analysis)),
        modality=row.modality,
        i_pre=row.i_pre,
        i_ft=row.i_ft,
        delta_i=row.delta_i,
        r2_pre=row.paper_r2_pre if row.flag is None else row.r2_pre,
        r2_ft=row.paper_r2_ft if row.flag is None else row.r2_ft,
        effect=row.effect,
        ci_low=row.ci_low,
        ci_high=row.ci_high,
        flag=row.flag,
        case=name,
        picture=f"{secrets.token_hex(8)}.png" if drawn else None,
        picture_alt=f"{name}{facts(case)}: {drawn.words}." if case and drawn else "",
        outlines=drawn.outlines if drawn else "",
        pictured=drawn.modality if drawn else "",
    )
    return shift, drawn.png if drawn else None


FLAG_WORDS: dict[s.Flag, str] = {
    "stronger": "The embedding carries it more strongly after fine-tuning",
    "weaker": "The embedding carries it more weakly after fine-tuning",
    "kept": "The embedding carries it less than before, but lost less of it than of the typical feature",
    "probable_stronger": "The embedding probably carries it more strongly after fine-tuning, as its group does",
    "probable_weaker": "The embedding probably carries it more weakly after fine-tuning, as its group does",
    "label_borne": "It is carried more because it goes with the label",
    "unchanged": "The embedding carries it as before",
    "not_decodable": "It cannot be read from the embedding, neither before nor after fine-tuning",
    "underpowered": "Too few patients to say whether the embedding carries it differently",
    "too_few": "Too few patients for any verdict",
}


def shares_a_change(analysis: Analysis) -> bool:
    """Whether effects have the change that all features share taken off; with few that are decoded there is none."""
    trust = report_of(analysis).trust
    return trust is not None and trust.shared_change is not None


def _sentence(row: s.RankingRow, measures: str, *, shared: bool) -> str:
    """What the feature measures, then what happened to it: the flag before any number."""
    if row.flag is None or row.r2_pre is None or row.r2_ft is None or row.effect is None:
        return f"{measures} {_paper_sentence(row)}"
    between = f"[{number(row.ci_low or 0.0)}, {number(row.ci_high or 0.0)}]"
    return (
        f"{measures} {FLAG_WORDS[row.flag]}: R² {number(row.r2_pre)} → {number(row.r2_ft)}, "
        f"change {'beyond what all features share ' if shared else ''}{signed(row.effect)} {between}."
    )


def _paper_sentence(row: s.RankingRow) -> str:
    moved = "grew" if row.delta_i > 0 else "shrank"
    words = f"Its decoder's weights {moved} from {number(row.i_pre)} to {number(row.i_ft)} ({signed(row.delta_i)})."
    if row.paper_r2_pre is not None and row.paper_r2_ft is not None:
        words += f" Held-out R² went from {number(row.paper_r2_pre)} to {number(row.paper_r2_ft)}."
    return words


def _example(cases: Sequence[s.FeatureCase]) -> s.FeatureCase | None:
    """The study whose error changed most, held out if any is, with images."""
    with_images = [case for case in cases if case.has_images]
    return next((case for case in with_images if case.held_out), with_images[0] if with_images else None)


def _alerts(report: Report) -> list[s.Alert]:
    found = [alert for alert in alerts(report) if alert.code in SHOWN_ALERTS]
    return [alert.model_copy(update={"sentence": hide_small_counts(alert.sentence)}) for alert in found]


def _modality_words(report: Report) -> list[str]:
    units = {one.name: one.unit for one in report.protocol.modalities} if report.protocol else {}
    return [words_only(f"{name} ({units[name]})" if units.get(name) else name) for name in report.modalities]


def _provenance(analysis: Analysis, report: Report) -> dict[str, str]:
    pre, ft, trust = analysis.pre_encoder, analysis.ft_encoder, report.trust
    several = {} if trust is None else {"Runs": trust.runs, "Controls on shuffled labels": trust.controls}
    return {
        "Task": task_words(analysis.cohort, analysis.task),
        **({"Protocol": words_only(report.protocol.name)} if report.protocol else {}),
        "Region measured": analysis.roi,
        "Patients": people(report.n_patients),
        "Studies": people(report.n_studies),
        "Features": str(report.n_features),
        "Modalities": ", ".join(_modality_words(report)),
        "Encoder before": encoder_words(pre),
        "Encoder after": encoder_words(ft),
        **{name: str(found.n_runs) for name, found in several.items() if found is not None},
        "Split": "as imported" if report.split.source == "given" else report.split.source,
        "Seed": str(report.settings.seed),
        "Hidden units": str(report.hidden),
        "Software": f"RadiomicLens {VERSION}",
        "Result": analysis.cache_key[:12],
    }
