"""The part of a model card on what fine-tuning changed: the trust block first, then the paper's ΔI."""

from collections.abc import Iterable, Sequence

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from backend.interchange.markdown import UNKNOWN, bullets, page, plain, table
from backend.models import Analysis, Encoder
from backend.queries.stored_report import report_of
from backend.science.alert import ranked
from backend.science.analysis.report import Report
from backend.science.analysis.report_rows import RankingRow
from backend.science.analysis.report_trust import TrustReport
from backend.science.report.flag_words import FLAG_WORDS
from backend.science.tables import glossary
from backend.science.tables.feature_names import FeatureName
from backend.science.text_format import counted, number, signed

MOST = 5
"""Features that a table of the card lists in each direction."""
NOT_ANALYSED = (
    "Unknown: no analysis of this encoder is stored. `radiomiclens analyze` compares it with the encoder it came from."
)
NO_TRUST = "The trust block was not computed, so no change has an interval."
DELTA_I = (
    "ΔI is the change of the norm of a decoder's weights, as the paper ranks features. It is not explanatory power, it "
    "has no interval, and its sign can be wrong. Where the two disagree, read the table above."
)


def analyses_of(session: Session, encoder: Encoder) -> list[Analysis]:
    """The newest analysis of each region that read this encoder as the fine-tuned one or as one of its runs.

    Those of a part of the cohort count only where none of all of it is there.
    """
    of_recipe = select(Encoder.id).where(Encoder.recipe_id == encoder.recipe_id, Encoder.recipe_id.is_not(None))
    known = session.scalars(
        select(Analysis)
        .where(or_(Analysis.ft_encoder_id == encoder.id, Analysis.ft_encoder_id.in_(of_recipe)))
        .order_by(Analysis.created_at.desc(), Analysis.id)
    )
    found: dict[str, tuple[bool, Analysis]] = {}
    for row in known:
        if encoder.id not in (row.ft_encoder_id, *row.settings.get("further_runs", [])):
            continue
        whole = report_of(row).subgroup is None
        if row.roi not in found or (whole and not found[row.roi][0]):
            found[row.roi] = (whole, row)
    return [found[roi][1] for roi in sorted(found)]


def changes(rows: Sequence[Analysis]) -> str:
    """One section for each analysis; a sentence where there is none."""
    return page(_section(row, report_of(row)) for row in rows).strip() if rows else NOT_ANALYSED


def _section(row: Analysis, report: Report) -> str:
    part = "" if report.subgroup is None else f", {plain(report.subgroup.words)} alone"
    studies = counted(report.n_studies, "study", "studies")
    of_whom = f"{studies} of {counted(report.n_patients, 'patient')}{part}, {report.n_features} features"
    before = f"before fine-tuning: {plain(row.pre_encoder.name)}, sha256 {row.pre_encoder.sha256}"
    cautions = [alert.sentence for alert in ranked(report.alerts) if alert.rank != "info"]
    return page(
        [
            f"### Radiomics of the {plain(row.roi)}",
            f"{of_whom}. Analysis {row.id} of {row.created_at:%Y-%m-%d}; {before}.",
            bullets(row.sentences),
            NO_TRUST if report.trust is None else _trust(report.trust),
            "Features by the paper's ΔI:",
            _paper(report),
            DELTA_I,
            "Cautions:" if cautions else "",
            bullets(cautions),
        ]
    ).strip()


def _trust(trust: TrustReport) -> str:
    """Counts of flags, what all features share, the features that changed with their intervals."""
    counts = [f"{n} {FLAG_WORDS.get(flag, flag)}" for flag, n in trust.flags.items() if n]
    shared = UNKNOWN if trust.shared_change is None else f"{100 * trust.shared_change:+.0f} %"
    listed = trust.rankings
    rows = [*listed.stronger[:MOST], *listed.weaker[:MOST], *listed.label_borne[:MOST]]
    label = "none was given" if trust.label is None else plain(" and ".join(trust.label.label))
    runs = "one fine-tuning" if trust.runs is None else f"{trust.runs.n_runs} runs of one recipe"
    return page(
        [
            f"Features by flag: {', '.join(counts)}. Change of R² that all share: {shared}. Label: {label}. "
            f"Over {runs}.",
            _features(rows),
        ]
    ).strip()


def _features(rows: Iterable[RankingRow]) -> str:
    lines = [
        (
            plain(_words(row)),
            FLAG_WORDS.get(row.flag or "", UNKNOWN),
            f"{_signed(row.effect)} [{_signed(row.ci_low)}, {_signed(row.ci_high)}]",
            f"{_number(row.r2_pre)} → {_number(row.r2_ft)}",
            _signed(row.delta_i),
        )
        for row in rows
    ]
    if not lines:
        return "No single feature is flagged as changed."
    return table(("feature", "flag", "effect on R² [95 %]", "R² above chance", "ΔI"), lines)


def _paper(report: Report) -> str:
    listed = report.rankings
    rows = [*listed.gaining[:MOST], *listed.losing[:MOST]]
    lines = [(plain(_words(row)), _number(row.i_pre), _number(row.i_ft), _signed(row.delta_i)) for row in rows]
    return table(("feature", "I before", "I after", "ΔI"), lines)


def _words(row: RankingRow) -> str:
    return glossary.label(FeatureName(row.modality, row.image_type, row.feature_class, row.feature_name))


def _number(value: float | None) -> str:
    return UNKNOWN if value is None else number(value)


def _signed(value: float | None) -> str:
    return UNKNOWN if value is None else signed(value)
