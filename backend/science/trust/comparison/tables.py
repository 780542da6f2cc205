"""Tables of a comparison: one row per feature or group and pair of analyses."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from backend.science.trust.comparison.compare import AnalysisComparison, ComparedEffects

EVIDENCE = {"se": "se", "ci_low": "low", "ci_high": "high", "p": "p", "q": "q"}


def feature_rows(found: AnalysisComparison, first: int, second: int) -> Iterator[dict[str, Any]]:
    """One row per feature, in canonical order (`k`)."""
    for k, feature in enumerate(found.features):
        yield {
            "first": first,
            "second": second,
            "k": k,
            "feature": feature.column,
            "modality": feature.modality,
            "image_type": feature.image_type,
            "feature_class": feature.feature_class,
            "feature_name": feature.feature_name,
            **numbers(found.compared, k),
        }


def group_rows(found: AnalysisComparison) -> Iterator[dict[str, Any]]:
    """One row per group."""
    for grouping, groups, sizes, compared in found.groups:
        for k, (group, size) in enumerate(zip(groups, sizes, strict=True)):
            yield {"grouping": grouping, "group": group, "n_features": size, **numbers(compared, k)}


def numbers(compared: ComparedEffects, k: int) -> dict[str, Any]:
    """Both effects with interval and flag, the difference with its evidence, and the verdict."""
    row: dict[str, Any] = {}
    for place, name in enumerate(("first", "second")):
        evidence = compared.each[place]
        row |= {
            f"r2_pre_{name}": float(compared.r2[place, 0, k]),
            f"r2_ft_{name}": float(compared.r2[place, 1, k]),
            f"effect_{name}": float(evidence.effect[k]),
            f"low_{name}": float(evidence.low[k]),
            f"high_{name}": float(evidence.high[k]),
            f"flag_{name}": str(evidence.flag[k]),
        }
    row["difference"] = float(compared.difference.effect[k])
    row |= {name: float(getattr(compared.difference, field)[k]) for name, field in EVIDENCE.items()}
    return row | {"verdict": str(compared.verdict[k])}


def pair_record(found: AnalysisComparison, first: int, second: int) -> dict[str, Any]:
    """Overall results of a pair, JSON-ready."""
    names, counts = np.unique(found.compared.verdict, return_counts=True)
    r = found.correlation
    return {
        "first": first,
        "second": second,
        "agreement": [{"first_flag": a, "second_flag": b, "n": n} for (a, b), n in found.agreement.items()],
        "verdicts": dict(zip(names.tolist(), counts.tolist(), strict=True)),
        "n_correlated": r.n,
        "correlation": r.value,
        "correlation_low": r.low,
        "correlation_high": r.high,
        "true_correlation": r.true,
        "true_low": r.true_low,
        "true_high": r.true_high,
        "groups": list(group_rows(found)),
    }
