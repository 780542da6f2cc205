"""The rows of an effect chart: effect, the effect given the label, every run alone, and what control runs show."""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from frontend.text import labels, numbers
from shared import schemas as s

Interval = tuple[float, float, float]
"""Value, and both ends of its 95 % interval."""


@dataclass(frozen=True, slots=True)
class EffectRow:
    """One group or feature; `control` is that of the group (of a feature: of its group) in runs on shuffled labels."""

    key: str
    label: str
    effect: Interval
    flag: s.Flag | None
    note: str = ""
    given: Interval | None = None
    by_run: tuple[float, ...] = ()
    runs: tuple[int, int] | None = None  # that agree, of all
    control: Interval | None = None

    @property
    def marks(self) -> list[float]:
        """Every place on the axis that is drawn."""
        given = [] if self.given is None else [self.given[0]]  # a diamond without a line
        return [*self.effect, *self.by_run, *given, *(self.control or ())]


def group_rows(
    groups: Sequence[s.GroupRow], trust: s.TrustSummary | None, modality: str | None = None
) -> list[EffectRow]:
    """Modality by class, largest effect first, with the runs and controls of the analysis."""
    runs, controls = _by_group(trust.runs if trust else None), _by_group(trust.controls if trust else None)
    found = [
        EffectRow(
            row.group,
            labels.group(row.grouping, row.group),
            effect,
            row.flag,
            numbers.counted(row.n_features, "feature"),
            _interval(row.effect_given_label, row.given_label_low, row.given_label_high),
            tuple(runs[row.group].by_run) if row.group in runs else (),
            _agreeing(row),
            _of(controls.get(row.group)),
        )
        for row in groups
        if row.grouping == "modality_class"
        and (modality is None or row.group.startswith(f"{modality}_"))
        and (effect := _interval(row.effect, row.ci_low, row.ci_high)) is not None
    ]
    return sorted(found, key=lambda row: -row.effect[0])


def feature_rows(rows: Sequence[s.RankingRow], trust: s.TrustSummary | None) -> list[EffectRow]:
    """Single features, order kept; the control is that of the feature's group."""
    controls = _by_group(trust.controls if trust else None)
    return [
        EffectRow(
            row.feature,
            row.label,
            effect,
            row.flag,
            "",
            _interval(row.effect_given_label, row.given_label_low, row.given_label_high),
            (),
            _agreeing(row),
            _of(controls.get(group_of(row))),
        )
        for row in rows
        if (effect := _interval(row.effect, row.ci_low, row.ci_high)) is not None
    ]


def group_of(row: s.RankingRow) -> str:
    """The group (modality x class) of a feature, as the report names it."""
    return f"{row.modality}_{row.feature_class}"


def control_of(row: s.RankingRow, trust: s.TrustSummary | None) -> Interval | None:
    """What the control runs show for a feature's group."""
    return _of(_by_group(trust.controls if trust else None).get(group_of(row)))


def effect_frame(rows: Sequence[EffectRow]) -> pd.DataFrame:
    """The numbers drawn, one row a group or feature; empty columns are left out."""
    lines = []
    for row in rows:
        line: dict[str, object] = {"name": row.key, "label": row.label, "flag": row.flag}
        for name, found in (("effect", row.effect), ("given_label", row.given), ("control", row.control)):
            line |= dict(zip((name, f"{name}_low", f"{name}_high"), found or (None,) * 3, strict=True))
        line |= {f"run_{n}": value for n, value in enumerate(row.by_run, start=1)}
        line |= dict(zip(("n_runs_agree", "n_runs"), row.runs or (None, None), strict=True))
        lines.append(line)
    return pd.DataFrame(lines).dropna(axis=1, how="all")


def _by_group(runs: s.RunsSummary | None) -> dict[str, s.GroupEffect]:
    return {} if runs is None else {one.group: one for one in runs.groups}


def _of(found: s.GroupEffect | None) -> Interval | None:
    return None if found is None else _interval(found.effect, found.ci_low, found.ci_high)


def _interval(value: float | None, low: float | None, high: float | None) -> Interval | None:
    return None if value is None or low is None or high is None else (value, low, high)


def _agreeing(row: s.Trusted) -> tuple[int, int] | None:
    """Runs that agree, of all; None for a single run."""
    if row.n_runs is None or row.n_runs < 2 or row.n_runs_agree is None:
        return None
    return row.n_runs_agree, row.n_runs
