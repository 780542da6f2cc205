"""One line a group (modality x class) of the report: effect, given the label, each run, and the controls beside."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from backend.science.analysis.report_trust import TrustReport
from backend.science.report.protocol_words import OTHER_COLOUR
from backend.science.tables.glossary import CLASS_LABELS
from backend.science.text_format import number, signed


@dataclass(frozen=True, slots=True)
class Interval:
    """A number with the ends of its 95 % interval."""

    value: float
    low: float
    high: float

    @property
    def words(self) -> str:
        """`+0.08 (0.02 to 0.14)`."""
        return f"{signed(self.value)} {self.range}"

    @property
    def range(self) -> str:
        """`0.02 to 0.14`."""
        return f"[{number(self.low)}, {number(self.high)}]"


@dataclass(frozen=True, slots=True)
class GroupLine:
    """What the report shows of one group; parts that were not asked for are None or empty."""

    name: str
    colour: str
    r2_pre: float
    r2_ft: float
    delta_r2: Interval
    effect: Interval
    q: float | None
    flag: str
    given_label: Interval | None
    by_run: tuple[float, ...]
    n_runs_agree: int | None
    control: Interval | None
    control_flag: str | None


def group_lines(groups: pd.DataFrame, trust: TrustReport, colours: Mapping[str, str]) -> list[GroupLine]:
    """The groups with the largest effect first; `colours` by modality."""
    runs = {} if trust.runs is None else {one.group: one for one in trust.runs.groups}
    controls = {} if trust.controls is None else {one.group: one for one in trust.controls.groups}
    rows = groups[groups["grouping"] == "modality_class"].sort_values("effect", ascending=False, kind="stable")
    lines = []
    for row in rows.to_dict("records"):
        group = str(row["group"])
        own, control = runs.get(group), controls.get(group)
        modality, _, feature_class = group.rpartition("_")
        lines.append(
            GroupLine(
                name=f"{modality} {CLASS_LABELS.get(feature_class, feature_class)}",
                colour=colours.get(modality, OTHER_COLOUR),
                r2_pre=row["trust_r2_pre"],
                r2_ft=row["trust_r2_ft"],
                delta_r2=Interval(row["delta_r2"], row["delta_r2_low"], row["delta_r2_high"]),
                effect=Interval(row["effect"], row["ci_low"], row["ci_high"]),
                q=_known(row.get("q")),
                flag=str(row["flag"]),
                given_label=_interval(
                    row.get("effect_given_label"), row.get("given_label_low"), row.get("given_label_high")
                ),
                by_run=() if own is None else own.by_run,
                n_runs_agree=None if own is None else own.n_runs_agree,
                control=None if control is None else _interval(control.effect, control.ci_low, control.ci_high),
                control_flag=None if control is None else control.flag,
            )
        )
    return lines


def _interval(value: Any, low: Any, high: Any) -> Interval | None:
    numbers = [_known(one) for one in (value, low, high)]
    known = [one for one in numbers if one is not None]
    return Interval(*known) if len(known) == len(numbers) else None


def _known(value: Any) -> float | None:
    return None if value is None or pd.isna(value) else float(value)
