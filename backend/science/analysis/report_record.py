"""report.json: what went in, what was chosen, what came out, and what to be careful about."""

import math
import platform
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import asdict
from importlib.metadata import version
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from backend.science.alert import Alert
from backend.science.analysis.result import Decoders
from backend.science.lens.projection import SweepPoint
from backend.science.lens.scores import best_class_by_modality, table1, three_rankings
from backend.science.lens.settings import LensSettings
from backend.science.tables.join import Cohort
from backend.science.tables.split import TEST, TRAIN, VAL
from backend.science.tables.types import Embeddings, Radiomics
from backend.science.trust.block import Trust
from backend.science.trust.icc import icc_summary

FORMAT = "radiomiclens-report/1"
PACKAGES = ("radiomiclens", "numpy", "pandas", "torch")
WORDING = (
    "ΔI is the change of a weight norm, not of explanatory power.",
    "Decodable means carried by the embedding; it does not mean that the network uses it.",
    "A lower R² after fine-tuning is no evidence of specialisation by itself: the shared projection was fitted on the "
    "pre-trained embeddings only, so R² can fall although nothing was lost.",
)


def report_record(
    *,
    settings: LensSettings,
    inputs: Mapping[str, Embeddings | Radiomics],
    cohort: Cohort,
    sides: NDArray[np.str_],
    split_given: bool,
    decoders: Decoders,
    alerts: Sequence[Alert],
    ranking: pd.DataFrame,
    groups: pd.DataFrame,
    shares: Sequence[Mapping[str, object]],
    sweep: Sequence[SweepPoint],
    trust: Trust | None,
    seconds: Mapping[str, float],
) -> dict[str, Any]:
    """The content of report.json, JSON-ready (undefined numbers are null).

    N studies and P patients analysed, K features, H hidden units, n_theta studies that theta was solved on.
    """
    best, by_modality = best_class_by_modality(groups)
    record = {
        "format": FORMAT,
        "blocks": {"paper": True, "trust": trust is not None},
        "task": settings.task,
        "roi": settings.roi,
        "N": len(cohort.study_id),
        "P": cohort.n_patients,
        "K": len(cohort.features),
        "H": settings.hidden,
        "d": cohort.x_pre.shape[1],
        "n_theta": len(decoders.study_id),
        "modalities": list(dict.fromkeys(feature.modality for feature in cohort.features)),
        "split": _split_counts(cohort, sides, split_given, settings.seed),
        "b": None if trust is None else trust.shared_change,
        "control_floor": None if trust is None else trust.permutation_floor,
        "representation": None if trust is None else trust.representation,
        "trust": None if trust is None else trust.summary() | {"rankings": _trust_rankings(ranking)},
        "stability": None if trust is None else asdict(trust.stability),
        "swap": None if trust is None else _swap_groups(groups),
        "icc": None
        if "icc" not in ranking
        else icc_summary(dict(zip(ranking["feature"], ranking["icc"], strict=True))),
        "live_units": decoders.live_units,
        "rank": {"pre": decoders.pre.rank, "ft": decoders.ft.rank},
        "condition_number": {"pre": decoders.pre.condition_number, "ft": decoders.ft.condition_number},
        "alerts": [alert.as_dict() for alert in alerts],
        "wording": list(WORDING),
        "dropped": [asdict(dropped) for dropped in cohort.dropped],
        "caption": caption(settings, len(cohort.study_id), cohort.n_patients, split_given),
        "table1": table1(groups).to_dict("records"),
        "fig2": {"feature_class": best, "by_modality": by_modality.to_dict("records")},
        "rankings": {name: frame.to_dict("records") for name, frame in three_rankings(ranking).items()},
        "shares": list(shares),
        "sweep": [asdict(point) for point in sweep],
        "settings": asdict(settings),
        "seeds": {
            "split": None if split_given else settings.seed,
            "projection": settings.seed,
            "trust": None if trust is None else settings.seed,
        },
        "versions": {"python": platform.python_version(), **{package: version(package) for package in PACKAGES}},
        "inputs": {name: _input(table) for name, table in inputs.items()},
        "timings": dict(seconds),
    }
    return {name: json_ready(value) for name, value in record.items()}


def caption(settings: LensSettings, n_studies: int, n_patients: int, split_given: bool) -> str:
    """How Table 1 was computed, in words, for under the table."""
    split = "the given split" if split_given else f"7:1:2 by patient, seed {settings.seed}"
    share = "one shared projection a row" if settings.per_group_share else "one shared projection for all features"
    return (
        f"R² and MSE of closed-form decoders on held-out patients ({split}); {n_studies} studies, {n_patients} "
        "patients. "
        f"Targets z-scored by training statistics, plain mean of per-feature values; {share}, hidden width "
        f"{settings.hidden}, batch {settings.batch_size}, Adam, {settings.epochs} epochs, l1 {settings.l1:g}, "
        f"l2 {settings.l2:g}, embeddings standardised: {settings.standardise_x}, bias: "
        f"{'yes' if settings.bias else 'no'}, "
        f"importances solved on {settings.theta_on} studies."
    )


def json_ready(value: Any) -> Any:
    """Plain Python values; NaN and infinities become None, for JSON has neither."""
    if isinstance(value, Mapping):
        return {str(key): json_ready(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [json_ready(item) for item in value]
    if isinstance(value, np.generic):
        return json_ready(value.item())
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _trust_rankings(ranking: pd.DataFrame, most: int = 10) -> dict[str, list[dict[Hashable, Any]]]:
    """Flagged features, largest effect first."""
    flagged = {flag: ranking[ranking["flag"] == flag] for flag in ("stronger", "weaker")}
    return {
        "stronger": flagged["stronger"]
        .sort_values("effect", ascending=False, kind="stable")
        .head(most)
        .to_dict("records"),
        "weaker": flagged["weaker"].sort_values("effect", kind="stable").head(most).to_dict("records"),
    }


def _swap_groups(groups: pd.DataFrame) -> list[dict[Hashable, Any]]:
    """Modality x class groups: the paper's mean delta I beside the swapped one."""
    rows = groups[groups["grouping"] == "modality_class"]
    agrees = pd.Series([both >= 0 if np.isfinite(both) else None for both in rows["delta_i"] * rows["swap_delta_i"]])
    return rows[["group", "delta_i", "swap_delta_i"]].assign(agrees=agrees.to_numpy(object)).to_dict("records")


def _split_counts(cohort: Cohort, sides: NDArray[np.str_], given: bool, seed: int) -> dict[str, object]:
    counts: dict[str, object] = {"source": "given" if given else f"7:1:2 by patient, seed {seed}"}
    for side in (TRAIN, VAL, TEST):
        rows = np.flatnonzero(sides == side)
        counts[side] = {"studies": len(rows), "patients": len({cohort.patient_id[row] for row in rows})}
    return counts


def _input(table: Embeddings | Radiomics) -> dict[str, object]:
    return {
        "name": table.name,
        "sha256": table.file_sha256,
        "content_sha256": table.content_sha256(),
        "studies": len(table.study_id),
        "columns": len(table.columns),
        "ignored_columns": list(table.ignored),
    }
