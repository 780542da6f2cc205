"""Reader of repeatability files: ICC values, or repeated measurements from which ICCs are computed.

A file holds either `feature, icc` or one row per measurement: the subject (`subject` or `patient_id`), the repeat
(`repeat` or `visit`), optionally the region (`roi`), then features named as in the radiomics table. The tables of the
QIN-PROSTATE repeatability study are read unchanged: `study` (PATIENT_DATE_TIME) gives subject and repeat,
`segmentedStructure` the region. Comma or semicolon separated; with semicolons a decimal comma is read as well.
"""

from pathlib import Path

import pandas as pd
from pandas.api.types import is_numeric_dtype

from backend.errors import BadTable
from backend.science.trust.icc import Repeatability, icc_by_feature, repeatability

WHO, WHEN, WHERE = ("subject", "patient_id"), ("repeat", "visit"), ("roi", "segmentedStructure")
STUDY = r"^(?P<subject>.+?)_(?P<time>\d{8}(?:_\d{4,6})?)$"
NO_FEATURES = ("general_info_", "diagnostics_")
OTHER = {"study", "study_id", "series", "canonicalType"}
DECIMAL_COMMA = r"^([+-]?\d*),(\d+(?:[eE][+-]?\d+)?)$"


def read_icc(path: Path, roi: str | None = None, modality: str | None = None) -> dict[str, float]:
    """Read the ICC by feature from either kind of file. Raises BadTable for another file.

    `roi` chooses the region of a table with several; `modality` is put before names that have none.
    """
    table = _read(path)
    if {"feature", "icc"} <= set(table.columns):
        return dict(zip(table["feature"].astype(str), table["icc"].astype(float), strict=True))
    measured = _measurements(table, path.name)
    chosen = _of_roi(measured, roi, path.name).drop(columns="roi")
    return icc_by_feature(_with_modality(chosen, modality), path.name)


def read_repeatability(
    path: Path, roi: str | None = None, modality: str | None = None
) -> dict[str, Repeatability | BadTable]:
    """Read the repeatability of each region, or the reason why there is none; only of `roi` where it is given.

    A table without regions has one called `all`.
    """
    measured = _measurements(_read(path), path.name)
    regions = [roi] if roi is not None else list(dict.fromkeys(measured["roi"]))
    found: dict[str, Repeatability | BadTable] = {}
    for region in regions:
        rows = _with_modality(_of_roi(measured, region, path.name).drop(columns="roi"), modality)
        try:
            found[region] = repeatability(rows, f"{path.name}, {region},")
        except BadTable as refusal:
            found[region] = refusal
    return found


def _read(path: Path) -> pd.DataFrame:
    try:
        with path.open(encoding="utf-8-sig") as handle:
            header = handle.readline()
        separator = ";" if header.count(";") > header.count(",") else ","
        text = dict.fromkeys((*WHO, *WHEN, *WHERE, *OTHER, "feature"), str)
        table = pd.read_csv(path, sep=separator, dtype=text, encoding="utf-8-sig", keep_default_na=True)
    except (OSError, ValueError) as error:  # pandas' parser errors are ValueErrors
        raise BadTable(f"{path.name}: the repeatability table cannot be read; give a CSV file.") from error
    for column in table.columns:
        if column not in text and not column.startswith(NO_FEATURES) and not is_numeric_dtype(table[column]):
            table[column] = _as_numbers(table[column], path.name, separator)
    return table


def _as_numbers(cells: pd.Series, name: str, separator: str) -> pd.Series:
    """Convert a text column to numbers; a column without any number is a description and stays text."""
    words = cells.dropna().astype(str).str.strip()
    words = words[words != ""]
    if separator == ";":
        words = words.str.replace(DECIMAL_COMMA, r"\1.\2", regex=True)
    numbers = pd.to_numeric(words, errors="coerce")
    odd = words[numbers.isna()]
    if len(odd) == len(words) and cells.name != "icc":
        return cells
    if len(odd):
        raise BadTable(
            f"{name}: row {odd.index[0] + 2} of column {str(cells.name)[:80]!r} holds {odd.iloc[0][:40]!r}, which is "
            "no number; correct it or leave it empty."
        )
    return numbers.reindex(cells.index).astype(float)


def _measurements(table: pd.DataFrame, name: str) -> pd.DataFrame:
    """`subject`, `repeat`, `roi` and the numeric feature columns."""
    who, when, where = (next((c for c in names if c in table), None) for names in (WHO, WHEN, WHERE))
    used = {c for c in (who, when, where) if c is not None}
    features = table.drop(columns=[c for c in table if c in used | OTHER or str(c).startswith(NO_FEATURES)])
    features = features.select_dtypes("number")
    if who is not None and when is not None:
        subject, repeat = table[who], table[when]
    elif "study" in table:
        subject, repeat = _from_studies(table["study"], name)
    else:
        raise BadTable(
            f"{name} has neither the columns feature and icc nor subject and repeat; name them so and try again."
        )
    if features.shape[1] == 0:
        raise BadTable(f"{name} has no numeric feature column; check its separator and decimal point.")
    roi = table[where] if where is not None else pd.Series("all", index=table.index)
    keys = pd.DataFrame({"subject": subject, "repeat": repeat, "roi": roi})
    if keys.isna().any(axis=None):
        raise BadTable(f"{name} has a row without subject, repeat or region; fill or remove it.")
    return pd.concat([keys, features], axis=1)


def _from_studies(studies: pd.Series, name: str) -> tuple[pd.Series, pd.Series]:
    """Subject and visit (1, 2, ... by time) from `PATIENT_DATE_TIME`."""
    parts = studies.str.extract(STUDY)
    if parts.isna().any(axis=None):
        odd = studies[parts["subject"].isna()].iloc[0]
        raise BadTable(f"{name}: the study {str(odd)[:40]!r} is not named PATIENT_DATE_TIME; give subject and repeat.")
    visit = parts.groupby("subject")["time"].rank(method="dense").astype(int).astype(str)
    return parts["subject"], visit


def _of_roi(measured: pd.DataFrame, roi: str | None, name: str) -> pd.DataFrame:
    regions = list(dict.fromkeys(measured["roi"]))
    if roi is None and len(regions) > 1:
        raise BadTable(f"{name} holds several regions ({', '.join(regions[:6])}); choose one with --roi.")
    if roi is not None and roi not in regions:
        raise BadTable(f"{name} has no region called {roi[:40]!r}; it has {', '.join(regions[:6])}.")
    return measured if roi is None else measured[measured["roi"] == roi]


def _with_modality(measured: pd.DataFrame, modality: str | None) -> pd.DataFrame:
    """Feature columns with the modality in front, as rankings name them."""
    if modality is None:
        return measured
    keys = ("subject", "repeat", "roi")
    return measured.rename(columns=lambda c: c if c in keys or c.startswith(f"{modality}_") else f"{modality}_{c}")
