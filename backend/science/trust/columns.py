"""Trust columns of ranking.csv and groups.csv, named as in the interface; extra columns come last."""

from collections.abc import Sequence

import pandas as pd

from backend.science.tables.feature_names import FeatureName
from backend.science.trust.block import Trust
from backend.science.trust.change import GroupChange
from backend.science.trust.effect_tests import FLAGS, means_over

IDENTITY = ["feature", "modality", "image_type", "feature_class", "feature_name"]
RANKING = [
    *IDENTITY,
    *("i_pre", "i_ft", "delta_i", "rank_paper"),
    *("r2_pre", "r2_ft", "delta_r2", "selective_delta", "se", "ci_low", "ci_high", "p", "q", "flag"),
    *("control_floor", "explained_sd_pre", "explained_sd_ft", "effect"),
]

_TABLE = [f"{name}_{stage}" for name in ("mse", "r2", "v", "r2_in_sample", "mse_minmax") for stage in ("pre", "ft")]
_TRUST = ["delta_r2", "selective_delta", "ci_low", "ci_high", "q", "flag"]
GROUPS = ["grouping", "group", "n_features", *_TABLE, *_TRUST]


def ranking_file(ranking: pd.DataFrame) -> pd.DataFrame:
    """Frame of ranking.csv: the interface's columns (empty without a trust block), then extras, `icc` last.

    Rows are sorted by falling effect; without effects they are in the paper's order.
    """
    last = sorted((name for name in ranking if name not in RANKING), key=lambda name: name == "icc")
    return ranking.reindex(columns=RANKING + last).sort_values(
        ["effect", "rank_paper"], ascending=[False, True], kind="stable", ignore_index=True
    )


def groups_file(groups: pd.DataFrame) -> pd.DataFrame:
    """Frame of groups.csv: the interface's columns (empty without a trust block), then extras."""
    return groups.reindex(columns=GROUPS + [name for name in groups if name not in GROUPS])


def ranking_with(ranking: pd.DataFrame, features: Sequence[FeatureName], trust: Trust) -> pd.DataFrame:
    """The paper's ranking with the trust columns, largest effect first."""
    change, evidence = trust.features, trust.features.evidence
    found = pd.DataFrame(
        {
            "feature": [feature.column for feature in features],
            "r2_pre": change.r2[0],
            "r2_ft": change.r2[1],
            "delta_r2": change.delta_r2,
            "selective_delta": trust.selective_delta,
            "se": evidence.se,
            "ci_low": evidence.low,
            "ci_high": evidence.high,
            "p": evidence.p,
            "q": evidence.q,
            "flag": evidence.flag.astype(object),
            "control_floor": trust.permutation_floor,
            "explained_sd_pre": trust.explained_sd[0],
            "explained_sd_ft": trust.explained_sd[1],
            "effect": evidence.effect,
            "delta_r2_low": change.low,
            "delta_r2_high": change.high,
            "swap_delta_i": trust.projection_swap.delta_i,
            **{f"r2_{stage}_{one.name}": one.r2[i] for one in trust.others for i, stage in enumerate(("pre", "ft"))},
        }
    )
    joined = ranking.merge(found, on="feature", validate="one_to_one")
    return ranking_file(joined)


def groups_with(groups: pd.DataFrame, trust: Trust) -> pd.DataFrame:
    """groups.csv with the trust columns `trust_r2_*`; `r2_pre` and `r2_ft` are unchanged."""
    found = pd.DataFrame([row for grouping in trust.groups for row in _group_rows(grouping, trust)])
    return groups_file(groups.merge(found, on=["grouping", "group"], validate="one_to_one"))


def _group_rows(grouping: GroupChange, trust: Trust) -> list[dict[str, object]]:
    change, evidence = grouping.change, grouping.change.evidence
    selective, swapped = trust.selective(change), trust.projection_swap_delta(grouping)
    others = {
        f"r2_{stage}_{one.name}": means_over(one.r2[row], grouping.at)
        for one in trust.others
        for row, stage in enumerate(("pre", "ft"))
    }
    return [
        {
            "grouping": grouping.grouping,
            "group": group,
            "delta_r2": change.delta_r2[i],
            "selective_delta": selective[i],
            "ci_low": evidence.low[i],
            "ci_high": evidence.high[i],
            "q": evidence.q[i],
            "flag": str(evidence.flag[i]),
            "trust_r2_pre": change.r2[0, i],
            "trust_r2_ft": change.r2[1, i],
            "effect": evidence.effect[i],
            "se": evidence.se[i],
            "delta_r2_low": change.low[i],
            "delta_r2_high": change.high[i],
            "swap_delta_i": swapped[i],
            **{f"n_{flag}": grouping.flags[i].get(flag, 0) for flag in FLAGS},
            **{name: values[i] for name, values in others.items()},
        }
        for i, group in enumerate(grouping.groups)
    ]
