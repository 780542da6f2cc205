"""The summary of an analysis of tables, for a terminal."""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from backend.science.analysis.report_rows import GroupRow
    from backend.science.analysis.result import Analysis

MARKS = {"stop": "!!", "warning": "!", "info": "-"}
"""Before the sentence of an alert, by its rank."""


def summary(analysis: "Analysis", files: list[Path]) -> str:
    """What changed in words, Table 1, the alerts and where the files are, for a terminal."""
    from backend.science.alert import ranked
    from backend.science.report.summary_text import overview

    report = analysis.report
    lines = [
        f"{report.n_studies} studies of {report.n_patients} patients, {report.n_features} features, "
        f"{report.hidden} hidden units.",
        *overview(report, analysis.groups),
        "",
        "The paper's decoder; its R² is another one than above:" if report.trust else "The paper's decoder:",
        f"{'':<12}{'features':>9}{'R² pre':>9}{'R² ft':>9}{'MSE pre':>9}{'MSE ft':>9}",
        *(_table_line(row) for row in report.table1),
        report.caption,
        "",
        *(f"{MARKS[alert.rank]} {alert.sentence}" for alert in ranked(report.alerts)),
        *([] if report.trust else ["The trust block (held-out effects, intervals, flags) was left out: --paper-only."]),
        "",
        *(f"{path}" for path in files),
    ]
    return "\n".join(lines)


def _table_line(row: "GroupRow") -> str:
    from backend.science.tables.glossary import CLASS_LABELS
    from backend.science.text_format import number

    numbers = (row.r2_pre, row.r2_ft, row.mse_pre, row.mse_ft)
    cells = "".join(f"{'–' if value is None else number(value):>9}" for value in numbers)
    return f"{CLASS_LABELS.get(row.group, row.group):<12}{row.n_features:>9}{cells}"
