"""What tables are before anything is computed: kind, ids, columns used and not, what they share, what is missing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

import numpy as np

from backend.errors import BadSettings, Refusal
from backend.science.tables.column_facts import ColumnFacts, columns_of, ids_in
from backend.science.tables.embedding_columns import FEWEST, USUAL, list_column, numbered_groups
from backend.science.tables.feature_columns import feature_of, not_a_feature
from backend.science.tables.long_table import long_names
from backend.science.tables.options import NO_OPTIONS, TableOptions, check_used
from backend.science.tables.read_clinical import read_clinical
from backend.science.tables.read_embeddings import read_embeddings
from backend.science.tables.read_radiomics import read_radiomics
from backend.science.tables.readers import read_columns
from backend.science.tables.shared_ids import Table, studies_of, with_shared_ids
from backend.science.tables.stage_names import stage_named
from backend.science.tables.types import Clinical, Radiomics
from backend.science.tables.upright import lying

TableKind = Literal["embeddings", "radiomics", "clinical", "unknown"]
MOST_NAMED = 20


@dataclass(frozen=True, slots=True)
class TableFacts:
    """What one file is. `problem` says why it cannot be used as it stands; other fields are then as far as known."""

    file: str
    path: Path
    kind: TableKind
    problem: str | None = None
    n_rows: int = 0
    n_studies: int = 0
    n_patients: int = 0
    n_columns: int = 0
    missing_values: int = 0
    modalities: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    unused: tuple[tuple[str, str], ...] = ()
    study_id: frozenset[str] = frozenset()
    content: str = ""
    options: frozenset[str] = frozenset()
    modality: str | None = None
    """What was told of all features of this file."""
    study_column: str = ""
    patient_column: str = ""
    columns: tuple[ColumnFacts, ...] = ()
    """Of a clinical table."""


@dataclass(frozen=True, slots=True)
class Shared:
    """How many studies two files share, and the first of each that the other lacks."""

    first: str
    second: str
    n_shared: int
    only_first: int
    only_second: int
    first_missing: str | None


@dataclass(frozen=True, slots=True)
class TableCheck:
    """Everything `tables check` says."""

    files: tuple[TableFacts, ...]
    shared: tuple[Shared, ...]
    n_common: int
    missing: tuple[str, ...]
    command: str | None = None
    options: TableOptions = field(default=NO_OPTIONS)


def check_tables(paths: Mapping[Path, str | None], options: TableOptions = NO_OPTIONS) -> TableCheck:
    """Look at every file; what one cannot be used for is a sentence in its facts, never an exception.

    paths: each file, with the modality of all its features where it is given (`T2=t2.csv`).
    """
    looked = [_looked_at(path, options, modality) for path, modality in paths.items()]
    tables = [table for _, table in looked if table is not None]
    files = tuple(facts if table is None else _facts(facts, table, tables) for facts, table in looked)
    usable = [one for one in files if one.problem is None]
    lens = [one for one in usable if one.kind in ("embeddings", "radiomics")]
    shared = tuple(_shared(a, b) for i, a in enumerate(usable) for b in usable[i + 1 :])
    common = frozenset.intersection(*(one.study_id for one in lens)) if lens else frozenset()
    missing = (*_missing(files, lens, len(common)), *_useless(files, options))
    partly = any(len(one.study_id) != len(common) for one in lens)
    command = None if missing else _command(usable, options, intersect=partly)
    return TableCheck(files, shared, len(common), missing, command, options)


def _looked_at(path: Path, options: TableOptions, modality: str | None) -> tuple[TableFacts, Table | None]:
    """What one file is as far as its kind and its problem go, and its table."""
    kind: TableKind = "unknown"
    try:
        kind = "radiomics" if modality else kind_of(path)
        table: Table
        if kind == "radiomics":
            table = read_radiomics(path, options, modality)
        else:
            table = read_embeddings(path, options) if kind == "embeddings" else read_clinical(path, options)
    except Refusal as refusal:
        return TableFacts(path.name, path, kind, problem=refusal.sentence, modality=modality), None
    study, patient = ids_in(path, options)
    return TableFacts(path.name, path, kind, modality=modality, study_column=study, patient_column=patient), table


def kind_of(path: Path) -> TableKind:
    """Embeddings, radiomics or clinical, by the names of columns alone; arrays without names are embeddings."""
    columns = read_columns(path, lambda _names: {})
    names = columns.header
    features = [name for name in names if not not_a_feature(name) and feature_of(name)]
    groups = [len(group) for prefix, group in numbered_groups(names).items() if len(group) >= FEWEST or prefix == USUAL]
    dimensions = max(groups, default=0)
    most = USUAL in numbered_groups(names) or 2 * dimensions > len(names) - 2
    if long_names(names) or lying(names) or len(features) > dimensions:
        return "radiomics"
    if (dimensions and most) or columns.matrices or list_column(names):
        return "embeddings"
    return "clinical"


def _facts(facts: TableFacts, table: Table, tables: Sequence[Table]) -> TableFacts:
    """The facts with what the table holds, under ids that the other tables share; a problem where they cannot be."""
    try:
        table = with_shared_ids(table, tables)
    except Refusal as refusal:
        return replace(facts, problem=refusal.sentence)
    values = np.empty((0, 0)) if isinstance(table, Clinical) else table.values
    modalities = {feature.modality for feature in table.features} if isinstance(table, Radiomics) else set()
    return replace(
        facts,
        n_rows=len(table.study_id),
        n_studies=len(set(studies_of(table))),
        n_patients=len(set(table.patient_id)),
        n_columns=len(table.columns),
        missing_values=int((~np.isfinite(values)).sum()),
        modalities=tuple(sorted(modalities)),
        notes=table.notes,
        unused=tuple((one.name, one.why) for one in table.unused),
        study_id=frozenset(studies_of(table)),
        content="" if isinstance(table, Clinical) else table.content_sha256(),
        options=table.options,
        columns=columns_of(table) if isinstance(table, Clinical) else (),
    )


def _shared(a: TableFacts, b: TableFacts) -> Shared:
    apart = sorted(a.study_id ^ b.study_id)
    return Shared(
        a.file,
        b.file,
        len(a.study_id & b.study_id),
        len(a.study_id - b.study_id),
        len(b.study_id - a.study_id),
        apart[0] if apart else None,
    )


def _missing(files: Sequence[TableFacts], lens: Sequence[TableFacts], n_common: int) -> list[str]:
    """What stands between these files and an analysis, a sentence each."""
    found = [f"{one.file} cannot be used as it stands." for one in files if one.problem]
    embeddings = [one for one in lens if one.kind == "embeddings"]
    if len(embeddings) < 2:
        found.append(f"Embeddings before and after fine-tuning are needed; {len(embeddings)} of the two are here.")
    if not any(one.kind == "radiomics" for one in lens):
        found.append("A table of radiomics is needed; none is here.")
    twins = [one.file for i, one in enumerate(embeddings) if one.content in {other.content for other in embeddings[:i]}]
    if twins:
        found.append(f"{twins[0]} holds the same embeddings as another file, so nothing would be compared.")
    if len({one.n_columns for one in embeddings}) > 1:
        widths = ", ".join(f"{one.file} has {one.n_columns}" for one in embeddings)
        found.append(f"The embeddings have different numbers of dimensions: {widths}.")
    if len(lens) > 1 and not n_common:
        found.append("The tables share no study: ids are text, so '001' and '1' differ.")
    return found


def _useless(files: Sequence[TableFacts], options: TableOptions) -> list[str]:
    """The option that no table has a use for, where all could be read."""
    if any(one.problem for one in files):
        return []
    try:
        check_used(options, [one.options for one in files], [one.file for one in files])
    except BadSettings as refusal:
        return [refusal.sentence]
    return []


def _command(usable: Sequence[TableFacts], options: TableOptions, *, intersect: bool) -> str:
    """The command that analyses these files.

    The first embeddings whose name tells no other stage are those before fine-tuning; by their order alone a glob would
    turn every sign, for ft.csv comes before pre.csv.
    """
    from shlex import quote

    words = ["radiomiclens", "analyze-tables"]
    embeddings = [one for one in usable if one.kind == "embeddings"]
    rank = {"pre": 0, None: 1, "ft": 2, "control": 3}
    first, *rest = sorted(embeddings, key=lambda one: rank[stage_named(one.file)])
    words += ["--pre", str(first.path)]
    for n, one in enumerate(rest):
        words += ["--control" if n and stage_named(one.file) == "control" else "--ft", str(one.path)]
    for one in usable:
        if one.kind in ("radiomics", "clinical"):
            words += [f"--{one.kind}", f"{one.modality}={one.path}" if one.modality else str(one.path)]
    for name, value in options.given().items():
        words += ["--" + name.replace("_", "-"), value]
    return " ".join(map(quote, [*words, *(["--intersect"] if intersect else []), "--out", "results"]))
