"""How the numbers of an analysis are made again from its tables: the command, and the same as a cell of a notebook."""

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from backend.science.analysis.report import Report
from backend.science.analysis.subgroup_text import subgroup_words
from backend.science.lens.settings import LensSettings
from backend.science.types import MODALITIES

REPLICATED = "replicated"
"""The folder that the command writes."""
OPTIONS = ("hidden", "epochs", "l1", "l2", "standardise_x", "theta_on", "seed", "folds", "repeats")
SWITCHES = ("sweep", "bias", "per_group_share")


@dataclass(frozen=True, slots=True)
class ReplicationFiles:
    """Files of an analysis by what they are, beside the script: `tables` as the report's inputs name them."""

    tables: Mapping[str, PurePosixPath]
    clinical: PurePosixPath | None = None
    head: PurePosixPath | None = None
    icc: PurePosixPath | None = None

    def of(self, start: str) -> list[PurePosixPath]:
        """The tables of one kind in their order: `ft` gives ft, ft_2, ..."""
        return [path for name, path in self.tables.items() if name == start or name.startswith(f"{start}_")]


@dataclass(frozen=True, slots=True)
class OfSubgroup:
    """The subgroup of a stored cohort that the tables hold, and the words of the command that chooses it there."""

    words: str
    n_patients: int
    n_patients_all: int
    command: Sequence[str]


@dataclass(frozen=True, slots=True)
class Columns:
    """Names of clinical columns; a class whose names are numbers is written `NAME=class`."""

    label: Sequence[str] = ()
    covariates: Sequence[str] = ()


def command(settings: LensSettings, files: ReplicationFiles, columns: Columns, modalities: Sequence[str]) -> list[str]:
    """The words of `radiomiclens analyze-tables` that give the same numbers; settings of their default are left out."""
    words = ["radiomiclens", "analyze-tables", "--pre", str(files.tables["pre"])]
    for option, start in (("--ft", "ft"), ("--control", "control"), ("--radiomics", "radiomics")):
        words += [word for path in files.of(start) for word in (option, str(path))]
    words += ["--modality-order", ",".join(modalities)] if tuple(modalities) != MODALITIES else []
    for option, path in (("--clinical", files.clinical), ("--head", files.head), ("--icc", files.icc)):
        words += [option, str(path)] if path else []
    if files.clinical and settings.trust:
        words += [word for name in columns.label for word in ("--label", name)]
        words += [word for name in columns.covariates or ["none"] for word in ("--covariate", name)]
    return [*words, *_options(settings), "--out", REPLICATED]


def _options(settings: LensSettings) -> list[str]:
    """Settings as options that both commands take; those of their default are left out."""
    usual, words = LensSettings(), list[str]()
    for name in OPTIONS:
        value = getattr(settings, name)
        if value != getattr(usual, name):
            words += [f"--{name.replace('_', '-')}", "auto" if name == "hidden" and value == 0 else str(value)]
    words += [f"--{name.replace('_', '-')}" for name in SWITCHES if getattr(settings, name)]
    words += [] if settings.trust else ["--paper-only"]
    words += [word for name in settings.decoders for word in ("--decoder", name)]
    for option, named in (("--task", settings.task), ("--roi", settings.roi)):
        words += [option, named] if named else []
    return words


def of_subgroup(report: Report, settings: LensSettings, cohort: str, columns: Columns, runs: bool) -> OfSubgroup | None:
    """The part of a stored cohort that the tables hold, and how `analyze` chooses it; None for all of it."""
    chosen = report.subgroup
    if chosen is None:
        return None
    words = ["radiomiclens", "analyze", cohort, "--where", chosen.where, *_options(settings)]
    words += ["--runs"] if runs else []
    if settings.trust:
        words += [word for name in columns.label or ["none"] for word in ("--label", name)]
        words += [word for name in columns.covariates or ["none"] for word in ("--covariate", name)]
    return OfSubgroup(subgroup_words(report), report.n_patients, chosen.n_patients_all, words)


def script(words: Sequence[str], files: ReplicationFiles, subgroup: OfSubgroup | None = None) -> str:
    """A shell script that runs the command, and checks the stored numbers against what lies beside them."""
    part = "" if subgroup is None else f"# On the server, from the whole cohort: {shlex.join(subgroup.command)}\n"
    named = [word for name, path in files.tables.items() for word in ("--input", f"{name}={path}")]
    return (
        "#!/bin/sh\n# Makes the numbers of this folder again, then checks those that are stored.\n"
        f"{part}"
        f'set -eu\ncd "$(dirname "$0")"\n{shlex.join(words)}\n'
        f"{shlex.join(['radiomiclens', 'verify', '.', '--made-again', REPLICATED, *named])}\n"
    )


def cell(settings: LensSettings, files: ReplicationFiles, columns: Columns, modalities: Sequence[str]) -> str:
    """The same as a cell of a notebook, by the library."""
    usual = LensSettings()
    changed = [
        f"{name}={getattr(settings, name)!r}"
        for name in (*OPTIONS, *SWITCHES, "trust", "decoders", "task", "roi")
        if getattr(settings, name) != getattr(usual, name)
    ]
    runs = files.of("ft")
    lines = [
        f'    pre="{files.tables["pre"]}",',
        f"    ft={[str(path) for path in runs]!r}," if len(runs) > 1 else f'    ft="{runs[0]}",',
        f'    radiomics="{files.tables["radiomics"]}",',
    ]
    lines += [f"    modality_order={list(modalities)!r},"] if tuple(modalities) != MODALITIES else []
    for name, path in (("clinical", files.clinical), ("head", files.head), ("icc", files.icc)):
        lines += [f'    {name}="{path}",'] if path else []
    if files.clinical and settings.trust:
        lines += [f"    label={list(columns.label)!r}, covariates={list(columns.covariates)!r},"]
    if controls := files.of("control"):
        lines.append(f"    controls={[str(path) for path in controls]!r},")
    lines.append(f"    settings=rl.LensSettings({', '.join(changed)}),")
    body = "\n".join(lines)
    return f"import radiomiclens as rl\n\nresult = rl.analyze(\n{body}\n)\nprint(*result.sentences(), sep='\\n')\n"


def readme(
    title: str, n_studies: int, analysis_id: str, changed: Sequence[str], subgroup: OfSubgroup | None = None
) -> str:
    """What is in the folder, for whoever receives it; `changed` inputs hold the analysed studies only."""
    part = (
        ""
        if subgroup is None
        else f"\n**A subgroup:** {subgroup.words} ({subgroup.n_patients} of {subgroup.n_patients_all} patients). The "
        "tables hold these patients only. On the server the same is chosen from the whole cohort by\n\n"
        f"```\n{shlex.join(subgroup.command)}\n```\n"
    )
    notes = (
        f"\n**Changed since:** {', '.join(changed)}. Studies were added, excluded or measured again after this "
        "analysis. The tables hold the analysed studies as they are now, so the numbers can differ.\n"
        if changed
        else ""
    )
    return f"""# {title}, {n_studies} studies

Analysis `{analysis_id}` of RadiomicLens.
{part}
| file | what it is |
|---|---|
| `report.html` | the answer, to read in a browser |
| `ranking.csv`, `groups.csv` | every feature and every group |
| `report.json` | settings, versions, hashes of the inputs, findings |
| `decoders.safetensors`, `evidence.safetensors`, `influence.npz` | what the numbers stand on |
| `figures/` | figures for a paper (one or two columns) and a slide |
| `methods.md`, `references.bib` | methods text with the numbers filled in, and its references |
| `inputs/` | the tables that were read |
| `replicate.sh`, `replicate.py` | the command, and the notebook cell, that make the numbers again |
| `SHA256SUMS` | checksums, for `sha256sum -c` |

`sh replicate.sh` needs RadiomicLens in the version that report.json names.
{notes}"""
