"""What an analysis is given beside its three tables: controls, the task's label, covariates."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import get_args

import numpy as np

from backend.errors import BadSettings, BadTable
from backend.science.alert import Alert
from backend.science.analysis.build_trust_report import ContextNames
from backend.science.lens.alerts import class_spellings
from backend.science.lens.other_widths import Turn
from backend.science.tables.join import Cohort
from backend.science.tables.study_columns import Kind, StudyColumn, centre_column, study_column, target_columns
from backend.science.tables.types import Clinical, Embeddings
from backend.science.trust.erasure.linear_head import LinearHead
from backend.science.trust.study_context import StudyContext, covariate_of, target_of

NO_COVARIATE = "none"
"""The name that stands for no covariate at all, not even the centre."""
KINDS: tuple[Kind, ...] = get_args(Kind)


@dataclass(frozen=True, slots=True)
class Beside:
    """Tables and columns beside pre, ft and radiomics.

    `controls` are runs on shuffled labels. `label` is what the task learned, `covariates` belong to every fit (the
    centre); every study needs a value of the label and of numbers. `head` is the task's linear head. `targets` are
    clinical columns that are decoded in place of features.
    """

    controls: tuple[Embeddings, ...] = ()
    label: tuple[StudyColumn, ...] = ()
    covariates: tuple[StudyColumn, ...] = ()
    head: LinearHead | None = None
    targets: tuple[StudyColumn, ...] = ()

    def __post_init__(self) -> None:
        if self.head is not None and not self.label:
            raise BadSettings("A head belongs to a label; name the column that the task learned with --label.")
        names = [column.name for column in (*self.label, *self.covariates)]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise BadTable(f"the column {twice[0]!r} is named twice as label or covariate; name it once.")

    @property
    def alerts(self) -> list[Alert]:
        """What to know of the columns."""
        columns = (*self.label, *self.covariates, *self.targets)
        found = class_spellings(list(dict.fromkeys((column.name, column.spellings) for column in columns)))
        return [] if found is None else [found]

    def turned(self, turn: Turn | None) -> "Beside":
        """The same for embeddings that were turned: the head gives the same outputs on them."""
        if turn is None or self.head is None:
            return self
        return replace(self, head=LinearHead(*turn.linear(self.head.weights, self.head.bias)))

    @property
    def required_columns(self) -> tuple[StudyColumn, ...]:
        """The columns in which every study must have a value."""
        return (*self.label, *(column for column in self.covariates if column.kind == "number"))

    def context(self, cohort: Cohort, n_further: int) -> StudyContext:
        """The same for the studies of a cohort, whose `x_others` are further runs and then the controls."""
        return StudyContext(
            runs=cohort.x_others[:n_further],
            controls=cohort.x_others[n_further:],
            label=tuple(covariate_of(column, cohort.study_id) for column in self.label),
            covariates=tuple(covariate_of(column, cohort.study_id) for column in self.covariates),
            head=self.head,
            targets=tuple(target_of(column, cohort.study_id) for column in self.targets),
        )

    def names(self, runs: Sequence[str]) -> ContextNames:
        """What the report calls the runs, controls and columns."""
        return ContextNames(
            runs=tuple(runs),
            controls=tuple(table.name for table in self.controls),
            label=tuple(column.words for column in self.label),
            covariates=tuple(column.words for column in self.covariates),
        )


def beside_of(
    clinical: Clinical | None,
    label: Sequence[str],
    covariates: Sequence[str] | None,
    controls: Sequence[Embeddings] = (),
    head: LinearHead | None = None,
) -> Beside:
    """Label and covariates by the names of clinical columns; None for covariates means the centre, where there is one.

    Every other column of the clinical table is a target, so that what else the embedding tells is seen. Raises
    BadSettings for names without a clinical table, BadTable for columns that are not there.
    """
    if clinical is None:
        if label or covariates:
            raise BadSettings("A label or covariate is a column of the clinical table; give that table too.")
        return Beside(controls=tuple(controls), head=head)
    if covariates is None:
        centre = centre_column(clinical)
        chosen = [] if centre is None or centre.name in label else [centre]
    else:
        chosen = [named_column(clinical, name) for name in covariates if name != NO_COVARIATE]
    columns = tuple(named_column(clinical, name) for name in label)
    return Beside(tuple(controls), columns, tuple(chosen), head, target_columns(clinical))


def named_column(clinical: Clinical, name: str) -> StudyColumn:
    """A column by its name, or by `NAME=class` or `NAME=number` where its values alone do not say. Raises BadTable."""
    start, _, kind = name.rpartition("=")
    if name not in clinical.columns and kind in KINDS:
        return study_column(clinical, start, kind)
    return study_column(clinical, name)


def check_different(cohort: Cohort, pre: str, after: Sequence[str]) -> None:
    """Refuse (BadTable) embeddings of which two are equal: nothing was compared.

    `pre` and `after` are the names of the tables, `after` in the order of x_ft and x_others.
    """
    tables = [(pre, cohort.x_pre), *zip(after, (cohort.x_ft, *cohort.x_others), strict=True)]
    for n, (name, x) in enumerate(tables):
        for other, y in tables[:n]:
            if np.array_equal(x, y):
                raise BadTable(
                    f"{other} and {name} hold the same embeddings, so nothing is compared; give the embeddings of "
                    "different checkpoints."
                )
