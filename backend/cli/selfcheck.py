"""`radiomiclens selfcheck`: what could a study of this size have seen? Known changes, planted and looked for."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from backend.cli.analyze_tables import one_thread_each, progress_line

if TYPE_CHECKING:
    import pandas as pd

MEASURES = ("auc", "precision_at_k", "group_auc", "false_positives", "power", "false_share")
SHORT = ("AUC", "prec@k", "group AUC", "false pos.", "power", "false share")


def selfcheck(
    patients: Annotated[int, typer.Option(min=20, help="Patients of the simulated cohorts.")] = 200,
    dimensions: Annotated[int, typer.Option(min=2, help="Embedding dimensions.")] = 768,
    features: Annotated[int, typer.Option(min=18, max=837, help="Radiomic features of each of 3 modalities.")] = 60,
    repeated: Annotated[float, typer.Option(min=0, max=1, help="Share of patients with a second study.")] = 0.0,
    seeds: Annotated[int, typer.Option(min=1, help="Simulated cohorts of each scenario.")] = 3,
    scenario: Annotated[
        list[str] | None, typer.Option(help="What fine-tuning did; planted_all and null_all unless told.")
    ] = None,
    hidden: Annotated[int, typer.Option(min=1, help="Hidden units of the paper's shared projection.")] = 128,
    bootstrap: Annotated[int, typer.Option(min=2, help="Bootstrap replicates.")] = 200,
    folds: Annotated[int, typer.Option(min=2, help="Cross-validation folds.")] = 5,
    repeats: Annotated[int, typer.Option(min=1, help="Repeats of the cross-validation.")] = 3,
    threads: Annotated[
        int, typer.Option(min=1, help="Bootstrap replicates computed at a time; no more than the cores you own.")
    ] = 1,
    out: Annotated[Path | None, typer.Option(help="Write the outcome of every cohort to this CSV.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """What could this study have seen? Plants known changes in simulated cohorts of your size and looks for them.

    The trust effect stands beside the estimators it replaces. Power and false positives are those of flags; a cohort
    is simulated from random factors, so read the figures as an order of magnitude, not as your study's own.
    """
    one_thread_each()
    import pandas as pd

    from backend.science.lens_settings import LensSettings
    from backend.science.selfcheck import self_check, summary

    settings = LensSettings(hidden=hidden, bootstrap=bootstrap, folds=folds, repeats=repeats, threads=threads)
    scenarios = tuple(scenario or ("planted_all", "null_all"))
    shown = progress_line(sys.stderr)
    outcomes = self_check(patients, dimensions, features, seeds, settings, scenarios, repeated, shown)
    means = summary(outcomes)
    if out is not None:
        pd.DataFrame(outcomes).to_csv(out, index=False)
    if as_json:
        typer.echo(json.dumps(json.loads(means.to_json(orient="records")), ensure_ascii=False))
        return
    typer.echo(f"{patients} patients, {dimensions} dimensions, {3 * features} features, {seeds} cohorts a scenario\n")
    typer.echo(_table(means))
    typer.echo("\n" + _verdict(means, patients))


def _table(means: "pd.DataFrame") -> str:
    lines = [f"{'':<36}" + "".join(f"{name:>12}" for name in SHORT)]
    for row in means.to_dict("records"):
        cells = "".join(f"{'–' if row[name] != row[name] else format(row[name], '.2f'):>12}" for name in MEASURES)
        lines.append(f"{row['scenario'] + ': ' + row['estimator']:<36}{cells}")
    return "\n".join(lines)


def _verdict(means: "pd.DataFrame", patients: int) -> str:
    """The power statement."""
    rows = means[(means["estimator"] == "trust effect") & means["power"].notna()]
    if rows.empty:
        return "Nothing was planted in these scenarios, so there is no power to state."
    power, area = float(rows["power"].min()), float(rows["group_auc"].min())
    groups = "groups can be read" if area >= 0.9 else "even groups are uncertain"
    return (
        f"With {patients} patients a feature whose group was changed is flagged in {power:.0%} of cases; {groups} "
        f"(AUC {area:.2f})."
    )
