"""The report of a stored analysis, and its parts as the wire has them: alerts, Table 1, the trust block."""

from dataclasses import asdict, replace
from typing import Any, TypeVar

from backend.errors import BadFile, Damaged
from backend.models import Analysis
from backend.science.alert import Alert
from backend.science.analysis.report import Report
from backend.science.analysis.report_json import from_json
from backend.science.analysis.report_trust import TrustReport
from shared import schemas as s

Part = TypeVar("Part", bound=s.Schema)
TABLE_ONE_NUMBERS = [name for name in s.TableOneCell.model_fields if name not in ("row", "n_features")]
CHANGED: tuple[s.Flag, ...] = ("stronger", "probable_stronger", "weaker", "probable_weaker", "label_borne")


VERSION_1 = Alert(
    "trust_version_1",
    "Made by version 1 of the trust block: its errors are too wide and its R² is not above chance; analyse again.",
    "Since version 2 every patient is left out in turn, what chance reaches is taken off R², and the task's label and "
    "other runs are known.",
)


def report_of(row: Analysis) -> Report:
    """The report of an analysis, with an alert where its trust block is of version 1.

    Raises `Damaged` where it is incomplete or of a version this program cannot read.
    """
    try:
        report = from_json(row.report)
    except BadFile as error:
        raise Damaged(error.sentence) from error
    if report.version > 1 or report.trust is None:
        return report
    return replace(report, alerts=(VERSION_1, *report.alerts))


def trust_of(row: Analysis) -> TrustReport:
    """The trust part of the report of an analysis that keeps evidence; raises `Damaged` where there is none."""
    trust = report_of(row).trust
    if trust is None:
        raise Damaged("An analysis keeps evidence without a trust block; restore the database from a backup.")
    return trust


def subgroup_of(report: Report) -> s.AnalysedSubgroup | None:
    """The part of its cohort that an analysis read; None for all of it."""
    return None if report.subgroup is None else s.AnalysedSubgroup.model_validate(asdict(report.subgroup))


def n_readable(report: Report) -> int | None:
    """How many features the trust block could read, in a cohort large enough to see a change of theirs."""
    if report.trust is None:
        return None
    return sum(n for flag, n in report.trust.flags.items() if flag not in ("not_decodable", "underpowered", "too_few"))


def n_changed(report: Report) -> int | None:
    """How many features are flagged as gained, lost, or carried because of the label."""
    if report.trust is None:
        return None
    return sum(report.trust.flags.get(flag, 0) for flag in CHANGED)


def alerts(report: Report) -> list[s.Alert]:
    """What a reader must know before believing the numbers; what stops first, notes last."""
    return [s.Alert(level="warning", rank=alert.rank, **alert.as_dict()) for alert in report.alerts]


def table_one(report: Report) -> list[s.TableOneCell]:
    """The rows of the paper's Table 1."""
    return [
        s.TableOneCell.model_validate(
            {"row": row.group, "n_features": row.n_features, **{name: getattr(row, name) for name in TABLE_ONE_NUMBERS}}
        )
        for row in report.table1
    ]


def trust_summary(report: Report) -> s.TrustSummary | None:
    """The trust block as a whole, or None where the analysis was made without it."""
    trust = report.trust
    if trust is None:
        return None
    return s.TrustSummary(
        version=2 if report.version == 2 else 1,
        shared_change=trust.shared_change,
        control_floor=trust.permutation_floor,
        label=[] if trust.label is None else list(trust.label.label),
        covariates=list(trust.covariates),
        runs=_part(s.RunsSummary, trust.runs),
        controls=_part(s.RunsSummary, trust.controls),
        use=_part(s.UseSummary, trust.use),
        new_content=_part(s.ContentSummary, trust.new_content),
        lost_content=_part(s.ContentSummary, trust.lost_content),
        clinical=[s.ClinicalColumn.model_validate(asdict(one)) for one in trust.clinical],
        clinical_left_out=list(trust.clinical_left_out),
        weights_by_stage=[s.StageWeights.model_validate(asdict(one)) for one in trust.weights_by_stage],
        flags=dict(trust.flags),
        representation=dict(trust.representation),
        stability_spearman=trust.stability.spearman,
        stability_top20=trust.stability.top20_overlap,
    )


def _part(schema: type[Part], found: Any) -> Part | None:
    """A part of the report as the wire has it: both have the same fields."""
    return None if found is None else schema.model_validate(asdict(found))
