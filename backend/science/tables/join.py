"""Join of the tables by study id, never by row position; unusable features are dropped and named."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from backend.errors import BadTable
from backend.science.alert import Alert
from backend.science.tables.common_studies import common_studies, patients_of, with_values
from backend.science.tables.feature_names import FeatureName, order_key
from backend.science.tables.study_columns import StudyColumn
from backend.science.tables.types import Embeddings, Radiomics
from backend.science.text_format import counted, named
from backend.science.types import FloatArray

MIN_PATIENTS = 20
MAX_MISSING = 0.05
MIN_DISTINCT = 5
LARGEST = 1e30
"""Largest allowed embedding value: sums over dimensions of products of four must stay within float64."""


@dataclass(frozen=True, slots=True)
class Dropped:
    """A feature left out of the analysis, and why."""

    feature: str
    reason: str


@dataclass(frozen=True, slots=True)
class Cohort:
    """Studies that all tables share, sorted by study id; features in canonical order."""

    study_id: tuple[str, ...]
    patient_id: tuple[str, ...]
    x_pre: FloatArray  # (N, d)
    x_ft: FloatArray  # (N, d)
    r: FloatArray  # (N, K), as measured
    features: tuple[FeatureName, ...]
    dropped: tuple[Dropped, ...] = ()
    alerts: tuple[Alert, ...] = ()
    x_others: tuple[FloatArray, ...] = ()  # (N, d) each: further runs and controls

    @property
    def n_patients(self) -> int:
        return len(set(self.patient_id))


def join(
    pre: Embeddings,
    ft: Embeddings,
    radiomics: Radiomics,
    intersect: bool = False,
    others: Sequence[Embeddings] = (),
    columns: Sequence[StudyColumn] = (),
) -> Cohort:
    """Join by study id and drop features and studies with missing radiomics.

    `others` are embeddings of further runs and controls; a study must have a value in each of the clinical `columns`.

    Raises BadTable for: different id sets unless `intersect`, a study under two patients, runs or controls of other
    dimensions, non-finite embeddings, fewer than 20 patients. Features with more than 5 % missing values are dropped,
    then studies that still miss a value; nothing is ever filled in.
    """
    if len(pre.dimensions) == len(ft.dimensions) and pre.dimensions != ft.dimensions:
        raise BadTable(
            f"{ft.name} and {pre.name} have {len(ft.dimensions)} embedding columns that are numbered differently; "
            "they must be the same dimensions of the same encoder layer."
        )
    for other in others:
        if ft.dimensions != other.dimensions:
            raise BadTable(
                f"{other.name} has {len(other.dimensions)} embedding columns and {ft.name} has {len(ft.dimensions)}, "
                "or they are numbered differently; runs and controls must come from the same encoder layer."
            )
    tables: list[Embeddings | Radiomics] = [pre, ft, radiomics, *others]
    studies, alerts = common_studies(tables, intersect)
    patients = patients_of(studies, *tables)
    studies, patients, missing = with_values(studies, patients, columns, intersect)
    alerts += missing
    _check_patient_count(patients, "after joining the tables")
    places = range(len(radiomics.features))
    order = np.array(sorted(places, key=lambda k: order_key(radiomics.features[k], radiomics.modalities)))
    r = radiomics.values[np.ix_(radiomics.rows(studies), order)]
    features = tuple(radiomics.features[k] for k in order)
    x_pre, x_ft = _finite_rows(pre, studies), _finite_rows(ft, studies)
    x_others = tuple(_finite_rows(table, studies) for table in others)
    cohort = Cohort(studies, patients, x_pre, x_ft, r, features, alerts=tuple(alerts), x_others=x_others)
    return _complete(cohort, radiomics.name)


def usable_features(cohort: Cohort, train: NDArray[np.bool_]) -> Cohort:
    """Leave out features with fewer than 5 distinct values among training studies, and exact copies of others."""
    dropped: list[Dropped] = []
    flat: list[str] = []
    copies: list[str] = []
    first_with: dict[bytes, str] = {}
    keep = np.ones(len(cohort.features), dtype=bool)
    for k, feature in enumerate(cohort.features):
        values = np.ascontiguousarray(cohort.r[:, k])
        distinct = len(np.unique(values[train]))
        twin = first_with.setdefault(values.tobytes(), feature.column)
        if distinct < MIN_DISTINCT:
            reason = "constant" if distinct == 1 else f"only {distinct} distinct values"
            flat.append(feature.column)
            dropped.append(Dropped(feature.column, f"{reason} among the training studies"))
            keep[k] = False
        elif twin != feature.column:
            copies.append(feature.column)
            dropped.append(Dropped(feature.column, f"same values as {twin}"))
            keep[k] = False
    if not keep.any():
        raise BadTable(
            f"no feature has at least {MIN_DISTINCT} distinct values among the training studies; check the table."
        )
    alerts = [*cohort.alerts, *_feature_alerts(flat, copies)]
    return _selected(cohort, np.ones(len(cohort.study_id), dtype=bool), keep, dropped, alerts)


def _feature_alerts(flat: list[str], copies: list[str]) -> list[Alert]:
    alerts = []
    if flat:
        alerts.append(
            Alert(
                "constant_features",
                f"{counted(len(flat), 'feature', 'features')} left out for fewer than {MIN_DISTINCT} distinct values: "
                f"{named(flat)}.",
                "A feature that hardly varies cannot be decoded, and scaling it to [0, 1] would blow up rounding "
                "noise.",
            )
        )
    if copies:
        alerts.append(
            Alert(
                "duplicate_features",
                f"{counted(len(copies), 'feature', 'features')} left out as exact copies of others: {named(copies)}.",
                "A copy would count twice in every group mean and take two places in every ranking.",
            )
        )
    return alerts


def _check_patient_count(patients: tuple[str, ...], when: str) -> None:
    count = len(set(patients))
    if count < MIN_PATIENTS:
        raise BadTable(f"{count} patients are left {when}; at least {MIN_PATIENTS} are needed to say anything.")


def _finite_rows(table: Embeddings, studies: tuple[str, ...]) -> FloatArray:
    X = table.values[table.rows(studies)]
    bad = np.flatnonzero(~(np.abs(X) <= LARGEST).all(axis=1))
    if len(bad):
        raise BadTable(
            f"{table.name}: the embedding of study {studies[bad[0]]!r} has missing, infinite or absurdly "
            f"large values ({len(bad)} studies "
            "in all); compute it again, or remove the study from all tables."
        )
    return X


def _complete(cohort: Cohort, name: str) -> Cohort:
    missing = ~np.isfinite(cohort.r)
    share = missing.mean(axis=0)
    keep = share <= MAX_MISSING
    rows = np.asarray(~missing[:, keep].any(axis=1))
    dropped = [
        Dropped(feature.column, f"missing or infinite for {100 * part:.0f} % of the studies")
        for feature, part in zip(cohort.features, share, strict=True)
        if part > MAX_MISSING
    ]
    alerts = list(cohort.alerts)
    if dropped:
        alerts.append(
            Alert(
                "missing_features",
                f"{counted(len(dropped), 'feature', 'features')} left out for more than 5 % missing values: "
                f"{named([feature.feature for feature in dropped])}.",
                "Filling gaps with a mean would invent patients; a feature with many gaps says more about failures.",
            )
        )
    if not keep.any():
        raise BadTable(f"{name}: every feature misses more than 5 % of its values; check how the table was written.")
    if not rows.all():
        alerts.append(
            Alert(
                "incomplete_studies",
                f"{int((~rows).sum())} of {len(rows)} studies miss a value of a kept feature and were left out "
                "(complete cases only).",
                "Values are never filled in: a decoder fitted to invented values would report them as carried.",
            )
        )
    complete = _selected(cohort, rows, keep, dropped, alerts)
    _check_patient_count(complete.patient_id, f"with complete radiomics in {name}")
    return complete


def _selected(
    cohort: Cohort, rows: NDArray[np.bool_], columns: NDArray[np.bool_], dropped: list[Dropped], alerts: list[Alert]
) -> Cohort:
    kept = np.flatnonzero(rows)
    return Cohort(
        study_id=tuple(cohort.study_id[row] for row in kept),
        patient_id=tuple(cohort.patient_id[row] for row in kept),
        x_pre=cohort.x_pre[rows],
        x_ft=cohort.x_ft[rows],
        r=np.ascontiguousarray(cohort.r[np.ix_(rows, columns)]),
        features=tuple(feature for feature, wanted in zip(cohort.features, columns, strict=True) if wanted),
        dropped=(*cohort.dropped, *dropped),
        alerts=tuple(alerts),
        x_others=tuple(x[rows] for x in cohort.x_others),
    )
