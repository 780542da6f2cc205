"""The tables of one analysis read together, with options that at least one of them must have a use for."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from backend.science.tables.lesions import repeated, repeated_clinical
from backend.science.tables.merge_radiomics import of_files
from backend.science.tables.options import NO_OPTIONS, TableOptions, check_used
from backend.science.tables.read_clinical import read_clinical
from backend.science.tables.read_embeddings import read_embeddings
from backend.science.tables.read_radiomics import read_radiomics
from backend.science.tables.shared_ids import with_shared_ids
from backend.science.tables.types import Clinical, Embeddings, Radiomics

Read = TypeVar("Read", Embeddings, Radiomics)


@dataclass(frozen=True, slots=True)
class Files:
    """The files of an analysis; a file of radiomics carries the modality of all its features, or none."""

    pre: Path
    ft: Sequence[Path]
    radiomics: Mapping[Path, str | None]
    clinical: Path | None = None
    controls: Sequence[Path] = ()

    def __iter__(self) -> Iterator[Path]:
        yield from (self.pre, *self.ft, *self.controls, *self.radiomics)
        if self.clinical:
            yield self.clinical


@dataclass(frozen=True, slots=True)
class Tables:
    """The tables of an analysis as they were read; with `--lesions each` a row is a lesion in all of them."""

    pre: Embeddings
    ft: tuple[Embeddings, ...]
    radiomics: Radiomics
    clinical: Clinical | None
    controls: tuple[Embeddings, ...]

    @property
    def all(self) -> tuple[Embeddings | Radiomics | Clinical, ...]:
        """Every table."""
        return (self.pre, *self.ft, *self.controls, self.radiomics, *([self.clinical] if self.clinical else []))

    def said(self) -> list[str]:
        """What to say of the reading: how each file was read, and what of it was not used."""
        return list(dict.fromkeys(line for table in self.all for line in lines_about(table)))


def read_tables(
    files: Files, options: TableOptions = NO_OPTIONS, step: Callable[[int], None] = lambda _done: None
) -> Tables:
    """Read every table. Raises BadFile, BadTable, and BadSettings for an option that none had a use for."""
    total = iter(range(1, 1_000))

    def told(table: Read) -> Read:
        step(next(total))
        return table

    embeddings = [told(read_embeddings(path, options)) for path in (files.pre, *files.ft, *files.controls)]
    parts = {path: told(read_radiomics(path, options, modality)) for path, modality in files.radiomics.items()}
    clinical = read_clinical(files.clinical, options) if files.clinical else None
    read: list[Embeddings | Radiomics | Clinical] = [*embeddings, *parts.values(), *([clinical] if clinical else [])]
    check_used(options, [table.options for table in read], [table.name for table in read])
    embeddings = [with_shared_ids(table, read) for table in embeddings]
    radiomics = of_files({path: with_shared_ids(table, read) for path, table in parts.items()})
    clinical = with_shared_ids(clinical, read) if clinical else None
    pre, *after = [repeated(table, radiomics) for table in embeddings]
    return Tables(
        pre=pre,
        ft=tuple(after[: len(files.ft)]),
        radiomics=radiomics,
        clinical=repeated_clinical(clinical, radiomics) if clinical else None,
        controls=tuple(after[len(files.ft) :]),
    )


def lines_about(table: Embeddings | Radiomics | Clinical) -> Iterator[str]:
    """How a table was read and which of its columns were not used, a line each; nothing where both are plain."""
    for note in table.notes:
        yield f"{table.name}: {note}."
    by_reason: dict[str, list[str]] = {}
    for one in table.unused:
        by_reason.setdefault(one.why, []).append(one.name or "(no name)")
    for why, names in by_reason.items():
        count = f"{len(names)} columns" if len(names) > 1 else "1 column"
        yield f"{table.name}: not used: {count} ({', '.join(name[:60] for name in names[:6])}{_more(names)}), {why}."


def _more(names: Sequence[str]) -> str:
    return f" and {len(names) - 6} more" if len(names) > 6 else ""
