"""The paper's numbers again, by a pseudo-inverse that shares no code with the analysis."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from backend.errors import BadFile
from backend.science.lens.scores import grouped
from backend.science.report.check import Check, column_differences, compared, largest, unequal
from backend.science.report.result_files import neutral
from backend.science.report.stored_folder import StoredArrays, StoredFolder
from backend.science.tables.feature_names import FeatureName

STAGES = ("pre", "ft")
MEANS = ("r2", "mse", "r2_in_sample", "mse_minmax")
IMPORTANCES = ("i_pre", "i_ft", "delta_i")


def paper_checks(stored: StoredFolder) -> Iterator[Check]:
    """theta from z and r, importances in ranking.csv and groups.csv, and groups as means of their features."""
    if stored.decoders is None:
        yield Check("paper block", "not checked", "There is no readable decoders.safetensors.")
        return
    try:
        features = [str(feature) for feature in stored.decoders.about["feature"]]
        theta = {stage: _theta(stored.decoders, stage, stored.report.settings.bias) for stage in STAGES}
        yield _solved(stored.decoders, theta)
    except (KeyError, ValueError, np.linalg.LinAlgError) as error:
        raise BadFile("decoders.safetensors lacks a part; run analyze-tables again.") from error
    size = {stage: np.sqrt(np.square(theta[stage]).sum(axis=1)) for stage in STAGES}
    columns = {"i_pre": size["pre"], "i_ft": size["ft"], "delta_i": size["ft"] - size["pre"]}
    if stored.ranking is not None:
        yield _ranking(stored.ranking, features, columns)
    if stored.ranking is not None and stored.groups is not None:
        yield _groups(stored.ranking, stored.groups, stored.report.settings.per_group_share)


def _theta(decoders: StoredArrays, stage: str, bias: bool) -> NDArray[np.float64]:
    """(K, H) = R Z^+ ."""
    z = decoders.tensors[f"z_{stage}"]
    z = np.column_stack([z, np.ones(len(z))]) if bias else z
    inverse = np.linalg.pinv(z, rcond=max(z.shape) * np.finfo(np.float64).eps)
    theta = (inverse @ decoders.tensors["r_minmax"]).T
    return np.asarray(theta[:, :-1] if bias else theta)


def _solved(decoders: StoredArrays, theta: dict[str, NDArray[np.float64]]) -> Check:
    wrong = []
    for stage, found in theta.items():
        held = decoders.tensors[f"theta_{stage}"]
        if held.shape != found.shape:
            wrong.append(f"theta_{stage} has the shape {held.shape}, not {found.shape}")
        elif unequal(found, held).any():
            wrong.append(f"theta_{stage} differs from r_minmax and z_{stage} by up to {largest(found, held):.1e}")
    return compared("theta", wrong, "Both theta are the least-squares solution of r_minmax on z.")


def _ranking(ranking: pd.DataFrame, features: list[str], columns: dict[str, NDArray[np.float64]]) -> Check:
    at, missing = places(ranking, features)
    if missing:
        return Check("importances", "differs", missing)
    found = {name: values[at] for name, values in columns.items()}
    named = ranking["feature"].tolist()
    wrong = column_differences("ranking.csv", ranking, found, named)
    wrong += _ranks(ranking, found["delta_i"], named)
    return compared("importances", wrong, "I, ΔI and the paper's rank in ranking.csv are those of theta.")


def _ranks(ranking: pd.DataFrame, delta_i: NDArray[np.float64], named: list[str]) -> list[str]:
    """Features whose rank is not theirs; two whose ΔI differs by rounding alone may stand either way round."""
    if "rank_paper" not in ranking:
        return ["ranking.csv has no column rank_paper"]
    stored = pd.to_numeric(ranking["rank_paper"], errors="coerce").to_numpy(dtype=np.float64)
    if not np.array_equal(np.sort(stored), np.arange(1, len(stored) + 1)):
        return ["ranking.csv, column rank_paper: the ranks are not 1 to K, each once"]
    ranked = np.argsort(stored)
    due = np.sort(delta_i)[::-1]
    wrong = ranked[unequal(delta_i[ranked], due)]
    rest = f" and {len(wrong) - 1} more rows" if len(wrong) > 1 else ""
    return (
        [f"ranking.csv, column rank_paper, {named[wrong[0]]}{rest}: {stored[wrong[0]]:.0f} is not its rank"]
        if len(wrong)
        else []
    )


def _groups(ranking: pd.DataFrame, groups: pd.DataFrame, own_share: bool) -> Check:
    """Groups of the paper's block are plain means of the features in ranking.csv."""
    identity = ranking[["modality", "image_type", "feature_class", "feature_name"]].to_numpy(str)
    members = {(name, group): at for name, group, at in grouped([FeatureName(*row) for row in identity])}
    wrong = []
    for row, (name, group) in enumerate(zip(groups["grouping"], groups["group"], strict=True)):
        if (name, group) not in members:
            wrong.append(f"groups.csv has a group {name} {group} that no feature is in")
        elif not (own_share and name in ("class", "image_type")):
            found = _means(ranking.iloc[members[name, group]])
            wrong += column_differences("groups.csv", groups.iloc[[row]], found, [f"{name} {group}"])
    return compared("group means", wrong, "The paper's columns of groups.csv are means of the features in ranking.csv.")


def _means(inside: pd.DataFrame) -> dict[str, float]:
    """Columns of groups.csv from the lines of its features."""
    found = {name: inside[name].mean() for name in IMPORTANCES}
    scores = [f"{name}_{stage}" for name in MEANS for stage in STAGES]
    # the ranking of an analysis in a database lacks errors in min-max units
    found |= {name: inside[f"paper_{name}"].mean() for name in scores if f"paper_{name}" in inside}
    return found | {"n_features": float(len(inside))}


def places(ranking: pd.DataFrame, features: list[str]) -> tuple[NDArray[np.intp], str]:
    """Where in `features` each line of ranking.csv is; a sentence where the two do not name the same features."""
    place = {neutral(feature): at for at, feature in enumerate(features)}
    named = ranking["feature"].astype(str).tolist()
    if len(named) != len(place) or set(named) != set(place):
        return np.array([], dtype=np.intp), "ranking.csv names other features than the stored arrays."
    return np.array([place[feature] for feature in named], dtype=np.intp), ""
