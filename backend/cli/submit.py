"""`radiomiclens extract | analyze COHORT`: submits a job, straight on the data folder."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal, TypeVar

import typer
from pydantic import ValidationError

from backend.cli.bootstrap_gone import Bootstrap
from backend.cli.data_dir import DataDir, settings_of
from backend.cli.follow_job import AsJson, Wait, cohort_id, protocol_of_id, submit
from backend.cli.hidden_units import Hidden, hidden_units
from backend.errors import BadSettings
from shared import schemas as s

OPTIONS = {
    "covariates": "covariate",
    "rois": "roi",
    "decoders": "decoder",
    "size_zyx": "size",
    "spacing_zyx_mm": "spacing",
    "input": "size",
}
"""Fields of requests whose option has another name."""
T = TypeVar("T", bound=s.Schema)
CohortName = Annotated[str, typer.Argument(help="Name of the cohort.", metavar="COHORT")]
Epochs = Annotated[int, typer.Option(min=1, help="Epochs.")]
Seed = Annotated[int, typer.Option(min=0, help="Seed of every random draw.")]


def extract(
    cohort: CohortName,
    roi: Annotated[
        list[str] | None, typer.Option(help="A region of the cohort's protocol, such as gland; all unless told.")
    ] = None,
    settings: Annotated[str, typer.Option(help="Radiomics settings: paper, or a PyRadiomics YAML file.")] = "paper",
    shape: Annotated[bool, typer.Option("--shape", help="Shape features, too.")] = False,
    wait: Wait = False,
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """Extract radiomics of every accepted case of COHORT; what is cached is reused."""
    from backend.science.radiomics.parameters.parameter_file import read_file

    chosen, file = settings_of(data_dir), Path(settings)
    own = {} if settings == "paper" else {"settings": file.name, "yaml": read_file(file)}
    known = cohort_id(chosen, cohort)
    fields = {
        "cohort_id": known,
        "rois": roi or list(protocol_of_id(chosen, known).rois),
        "shape": shape,
    } | own
    submit(chosen, checked(s.ExtractParams, fields), wait=wait, as_json=as_json)


def analyze(
    cohort: CohortName,
    task: Annotated[
        str, typer.Option(help="A target of the cohort's protocol, such as pirads, or the task of imported tables.")
    ],
    roi: Annotated[str, typer.Option(help="Region the radiomics come from.")],
    hidden: Hidden = "128",
    epochs: Epochs = 200,
    l1: Annotated[float, typer.Option(min=0, help="L1 penalty.")] = 1e-6,
    l2: Annotated[float, typer.Option(min=0, help="L2 penalty.")] = 1e-5,
    standardise_x: Annotated[Literal["pre", "none"], typer.Option(help="Z-score embeddings by pre, or not.")] = "pre",
    theta_on: Annotated[Literal["train", "all"], typer.Option(help="Studies theta is solved on.")] = "train",
    bias: Annotated[bool, typer.Option("--bias", help="Decoders with an intercept.")] = False,
    per_group_share: Annotated[
        bool, typer.Option("--per-group-share", help="One projection a row of Table 1.")
    ] = False,
    sweep: Annotated[bool, typer.Option("--sweep", help="Choose l1 and l2 on validation patients.")] = False,
    paper_only: Annotated[
        bool, typer.Option("--paper-only", help="The paper's numbers alone, without the trust block.")
    ] = False,
    label: Annotated[
        list[str] | None,
        typer.Option(help="Clinical column of what the task learned; the task's own unless told, none for no label."),
    ] = None,
    covariate: Annotated[
        list[str] | None,
        typer.Option(help="Clinical column every decoding is given; the centre unless told, none for no covariate."),
    ] = None,
    where: Annotated[
        str | None,
        typer.Option(help="Subgroup: conditions on cases, such as 'psa>10,center=A|B'; all unless told."),
    ] = None,
    runs: Annotated[bool, typer.Option("--runs", help="All runs of the recipe and their controls.")] = False,
    bootstrap: Bootstrap = None,  # noqa: ARG001 (its callback refuses it)
    folds: Annotated[int, typer.Option(min=2, help="Cross-validation folds of the task's head.")] = 5,
    repeats: Annotated[int, typer.Option(min=1, help="Repeats of these folds.")] = 3,
    decoder: Annotated[list[str] | None, typer.Option(help="kernel: R² beside the ridge's, whose flags stay.")] = None,
    icc: Annotated[
        str | None, typer.Option(help="Repeatability: a CSV of feature, icc, or of test and retest.")
    ] = None,
    trajectory: Annotated[
        bool, typer.Option("--trajectory", help="Also the trust block along the run's kept checkpoints.")
    ] = False,
    stages: Annotated[bool, typer.Option("--stages", help="Also the trust block in the encoder's stages.")] = False,
    seed: Seed = 0,
    wait: Wait = False,
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """Run the lens on COHORT: embeddings before and after fine-tuning, read through radiomics."""
    chosen = settings_of(data_dir)
    if where is not None and (trajectory or stages):
        raise BadSettings("--trajectory and --stages are of a whole cohort; leave out --where, or them.")
    what: dict[str, object] = {"cohort_id": cohort_id(chosen, cohort), "task": task, "roi": roi}
    how = {
        "hidden": hidden_units(hidden),
        "epochs": epochs,
        "l1": l1,
        "l2": l2,
        "standardise_x": standardise_x,
        "seed": seed,
    }
    switches = {"theta_on": theta_on, "bias": bias, "per_group_share": per_group_share, "sweep": sweep}
    trust: dict[str, object] = {"trust": not paper_only, "folds": folds, "repeats": repeats, "runs": runs}
    trust |= {"label": named_columns(label), "covariates": named_columns(covariate)}
    trust |= {"decoders": [name for name in decoder or () if name != "ridge"]}
    trust |= {"icc": None if icc is None else str(Path(icc).absolute())}
    trust |= {} if where is None else {"where": where}
    courses = [name for name, wanted in (("checkpoints", trajectory), ("stages", stages)) if wanted]
    if courses and paper_only:
        raise BadSettings("--trajectory and --stages belong to the trust block; leave out --paper-only.")
    along = [checked(s.TrajectoryParams, what | {"along": name, "seed": seed}) for name in courses]
    submit(chosen, checked(s.AnalyseParams, what | how | switches | trust), *along, wait=wait, as_json=as_json)


def named_columns(names: list[str] | None) -> list[str] | None:
    """Columns that were asked for: None leaves the choice to the cohort, `none` asks for no column."""
    return [] if names == ["none"] else names


def checked(kind: type[T], fields: Mapping[str, object]) -> T:
    """The parameters, or a usage error (exit code 2) that names the option."""
    try:
        return kind.model_validate(fields)
    except ValidationError as error:
        first = error.errors()[0]
        where = [str(part) for part in first["loc"]]
        name = where[1] if where[0] == "input" and len(where) > 1 else where[0]
        option = OPTIONS.get(name, name).replace("_", "-")
        raise typer.BadParameter(f"{first['msg']}.", param_hint=f"--{option}") from None
