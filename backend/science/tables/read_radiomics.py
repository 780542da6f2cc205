"""Reading of radiomics: wide or long; the modality in names, in a column, or told; one or several rows a study."""

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from backend.errors import BadTable
from backend.science.tables.feature_columns import Found, feature_of, not_a_feature
from backend.science.tables.feature_names import CLASSES, OTHER_CLASSES, FeatureName
from backend.science.tables.formats.columns import Columns, Unused
from backend.science.tables.id_columns import Ids, ids_of
from backend.science.tables.lesions import Rows, one_row_each, row_labels
from backend.science.tables.merge_radiomics import side_by_side
from backend.science.tables.options import NO_OPTIONS, TableOptions, check_modality
from backend.science.tables.radiomics_plan import RadiomicsPlan
from backend.science.tables.readers import read_columns
from backend.science.tables.row_modality import row_modalities
from backend.science.tables.types import Radiomics
from backend.science.tables.upright import set_upright
from backend.science.text_format import named

AS_NAMED = ""
_KEPT = {"largest": "the largest is kept", "mean": "their mean is kept", "each": "each is a row of its own"}
_SECOND = re.compile(r"\.\d{1,2}$")


def read_radiomics(path: Path, options: TableOptions = NO_OPTIONS, modality: str | None = None) -> Radiomics:
    """Read the radiomics of one table. Raises BadFile, BadTable, or BadSettings for the modality.

    `modality` is that of all features of this file (`--radiomics T2=t2.csv`). Features that name none take it, or the
    one of their row, or `options.modality`; where none is known the table is refused.
    """
    check_modality(modality)
    plan = RadiomicsPlan(options)
    columns = read_columns(path, plan)
    if plan.lying:
        columns = set_upright(columns, plan.lying, plan)
    if plan.long:
        columns = _widened(columns, plan)
    _check_features(columns, plan)
    columns = _distinct(columns, plan)
    ids = ids_of(columns, options)
    given, used = modality or options.modality, set(ids.options)
    bare = [name for name, found in plan.features.items() if not found.modality]
    in_rows = plan.modality_column if bare and plan.modality_column and modality is None else None
    if plan.modality_column and not in_rows:
        plan.unused.append(Unused(plan.modality_column, "the names of the features state the modality"))
    _check_modality(columns, plan, bare, in_rows, given, modality)
    if given and bare and not in_rows and modality is None:
        used.add("modality")
    if in_rows and options.modality_from:
        used.add("modality_from")
    parts = _parts(columns, plan, ids, in_rows, given or AS_NAMED, options)
    if options.lesions and (any(rows.several() for _, rows in parts)):
        used.add("lesions")
    differing = row_labels([name for name in plan.lesion_columns if len(set(columns.text[name])) > 1])
    pieces = [
        _table(one_row_each(rows, options.lesions if "lesions" in used else None, path.name, differing), features, path)
        for features, rows in parts
    ]
    merged = side_by_side(pieces, path.name)
    notes = [*columns.notes, *ids.notes, *_notes(plan, bare, in_rows, given)]
    if "lesions" in used:
        notes.append(f"of several rows a study{differing}, {_KEPT[options.lesions or 'each']}")
    left = [Unused(name, "tells rows apart") for name in plan.lesion_columns]
    unused = (*columns.unused, *plan.unused, *left)
    return replace(
        merged, file_sha256=columns.sha256, unused=unused, notes=tuple(notes), options=frozenset(used), ids=ids.named
    )


def _widened(columns: Columns, plan: RadiomicsPlan) -> Columns:
    from backend.science.tables.long_table import widened

    assert plan.long is not None
    wide = widened(columns, plan.long)
    plan.features = {name: found for name in wide.names if not not_a_feature(name) and (found := feature_of(name))}
    left = [name for name in wide.names if name not in plan.features]
    plan.unused += [Unused(name, not_a_feature(name) or "is not named as a feature is") for name in left]
    return wide


def _check_features(columns: Columns, plan: RadiomicsPlan) -> None:
    if plan.features:
        return
    others = [repr(one.name[:80]) for one in plan.unused if not not_a_feature(one.name)]
    there = f"; {named(others)} {'is' if len(others) == 1 else 'are'} not named as features are" if others else ""
    raise BadTable(
        f"{columns.file}: there is no feature column{there}; name them as in 'ADC_original_glcm_Contrast', or as "
        "PyRadiomics, MIRP, CaPTk, LIFEx or WORC do."
    )


def _distinct(columns: Columns, plan: RadiomicsPlan) -> Columns:
    """Each column once; one that stands twice with other values is refused. Pandas calls the second `NAME.1`."""
    first: dict[str, int] = {}
    for i, written in enumerate(columns.names):
        base = _SECOND.sub("", written)
        name = base if base in columns.names else written
        j = first.setdefault(name, i)
        if not np.array_equal(columns.values[:, i], columns.values[:, j], equal_nan=True):
            raise BadTable(
                f"{columns.file}: the column {name[:80]!r} stands twice with different values; keep the right one."
            )
    for name in columns.text:
        if columns.header.count(name) > 1 and not plan.long:
            raise BadTable(f"{columns.file}: the column {name[:80]!r} stands twice; keep one.")
    kept = list(first.values())
    return replace(columns, names=list(first), values=np.ascontiguousarray(columns.values[:, kept]))


def _check_modality(
    columns: Columns,
    plan: RadiomicsPlan,
    bare: Sequence[str],
    in_rows: str | None,
    given: str | None,
    of_file: str | None,
) -> None:
    """Refuses (BadTable) features whose modality is not known, and a given modality that contradicts the names."""
    stated = sorted({found.modality for found in plan.features.values()} - {AS_NAMED})
    other = [name for name in stated if name != of_file]
    if of_file and other:
        raise BadTable(
            f"{columns.file}: it was given as the radiomics of {of_file}, and its columns name {named(other)}; give "
            "the file without a modality in front."
        )
    if bare and not in_rows and not given:
        text = [name for name in columns.header if "image" in name.lower() and "diagnostics_" not in name.lower()]
        by_column = f"the column that tells it with --modality-from{' ' + text[0] if text else ''}"
        raise BadTable(
            f"{columns.file}: {len(bare)} features name no modality ({bare[0][:80]!r}); say it with --modality NAME, "
            f"one file a modality with --radiomics NAME=FILE, or {by_column}."
        )


Part = tuple[dict[int, FeatureName], Rows]


def _parts(
    columns: Columns, plan: RadiomicsPlan, ids: Ids, in_rows: str | None, given: str, options: TableOptions
) -> list[Part]:
    """Features by column and the rows they stand in: one part, or one a modality where rows state it."""
    size = None
    if options.lesions == "largest" and plan.size_column in columns.names:
        size = columns.values[:, columns.names.index(plan.size_column)]
    if in_rows is None:
        features = _features(columns, plan.features, given)
        return [(features, Rows(ids.study_id, ids.patient_id, columns.values[:, list(features)], size))]
    of_row = np.array(row_modalities(columns.text[in_rows], in_rows, columns.file, plan.modality_pattern))
    parts = []
    for modality in dict.fromkeys(of_row.tolist()):
        rows = np.flatnonzero(of_row == modality)
        features = _features(columns, plan.features, modality)
        values = columns.values[rows][:, list(features)]
        studies, patients = (tuple(found[row] for row in rows) for found in (ids.study_id, ids.patient_id))
        parts.append((features, Rows(studies, patients, values, None if size is None else size[rows])))
    return parts


def _features(columns: Columns, found: dict[str, Found], modality: str) -> dict[int, FeatureName]:
    """Position of a column -> its feature. Raises BadTable where two columns are the same feature."""
    features: dict[int, FeatureName] = {}
    column_of: dict[str, str] = {}
    for i, name in enumerate(columns.names):
        if name in found:
            features[i] = found[name].of(found[name].modality or modality)
            twin = column_of.setdefault(features[i].column, name)
            if twin != name:
                raise BadTable(
                    f"{columns.file}: the columns {twin[:80]!r} and {name[:80]!r} are both {features[i].column!r}; "
                    "keep one."
                )
    return features


def _table(rows: Rows, features: dict[int, FeatureName], path: Path) -> Radiomics:
    return Radiomics(
        study_id=rows.study_id,
        patient_id=rows.patient_id,
        values=np.ascontiguousarray(rows.values),
        name=path.name,
        features=tuple(features.values()),
        study_of=rows.study_of,
    )


def _notes(plan: RadiomicsPlan, bare: Sequence[str], in_rows: str | None, given: str | None) -> list[str]:
    """How names and rows were understood, where that is not plain."""
    notes = []
    if in_rows:
        where = f" by the pattern {plan.modality_pattern.pattern!r}" if plan.modality_pattern else ""
        notes.append(f"the modality of a row is in {in_rows!r}{where}")
    elif bare and given:
        notes.append(f"{len(bare)} features without a modality are those of {given}")
    if any(found.modality and name.endswith(f"_{found.modality}") for name, found in plan.features.items()):
        notes.append("the modality stands behind the names of features")
    other: dict[str, int] = {}
    for found in plan.features.values():
        if found.feature_class not in (*CLASSES, *OTHER_CLASSES):
            what = f"the unknown class {found.feature_class}" if found.unknown_class else found.software
            other[what] = other.get(what, 0) + 1
    notes += [f"{count} features of {what}, kept under their own names" for what, count in other.items()]
    return notes
