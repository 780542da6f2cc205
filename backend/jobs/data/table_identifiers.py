"""What identifies people in tables that are imported: looked for before storing, replaced where asked."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TypeVar

from backend.ingest.clinical import COLUMNS
from backend.ingest.clinical_columns.of_table import OtherColumns, other_columns
from backend.ingest.identifiers import gate
from backend.ingest.identifiers.judge import judge_id
from backend.ingest.identifiers.pseudonyms import Pseudonyms
from backend.science.tables import types

FIRST_ROW = 2  # behind the header
TEXT_COLUMNS = tuple(column for field in ("center", "scanner", "split") for column in COLUMNS[field])
KNOWN_COLUMNS = frozenset(column for names in COLUMNS.values() for column in names)
CLINICAL = ("pirads", "volume_ml", "psa", "isup", "age", "center", "scanner", "field_t", "split")
"""Fields of a case that a clinical table fills."""
OF_FIELDS = frozenset(column for field in CLINICAL for column in COLUMNS[field])
Table = TypeVar("Table", types.Embeddings, types.Radiomics, types.Clinical)


@dataclass(frozen=True, slots=True)
class GivenTables:
    """The tables of one import; the clinical one may be absent.

    `further` are embeddings of other runs of the recipe of `ft`, `controls` those of runs on shuffled labels. A column
    of the clinical table that is named as the `task` is what the task learned, and is kept.
    """

    pre: types.Embeddings
    ft: types.Embeddings
    radiomics: types.Radiomics
    clinical: types.Clinical | None = None
    further: tuple[types.Embeddings, ...] = ()
    controls: tuple[types.Embeddings, ...] = ()
    task: str = ""

    @property
    def task_column(self) -> str | None:
        """The column of the clinical table that is named as the task, unless it is a known one."""
        named = self.task.strip().lower()
        given = [name.strip().lower() for name in self.clinical.columns] if self.clinical else []
        return named if named in given and named not in KNOWN_COLUMNS else None

    @property
    def embeddings(self) -> dict[str, types.Embeddings]:
        """The embeddings by what they are, as sentences call them."""
        runs = {f"run {number}": table for number, table in enumerate((self.ft, *self.further), start=1)}
        after = runs if self.further else {"after fine-tuning": self.ft}
        controls = {f"control {number}": table for number, table in enumerate(self.controls, start=1)}
        return {"before fine-tuning": self.pre, **after, **controls}

    @property
    def lens(self) -> tuple[types.Embeddings | types.Radiomics, ...]:
        """The tables that must name the same studies."""
        return (*self.embeddings.values(), self.radiomics)

    def findings(self) -> list[str]:
        """What looks like an identifier among ids, file names, columns and kept text, in words."""
        files = [table.name for table in self.lens] + ([self.clinical.name] if self.clinical else [])
        names = [gate.Placed(name.rsplit(".", 1)[0]) for name in files]
        columns = [gate.Placed(name, f"a column of {table.name}") for table in self.lens for name in table.ignored]
        if self.clinical:
            columns += gate.numbered(tuple(self.clinical.columns), self.clinical.name)
        return gate.findings(self._ids(), names, columns, self._cells())

    def other_columns(self) -> OtherColumns:
        """The columns of the clinical table that have no field and are not what the task learned."""
        return other_columns(self.clinical.columns if self.clinical else {}, OF_FIELDS | {self.task_column or ""})

    def pseudonymised(self, pseudonyms: Pseudonyms) -> "GivenTables":
        """The tables under pseudonyms, their files called by what they are where the name looks like a person's."""
        return GivenTables(
            _renamed(self.pre, "embeddings before fine-tuning", pseudonyms),
            _renamed(self.ft, "embeddings after fine-tuning", pseudonyms),
            _renamed(self.radiomics, "radiomics", pseudonyms),
            _renamed(self.clinical, "clinical table", pseudonyms) if self.clinical else None,
            tuple(_renamed(one, f"embeddings of run {n}", pseudonyms) for n, one in enumerate(self.further, start=2)),
            tuple(_renamed(one, f"embeddings of control {n}", pseudonyms) for n, one in enumerate(self.controls, 1)),
            self.task,
        )

    def _ids(self) -> Iterator[gate.Placed]:
        for table in (*self.lens, self.clinical):
            if table is not None:
                for ids in (table.patient_id, table.study_id):
                    yield from _rows(ids, table.name)

    def _cells(self) -> Iterator[gate.Placed]:
        for name, words in self.clinical.columns.items() if self.clinical else ():
            if self.clinical and name.strip().lower() in (*TEXT_COLUMNS, self.task_column):
                yield from _rows(words, self.clinical.name)


def _rows(texts: tuple[str, ...], table: str) -> Iterator[gate.Placed]:
    for row, text in enumerate(texts, start=FIRST_ROW):
        yield gate.Placed(text, f"{table}, row {row}")


def _renamed(table: Table, called: str, pseudonyms: Pseudonyms) -> Table:
    pairs = list(zip(table.patient_id, table.study_id, strict=True))
    return replace(
        table,
        study_id=tuple(pseudonyms.study(patient, study) for patient, study in pairs),
        patient_id=tuple(pseudonyms.patient(patient) for patient, _ in pairs),
        name=called if judge_id(table.name.rsplit(".", 1)[0]) else table.name,
    )
