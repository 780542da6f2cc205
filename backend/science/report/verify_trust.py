"""The trust numbers again: the stored embeddings are decoded anew, and tables, arrays and report compared with that."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from backend.errors import BadFile
from backend.science.compute.threads import torch_threads
from backend.science.lens.projection import FIT_THREADS
from backend.science.report.check import Check, column_differences, compared, largest, unequal
from backend.science.report.result_files import neutral
from backend.science.report.stored_folder import StoredArrays, StoredFolder
from backend.science.report.verify_paper import places
from backend.science.tables.feature_names import FeatureName, parse
from backend.science.trust.change_evidence import ChangeEvidence
from backend.science.trust.columns import feature_columns, group_columns
from backend.science.trust.groupings import count_flags, grouping_changes
from backend.science.trust.jackknife.covariates import Covariate
from backend.science.trust.jackknife.decoding_change import DecodingChange, decoding_change

SINGLE = 1e-5  # of arrays that are kept in single precision


def trust_checks(stored: StoredFolder) -> Iterator[Check]:
    """Decodes again from evidence.safetensors; compares evidence, influence.npz, ranking.csv, groups.csv, report."""
    report, evidence = stored.report, stored.evidence
    if report.trust is None:
        yield Check("trust block", "not checked", "The analysis was made without it.")
        return
    if report.version == 1:
        yield Check(
            "trust block", "not checked", "It was made by version 1, whose bootstrap this program no longer has."
        )
        return
    if evidence is None:
        yield Check("trust block", "not checked", "There is no readable evidence.safetensors.")
        return
    try:
        change, controls = _decoded(evidence, report.settings.seed)
        features = tuple(parse(str(feature)) for feature in evidence.about["feature"])
        yield _evidence(evidence, change)
        yield from _same_studies(stored, evidence)
    except (KeyError, ValueError, IndexError) as error:
        raise BadFile("evidence.safetensors lacks a part; run analyze-tables again.") from error
    if stored.ranking is not None:
        yield _ranking(stored.ranking, features, change)
    if stored.groups is not None:
        yield _groups(stored.groups, features, change)
    if stored.influence is not None:
        yield _influence(stored.influence, change)
    yield _report(stored, change, controls)
    yield Check(
        "further columns", "not checked", "The swap, rank stability, other decoders, use and content need new fits."
    )


def _decoded(evidence: StoredArrays, seed: int) -> tuple[DecodingChange, DecodingChange | None]:
    tensors, about = evidence.tensors, evidence.about
    n_controls = sum(name.startswith("x_control_") for name in tensors)
    runs = [tensors[f"x_ft_{number}"] for number in range(1, len(tensors["effect_by_run"]) + 1)]
    controls = [tensors[f"x_control_{number}"] for number in range(1, n_controls + 1)]
    groups = [parse(str(feature)).modality_class for feature in about["feature"]]
    label, covariates = (
        tuple(Covariate(name, np.array(values)) for name, values in about.get(kind, {}).items())
        for kind in ("label_columns", "covariates")
    )
    with torch_threads(FIT_THREADS):
        found = [
            decoding_change(
                tensors["x_pre"],
                after,
                tensors["r_minmax"],
                about["patient_id"],
                groups,
                label=label,
                covariates=covariates,
                seed=seed,
            )
            for after in (runs, controls)
            if after
        ]
    return found[0], found[1] if n_controls else None


def _evidence(evidence: StoredArrays, change: DecodingChange) -> Check:
    again, held, about = ChangeEvidence.of(change), evidence.tensors, evidence.about
    found = {
        "r2": again.r2,
        **{name: getattr(again.features, name) for name in ("effect", "se", "p", "q")},
        "effect_by_run": again.effect_by_run,
        "influence": again.influence,
        "permuted": again.permuted,
        "decoded": change.decoded,
    }
    wrong = []
    for name, values in found.items():
        tolerance = SINGLE if name in ("influence", "permuted", "decoded") else 1e-8
        if held[name].shape != values.shape:
            wrong.append(f"{name} has the shape {held[name].shape}, not {values.shape}")
        elif unequal(values, held[name], tolerance).any():
            wrong.append(f"{name} differs from the embeddings and features by up to {largest(values, held[name]):.1e}")
    differ = np.flatnonzero(np.array(about["flag"]) != again.features.flag)
    wrong += [f"the flag of {about['feature'][k]} is {about['flag'][k]}, not {again.features.flag[k]}" for k in differ]
    return compared("evidence", wrong, "The arrays of evidence.safetensors follow from its embeddings and features.")


def _same_studies(stored: StoredFolder, evidence: StoredArrays) -> Iterator[Check]:
    """z and r of decoders.safetensors are those of the same studies in evidence.safetensors."""
    if stored.decoders is None:
        return
    tensors = stored.decoders.tensors
    row = {study: at for at, study in enumerate(evidence.about["study_id"])}
    at = [row[study] for study in stored.decoders.about["study_id"]]
    wrong = []
    if unequal(tensors["r_minmax"], evidence.tensors["r_minmax"][at]).any():
        wrong.append("r_minmax differs between decoders.safetensors and evidence.safetensors")
    for stage, name in (("pre", "x_pre"), ("ft", "x_ft_1")):
        scaled = (evidence.tensors[name][at] - tensors["x_mean"]) / tensors["x_sd"]
        z = np.maximum(scaled @ tensors["projection_weight"].T + tensors["projection_bias"], 0.0)
        if unequal(z, tensors[f"z_{stage}"], 1e-6).any():
            wrong.append(
                f"z_{stage} is not the projection of {name} (by up to {largest(z, tensors[f'z_{stage}']):.1e})"
            )
    yield compared("projections", wrong, "z and r_minmax are those of the studies in evidence.safetensors.")


def _ranking(ranking: pd.DataFrame, features: tuple[FeatureName, ...], change: DecodingChange) -> Check:
    at, missing = places(ranking, [feature.column for feature in features])
    if missing:
        return Check("ranking.csv", "differs", missing)
    columns = feature_columns(change)
    found = {name: np.broadcast_to(np.asarray(values), len(features))[at] for name, values in columns.items()}
    wrong = column_differences("ranking.csv", ranking, found, ranking["feature"].tolist())
    return compared("ranking.csv", wrong, "Effects, errors, tests and flags of features are those of a new decoding.")


def _groups(groups: pd.DataFrame, features: tuple[FeatureName, ...], change: DecodingChange) -> Check:
    found = pd.concat([pd.DataFrame(group_columns(one, change)) for one in grouping_changes(features, change)])
    found["group"] = [neutral(str(group)) for group in found["group"]]
    keys = ["grouping", "group"]
    names = [tuple(row) for row in groups[keys].to_numpy(str)]
    if sorted(names) != sorted(tuple(row) for row in found[keys].to_numpy(str)):
        return Check("groups.csv", "differs", "groups.csv has other groups than the features form.")
    found = found.set_index(keys).loc[names].reset_index(drop=True)
    columns = {str(name): found[name].to_numpy() for name in found}
    wrong = column_differences("groups.csv", groups, columns, [" ".join(name) for name in names])
    return compared("groups.csv", wrong, "Effects, errors, tests and flags of groups are those of a new decoding.")


def _influence(influence: Mapping[str, Any], change: DecodingChange) -> Check:
    wrong = []
    if influence.get("patient_id", np.array([])).tolist() != list(change.patients):
        wrong.append("influence.npz names other patients")
    held = influence.get("influence", np.zeros(0))
    if held.shape != change.influence.shape:
        wrong.append(f"influence has the shape {held.shape}, not {change.influence.shape}")
    elif unequal(change.influence, held, SINGLE).any():
        wrong.append(f"influence differs by up to {largest(change.influence, held):.1e}")
    return compared("influence.npz", wrong, "What each patient carries is that of a new decoding.")


def _report(stored: StoredFolder, change: DecodingChange, controls: DecodingChange | None) -> Check:
    """The trust part of report.json: whole numbers and flags of runs and controls."""
    trust = stored.report.trust
    if trust is None:
        return Check("report.json", "not checked", "The analysis has no trust block.")
    numbers = {
        "shared_change": (trust.shared_change, change.shared_change),
        "shared_change_se": (trust.shared_change_se, change.shared_change_se),
        "permutation_floor": (trust.permutation_floor, change.evidence.floor),
        "penalty": (trust.penalty, change.penalty),
        "median_se": (trust.median_se, float(np.median(change.features.se))),
    }
    wrong = [
        f"{name} is {held} in the report, {again} was computed"
        for name, (held, again) in numbers.items()
        if unequal(np.nan if held is None else held, again).any()
    ]
    if dict(trust.flags) != count_flags(change.features.flag):
        wrong.append("the counts of flags in the report are others")
    for words, held, again in (("runs", trust.runs, change), ("controls", trust.controls, controls)):
        if held is None or again is None:
            continue
        flags = dict(zip(again.group_names, again.groups.flag.tolist(), strict=True))
        differ = [one.group for one in held.groups if flags.get(one.group) != one.flag]
        wrong += [f"the flag of {group} among the {words} is another" for group in differ]
    return compared(
        "report.json", wrong, "Shared change, floor, penalty, flags, runs and controls are those of a new decoding."
    )
