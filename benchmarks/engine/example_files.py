"""The nine parameter files that PyRadiomics ships, verbatim, on one of its images."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from backend.science.radiomics.parameters import parameter_file
from benchmarks.engine.pairs import PYRADIOMICS, Agreement, Pair, agreement

NOTE = "PyRadiomics raises: shape2D is of one slice, and the region has several"


@dataclass(frozen=True)
class Row:
    """One file: how far both engines agree, or what PyRadiomics says in the place of an answer."""

    file: str
    agrees: Agreement | None
    said: str = ""


def example_files(pair: Pair, only: str = "", folder: Path = PYRADIOMICS / "settings") -> Iterator[Row]:
    """Every file whose name starts with `only`, on the pair; where stock raises, on the region's widest slice."""
    for path in sorted(folder.glob(f"{only}*.yaml")):
        parameters = parameter_file.parse(path.read_text(encoding="utf-8"), path.name)
        try:
            yield Row(path.name, agreement(pair, parameters))
        except ValueError:
            yield Row(f"{path.name} (one slice)", agreement(pair.slice(pair.widest), parameters), NOTE)
