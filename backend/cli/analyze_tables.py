"""`radiomiclens analyze-tables`: the whole analysis on files, without server or database, offline."""

import json
import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from backend.cli.bootstrap_gone import Bootstrap
from backend.cli.hidden_units import Hidden, hidden_units
from backend.cli.table_options import (
    IdFile,
    LesionRule,
    ModalityFrom,
    ModalityName,
    ModalityOrder,
    PatientColumn,
    RadiomicsFiles,
    RegionName,
    StudyColumn,
    radiomics_files,
    table_options,
)
from backend.cli.table_progress import one_thread_each, progress_line
from backend.errors import BadSettings


def analyze_tables(
    pre: Annotated[Path, typer.Option(help="Embeddings of the pre-trained encoder: study_id, patient_id, e000 ...")],
    ft: Annotated[
        list[Path],
        typer.Option(help="Embeddings of the fine-tuned encoder, same studies. Repeat for more runs of one recipe."),
    ],
    radiomics: RadiomicsFiles,
    out: Annotated[Path, typer.Option(file_okay=False, help="Folder for the result files.")],
    clinical: Annotated[
        Path | None, typer.Option(help="Clinical table; its split and its center column are used if filled.")
    ] = None,
    modality: ModalityName = None,
    modality_from: ModalityFrom = None,
    modality_order: ModalityOrder = None,
    study_id_column: StudyColumn = None,
    patient_id_column: PatientColumn = None,
    lesions: LesionRule = None,
    id_file: IdFile = None,
    label: Annotated[
        list[str] | None,
        typer.Option(
            help="Clinical column that the task learned: adds the change given it. NAME=class or NAME=number says "
            "what it holds."
        ),
    ] = None,
    covariate: Annotated[
        list[str] | None,
        typer.Option(
            help="Clinical column that every decoding is given, such as the centre; none = not even that. Repeat."
        ),
    ] = None,
    control: Annotated[
        list[Path] | None,
        typer.Option(help="Embeddings of a run on shuffled labels: what nothing looks like. Repeat for more."),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the split and of the shared projection.")] = 0,
    head: Annotated[
        Path | None,
        typer.Option(
            help="The task's linear head (.npz, .safetensors or .csv) of the one --ft, to ask which features it uses."
        ),
    ] = None,
    hidden: Hidden = "128",
    epochs: Annotated[int, typer.Option(min=1, help="Epochs of the shared projection.")] = 200,
    learning_rate: Annotated[float, typer.Option(help="Learning rate of the shared projection.")] = 1e-3,
    batch_size: Annotated[int, typer.Option(min=1, help="Batch size of the shared projection.")] = 64,
    l1: Annotated[float, typer.Option(min=0, help="L1 penalty on the shared projection's weights.")] = 1e-6,
    l2: Annotated[float, typer.Option(min=0, help="L2 penalty on the shared projection's weights.")] = 1e-5,
    sweep: Annotated[bool, typer.Option("--sweep", help="Choose l1 and l2 on validation studies (24 fits).")] = False,
    standardise_x: Annotated[
        Literal["pre", "none"],
        typer.Option(
            help="Z-score embeddings by pre-trained statistics (recommended), or leave them as the paper does."
        ),
    ] = "pre",
    bias: Annotated[bool, typer.Option("--bias", help="Give the decoders a bias column (the paper has none).")] = False,
    per_group_share: Annotated[
        bool,
        typer.Option("--per-group-share", help="One shared projection for each class row and filter row of Table 1."),
    ] = False,
    theta_on: Annotated[
        Literal["train", "all"], typer.Option(help="Studies that the exported theta and importances are solved on.")
    ] = "train",
    intersect: Annotated[
        bool, typer.Option("--intersect", help="Keep the studies that all tables share instead of refusing.")
    ] = False,
    threads: Annotated[
        int, typer.Option(min=1, help="Fits of the trust block computed at a time; no more than the cores you own.")
    ] = 1,
    task: Annotated[str | None, typer.Option(help="What the encoder was fine-tuned for, for the report.")] = None,
    roi: RegionName = None,
    paper_only: Annotated[
        bool, typer.Option("--paper-only", help="The paper's numbers alone, without the trust block.")
    ] = False,
    bootstrap: Bootstrap = None,  # noqa: ARG001 (its callback refuses it)
    folds: Annotated[int, typer.Option(min=2, help="Cross-validation folds of the task's head, by patient.")] = 5,
    repeats: Annotated[int, typer.Option(min=1, help="Repeats of these folds.")] = 3,
    icc: Annotated[
        Path | None,
        typer.Option(
            help="Repeatability: a CSV of feature, icc; or of subject, repeat and features (test-retest), from which "
            "ICC(3,1) is computed."
        ),
    ] = None,
    decoder: Annotated[
        list[str] | None,
        typer.Option(
            help="ridge or kernel: decoders of the trust block. Flags are always the ridge's; kernel (Gaussian kernel "
            "ridge, the time of one decoding more) puts its R² beside it."
        ),
    ] = None,
    checkpoint: Annotated[
        list[str] | None,
        typer.Option(help="NAME=FILE, embeddings at a checkpoint of the run; repeat in order. Writes a trajectory."),
    ] = None,
    stage: Annotated[
        list[str] | None,
        typer.Option(help="NAME=PRE,FT, embeddings of an encoder stage before and after; repeat. Writes a trajectory."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print report.json instead of the summary.")] = False,
) -> None:
    """What did fine-tuning change? The paper's analysis on three tables, and how far it can be trusted.

    ΔI is a weight norm, not explanatory power: a feature that is written more strongly into the embedding can lose
    importance. The trust effect says what can be decoded more or less than before, beyond the change all features
    share, with an interval and a flag. With --label it also says which part of a change goes with the label.
    """
    one_thread_each()
    from backend.cli.analysis_summary import summary
    from backend.cli.trajectory import named_files, write_trajectories
    from backend.science.analysis.analyse import LensSettings, analyse
    from backend.science.analysis.beside import beside_of
    from backend.science.analysis.report_json import to_json
    from backend.science.report.report_html import write_report
    from backend.science.report.result_files import write_results
    from backend.science.tables.table_set import Files, read_tables
    from backend.science.trust.erasure.linear_head import read_head
    from backend.science.trust.icc_table import read_icc

    settings = LensSettings(
        hidden=hidden_units(hidden),
        epochs=epochs,
        learning_rate=learning_rate,
        batch_size=batch_size,
        l1=l1,
        l2=l2,
        standardise_x=standardise_x,
        sweep=sweep,
        bias=bias,
        per_group_share=per_group_share,
        theta_on=theta_on,
        intersect=intersect,
        seed=seed,
        threads=threads,
        trust=not paper_only,
        folds=folds,
        repeats=repeats,
        decoders=tuple(dict.fromkeys(name for name in decoder or () if name != "ridge")),
        task=task,
        roi=roi,
    )
    checkpoints, stages = named_files(checkpoint or [], "--checkpoint", 1), named_files(stage or [], "--stage", 2)
    if (checkpoints or stages) and paper_only:
        raise BadSettings("A trajectory belongs to the trust block; leave out --paper-only.")
    if paper_only and (label or covariate or control or head or len(ft) > 1):
        raise BadSettings("Labels, heads, runs and controls belong to the trust block; leave out --paper-only.")
    if head and len(ft) > 1:
        raise BadSettings("A head reads the embeddings of its own run; give one --ft with --head.")
    options = table_options(modality, modality_from, study_id_column, patient_id_column, lesions, id_file)
    read = read_tables(Files(pre, ft, radiomics_files(radiomics), clinical, control or []), options)
    for line in read.said():
        typer.echo(line, err=True)
    radiomics_read = read.radiomics.in_order(modality_order.split(",")) if modality_order else read.radiomics
    repeatability = read_icc(icc) if icc else None
    known = read.clinical
    if known:
        known.check_patients(read.pre)
    split = known.split() if known else None
    if known is None and (label or covariate):
        raise typer.BadParameter("a label or covariate is a column of --clinical; give that table too.")
    beside = beside_of(known, label or [], covariate, read.controls, read_head(head) if head else None)
    analysis = analyse(
        read.pre, list(read.ft), radiomics_read, settings, split, progress_line(sys.stderr), repeatability, beside
    )
    files = [*write_results(analysis, out), write_report(analysis, out)]
    sentences = write_trajectories(read, checkpoints, stages, options, settings, out)
    typer.echo(json.dumps(to_json(analysis.report), ensure_ascii=False) if as_json else summary(analysis, files))
    if sentences and not as_json:
        typer.echo("\n" + "\n".join(sentences))
