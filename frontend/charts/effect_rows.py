"""Groups with their readings: effect, the effect given the label, every run alone, and what control runs show."""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from frontend.text import labels, numbers
from shared import schemas as s

Interval = tuple[float, float, float]
"""Value, and both ends of its 95 % interval."""


@dataclass(frozen=True, slots=True)
class EffectRow:
    """One group; `control` is its effect in runs on shuffled labels."""

    key: str
    label: str
    effect: Interval
    flag: s.Flag | None
    note: str = ""
    given: Interval | None = None
    by_run: tuple[float, ...] = ()
    runs: tuple[int, int] | None = None  # that agree, of all
    control: Interval | None = None


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


def effect_frame(rows: Sequence[EffectRow]) -> pd.DataFrame:
    """The numbers drawn, one row a group; empty columns are left out."""
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
