"""`radiomiclens selfcheck`: what could a study of this size have seen? Known changes, planted and looked for."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from backend.cli.bootstrap_gone import Bootstrap
from backend.cli.table_progress import one_thread_each, progress_line

if TYPE_CHECKING:
    import pandas as pd

    from backend.science.power.power import StudySize

MEASURES = ("auc", "group_auc", "power", "group_power", "false_positives", "group_false_positives", "false_share")
SHORT = ("AUC", "group AUC", "power", "group power", "false pos.", "group f. p.", "false share")


def selfcheck(
    patients: Annotated[int, typer.Option(min=20, help="Patients of the simulated cohorts.")] = 200,
    width: Annotated[int, typer.Option("--width", "--dimensions", min=2, help="Embedding dimensions.")] = 768,
    features: Annotated[int, typer.Option(min=18, max=837, help="Radiomic features of each modality.")] = 60,
    modalities: Annotated[int, typer.Option(min=1, max=20, help="Modalities that have them.")] = 3,
    repeated: Annotated[float, typer.Option(min=0, max=1, help="Share of patients with a second study.")] = 0.0,
    signal: Annotated[
        float | None,
        typer.Option(
            min=0.001, max=0.95, help="Median R² before fine-tuning to simulate; the worlds' own unless told."
        ),
    ] = None,
    label: Annotated[
        bool, typer.Option("--label", help="The label is known, and some untouched features go with it.")
    ] = False,
    like: Annotated[
        Path | None,
        typer.Option(
            file_okay=False,
            help="A results folder: takes patients, width, modalities, features, signal and label from it.",
        ),
    ] = None,
    seeds: Annotated[int, typer.Option(min=1, help="Simulated cohorts of each scenario.")] = 10,
    scenario: Annotated[
        list[str] | None, typer.Option(help="What fine-tuning did; planted_all and null_all unless told.")
    ] = None,
    hidden: Annotated[int, typer.Option(min=1, help="Hidden units of the paper's shared projection.")] = 128,
    bootstrap: Bootstrap = None,  # noqa: ARG001 (its callback refuses it)
    out: Annotated[Path | None, typer.Option(help="Write the outcome of every cohort to this CSV.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """What could this study have seen? Plants known changes in simulated cohorts of your size and looks for them.

    The trust effect is measured in every cohort; the paper's numbers stand beside it in the first two of a scenario.
    Power and false positives are those of flags, probable ones too. Worlds differ: read the figures as an order of
    magnitude, not as your study's own.
    """
    one_thread_each()
    import pandas as pd

    from backend.science.power.power import StudySize, study_power
    from backend.science.text_format import of_modalities

    size = StudySize(patients, width, features, repeated, signal, label, modalities) if like is None else _size_of(like)
    scenarios = tuple(scenario or ("planted_all", "null_all"))
    found = study_power(size, seeds, scenarios, hidden, progress_line(sys.stderr))
    if out is not None:
        pd.DataFrame(found.outcomes).to_csv(out, index=False)
    if as_json:
        typer.echo(json.dumps(json.loads(found.means.to_json(orient="records")), ensure_ascii=False))
        return
    typer.echo(
        f"{size.patients} patients, {size.width} dimensions, {size.features} features "
        f"of {of_modalities(size.modalities)}, {seeds} cohorts a scenario; "
        f"the median feature is decoded with R² {found.r2_median:.2f} before\n"
    )
    typer.echo(_table(found.means))
    typer.echo("\n" + found.sentence)


def _size_of(folder: Path) -> "StudySize":
    """The size and signal of a finished analysis, from its report.json and ranking.csv."""
    import pandas as pd

    from backend.errors import BadFile
    from backend.science.analysis.report_json import from_json
    from backend.science.power.power import StudySize

    try:
        report = from_json(json.loads((folder / "report.json").read_text("utf-8")))
        r2_pre = pd.read_csv(folder / "ranking.csv")["r2_pre"].tolist()
        label = report.trust is not None and report.trust.label is not None
        return StudySize.like(
            report.n_studies,
            report.n_patients,
            report.n_features,
            report.width,
            r2_pre,
            label,
            len(report.modalities),
        )
    except (OSError, ValueError, KeyError) as error:
        raise BadFile(
            f"{folder.name} is no results folder of analyze-tables with its trust block; give one with report.json and "
            "ranking.csv."
        ) from error


def _table(means: "pd.DataFrame") -> str:
    lines = [f"{'':<36}" + "".join(f"{name:>12}" for name in SHORT)]
    for row in means.to_dict("records"):
        cells = "".join(f"{'–' if row[name] != row[name] else format(row[name], '.2f'):>12}" for name in MEASURES)
        lines.append(f"{row['scenario'] + ': ' + row['estimator']:<36}{cells}")
    return "\n".join(lines)
