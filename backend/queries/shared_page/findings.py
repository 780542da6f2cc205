"""What a stored analysis found, as far as a verdict in plain words needs it: flags, numbers and doubts."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from backend.models import Analysis, AnalysisFeature, AnalysisGroup, Cohort
from backend.queries.analysis_detail import groups, trust_effect
from backend.queries.shared_page import lay_words
from backend.queries.stored_report import report_of
from backend.science.analysis.report import Report
from backend.science.trust.thresholds import Z95
from backend.storage.cohort_protocol import protocol_of

SHARED_CHANGE = 0.05
"""A change of all features that is worth a sentence, as a share of their R2."""
FLAGGED = ("stronger", "weaker", "kept", "label_borne", "probable_stronger", "probable_weaker")
SHOWN_FEATURES = 40


@dataclass(frozen=True, slots=True)
class Line:
    """A group (modality by class) or a feature with its flag and the numbers that its words depend on.

    `name` is that of a feature, None for a group. Numbers are R2 above chance and its change; None where undefined.
    """

    modality: str
    feature_class: str
    flag: str
    before: float | None
    after: float | None
    delta: float | None = None
    delta_low: float | None = None
    delta_high: float | None = None
    effect: float | None = None
    se: float | None = None
    runs_agree: int | None = None
    given_label_low: float | None = None
    given_label_high: float | None = None
    n_features: int = 1
    name: str | None = None

    @property
    def key(self) -> str:
        return f"{self.modality}_{self.feature_class}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """One analysis. `groups` are all, `features` the flagged ones; `label` is empty where none was given."""

    training: str
    region: str
    modalities: tuple[str, ...]
    n_patients: int
    n_features: int
    groups: tuple[Line, ...] = ()
    features: tuple[Line, ...] = ()
    label: str = ""
    n_runs: int = 1
    controls: Mapping[str, str] | None = None
    """Group -> flag in runs that learned shuffled labels; None where there were none."""
    shared_change: float | None = None
    """The change that all features share, where it is beyond its error."""
    shared_goes_with_label: bool = False
    most_moved: bool = False
    has_trust: bool = True
    stops: tuple[str, ...] = ()
    drawn: str = ""
    """How the cohort was drawn by a program; empty for real patients."""


def findings_of(session: Session, analysis: Analysis) -> Findings:
    """Read them from the rows of an analysis."""
    report = report_of(analysis)
    cohort = session.get_one(Cohort, analysis.cohort_id)
    protocol = protocol_of(cohort)
    trust = report.trust
    common = _shared_change(report)
    label = None if trust is None else trust.label
    given = () if label is None else label.label
    left = None if label is None else label.shared_change_given_label
    controls = None if trust is None or trust.controls is None else trust.controls.groups
    return Findings(
        training=lay_words.training(protocol, analysis.task),
        region=lay_words.region(analysis.roi),
        modalities=tuple(report.modalities),
        n_patients=report.n_patients,
        n_features=report.n_features,
        groups=_groups(session, analysis),
        features=_features(session, analysis),
        label=lay_words.label(protocol, analysis.task, given),
        n_runs=1 if trust is None or trust.runs is None else trust.runs.n_runs,
        controls=None if controls is None else {one.group: one.flag for one in controls},
        shared_change=common,
        shared_goes_with_label=common is not None and left is not None and abs(left) <= abs(common) / 2,
        most_moved=any(alert.code == "most_groups_moved" for alert in report.alerts),
        has_trust=trust is not None,
        stops=tuple(alert.code for alert in report.alerts if alert.rank == "stop"),
        drawn=_drawn(cohort),
    )


def _drawn(cohort: Cohort) -> str:
    """Its note; that of drawn tables lists groups by code, which tells a clinician nothing."""
    if not cohort.note or cohort.kind == "images":
        return cohort.note
    return "The tables were drawn by a program, which knows the changes it put in."


def _shared_change(report: Report) -> float | None:
    trust = report.trust
    if trust is None or trust.shared_change is None or trust.shared_change_se is None:
        return None
    change, error = abs(trust.shared_change), trust.shared_change_se
    return trust.shared_change if change >= SHARED_CHANGE and change >= Z95 * error else None


def _groups(session: Session, analysis: Analysis) -> tuple[Line, ...]:
    groups(session, analysis.id)  # raises Damaged where one is missing
    table = AnalysisGroup
    wanted = select(table).where(table.analysis_id == analysis.id, table.grouping == "modality_class")
    rows = session.scalars(wanted.order_by(table.group)).all()
    return tuple(_group(row) for row in rows if row.values.get("flag") is not None)


def _group(row: AnalysisGroup) -> Line:
    modality, _, feature_class = row.group.rpartition("_")
    of = row.values.get
    return Line(
        modality, feature_class, of("flag", ""), of("trust_r2_pre"), of("trust_r2_ft"), of("delta_r2"),
        of("delta_r2_low"), of("delta_r2_high"), of("effect"), of("se"), of("n_runs_agree"),
        of("given_label_low"), of("given_label_high"), of("n_features", 0),
    )  # fmt: skip


def _features(session: Session, analysis: Analysis) -> tuple[Line, ...]:
    """The flagged features, the largest effect first."""
    row = AnalysisFeature
    found = session.scalars(
        select(row)
        .where(row.analysis_id == analysis.id, row.flag.in_(FLAGGED))
        .order_by(func.abs(trust_effect()).desc(), row.k)
        .limit(SHOWN_FEATURES)
    )
    return tuple(
        Line(
            one.modality, one.feature_class, one.flag or "", one.r2_pre, one.r2_ft, one.delta_r2, one.delta_r2_low,
            one.delta_r2_high, one.effect if one.effect_shrunk is None else one.effect_shrunk, one.se,
            one.n_runs_agree, one.given_label_low, one.given_label_high, 1, one.feature,
        )
        for one in found
    )  # fmt: skip
