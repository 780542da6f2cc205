"""What fine-tuning changed: the analysis of `radiomiclens analyze-tables`, on files, frames or arrays."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
from threadpoolctl import threadpool_limits

from backend.errors import BadSettings
from backend.science.analysis.analyse import analyse
from backend.science.analysis.beside import beside_of
from backend.science.analysis.report import Report
from backend.science.analysis.result import Analysis
from backend.science.lens.settings import LensSettings
from backend.science.report.group_lines import group_lines
from backend.science.report.protocol_words import modality_colours
from backend.science.report.publication_figures import (
    DOTS_PER_INCH,
    HIGHEST_DPI,
    LOWEST_DPI,
    PRESETS,
    Wanted,
    drawn,
)
from backend.science.report.report_charts import dumbbell, effects_figure
from backend.science.report.report_html import group_rows, write_report
from backend.science.report.result_files import write_results
from backend.science.report.summary_text import overview
from backend.science.tables.options import NO_OPTIONS, TableOptions
from backend.science.trust.erasure.linear_head import LinearHead, head_of_arrays, read_head
from backend.science.trust.icc_table import read_icc
from backend.science.types import Progress
from radiomiclens.given_tables import GivenEmbeddings, GivenRadiomics, GivenTable, read_given

GivenHead = str | Path | tuple[npt.ArrayLike, npt.ArrayLike]
"""A file of a linear head, or its weights (outputs, dimensions) and bias (outputs)."""


@dataclass(frozen=True)
class Result:
    """An analysis: `ranking` and `groups` as in ranking.csv and groups.csv, `report` as in report.json.

    `notes`: how each table was read, and what of it was not used.
    """

    analysis: Analysis
    notes: tuple[str, ...]

    @property
    def ranking(self) -> pd.DataFrame:
        """A row a feature: the paper's importance and shift, the trust effect with its interval, and the flag."""
        return self.analysis.ranking

    @property
    def groups(self) -> pd.DataFrame:
        """A row a group of features."""
        return self.analysis.groups

    @property
    def report(self) -> Report:
        """Settings, inputs, alerts and findings, typed."""
        return self.analysis.report

    def sentences(self) -> list[str]:
        """What changed, in words."""
        return overview(self.report, self.groups)

    def figure(self, kind: Literal["effects", "r2"] = "effects") -> Any:
        """A plotly figure of the groups: trust effects with intervals, or the paper's R² before and after.

        Raises BadSettings for effects of an analysis without the trust block.
        """
        colours = modality_colours(self.report)
        if kind == "r2":
            return _titled(dumbbell(group_rows(self.groups), colours), "The paper's decoder, before and after")
        if self.report.trust is None:
            raise BadSettings("This analysis has no trust block; draw the figure 'r2'.")
        figure = effects_figure(group_lines(self.groups, self.report.trust, colours))
        return _titled(figure, "What fine-tuning changed, with 95 % intervals")

    def picture(
        self,
        name: str = "effects",
        form: Literal["png", "svg", "pdf"] = "png",
        *,
        preset: Literal["one-column", "two-columns", "slide"] = "one-column",
        dpi: int = DOTS_PER_INCH,
    ) -> bytes:
        """A figure for a paper or a slide, as the server's export draws it; `dpi` is that of a PNG.

        Raises BadSettings for a figure that this analysis has not, naming those it has, and for a `dpi` out of range.
        """
        if not LOWEST_DPI <= dpi <= HIGHEST_DPI:
            raise BadSettings(f"dpi is {dpi}; it must lie between {LOWEST_DPI} and {HIGHEST_DPI}.")
        if preset not in PRESETS or form not in PRESETS[preset].formats:
            raise BadSettings(f"There is no {form} of the preset {preset!r}; use {_presets()}.")
        return drawn(self.report, self.groups, Wanted(name, preset, form, dpi))

    def save(self, folder: str | Path) -> list[Path]:
        """Writes the result files and report.html into a folder (made if absent), and returns their paths."""
        place = Path(folder)
        return [*write_results(self.analysis, place), write_report(self.analysis, place)]


def _titled(figure: Any, title: str) -> Any:
    """The same with a title above the legend."""
    return figure.update_layout(title={"text": title, "x": 0, "yref": "container", "y": 0.98}, margin={"t": 80})


def _presets() -> str:
    """Every preset with its formats, in words."""
    return "; ".join(f"{one.name} ({', '.join(one.formats)})" for one in PRESETS.values())


def _head(head: GivenHead) -> LinearHead:
    """The linear head of a file or of arrays. Raises BadFile."""
    if isinstance(head, str | Path):
        return read_head(Path(head))
    weights, bias = (np.asarray(part) for part in head)
    return head_of_arrays({"weights": weights, "bias": bias}, "head")


def analyze(
    pre: GivenEmbeddings,
    ft: GivenEmbeddings | Sequence[GivenEmbeddings],
    radiomics: GivenRadiomics,
    *,
    clinical: GivenTable | None = None,
    label: str | Sequence[str] = (),
    covariates: Sequence[str] | None = None,
    controls: Sequence[GivenEmbeddings] = (),
    head: GivenHead | None = None,
    icc: str | Path | None = None,
    settings: LensSettings | None = None,
    modality_order: Sequence[str] = (),
    reading: TableOptions = NO_OPTIONS,
    progress: Progress | None = None,
) -> Result:
    """Compare embeddings before and after fine-tuning by the radiomic features that can be decoded from them.

    Tables are files or frames with the columns of `analyze-tables`; embeddings may be arrays (studies, dimensions), in
    the order of the radiomics table. `radiomics` may be a table a modality: `{"T2": t2, "ADC": adc}`. Several `ft` are
    runs of one recipe. `label` and `covariates` name columns of `clinical`; without `covariates` the centre is one,
    where there is such a column. `controls` are runs on shuffled labels. `head` (the task's linear head: a file, or
    weights (outputs, dimensions) and bias) asks what the task uses, `icc` is a file of repeatability. `modality_order`
    is that of lists and charts. `settings` are all that `analyze-tables` has, `reading` how tables are read (modality,
    names of id columns).
    The numbers are those of the command, bit for bit. Raises BadFile, BadTable or BadSettings.
    """
    runs: Sequence[GivenEmbeddings] = [ft] if isinstance(ft, str | Path | pd.DataFrame | np.ndarray) else ft
    with threadpool_limits(1):  # sums in one order: no number depends on the machine's cores
        read = read_given(pre, runs, radiomics, clinical, controls, reading)
        split = None
        if read.clinical is not None:
            read.clinical.check_patients(read.pre)
            split = read.clinical.split()
        named = [label] if isinstance(label, str) else label
        beside = beside_of(read.clinical, named, covariates, read.controls, None if head is None else _head(head))
        repeatability = read_icc(Path(icc)) if icc else None
        chosen = settings or LensSettings()
        measured = read.radiomics.in_order(modality_order) if modality_order else read.radiomics
        analysis = analyse(read.pre, list(read.ft), measured, chosen, split, progress, repeatability, beside)
    return Result(analysis, tuple(read.said()))
