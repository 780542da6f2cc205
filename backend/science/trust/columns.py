"""Trust columns of ranking.csv and groups.csv, named as in the interface; extra columns come last."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from backend.science.tables.feature_names import FeatureName
from backend.science.trust.block import Trust
from backend.science.trust.erasure.use import ErasedUse
from backend.science.trust.groupings import GroupingChange
from backend.science.trust.jackknife.changes import Changes
from backend.science.trust.jackknife.decoding_change import DecodingChange
from backend.science.trust.jackknife.effects import group_means
from backend.science.trust.jackknife.flags import FLAGS
from backend.science.trust.jackknife.label_share import LabelShare
from backend.science.trust.jackknife.standard_error import interval

IDENTITY = ["feature", "modality", "image_type", "feature_class", "feature_name"]
LABEL = ["effect_given_label", "given_label_low", "given_label_high", "label_borne", "label_borne_q"]
USE = ["used", "used_low", "used_high"]
RANKING = [
    *IDENTITY,
    *("i_pre", "i_ft", "delta_i", "rank_paper"),
    *("r2_pre", "r2_ft", "delta_r2", "selective_delta", "se", "ci_low", "ci_high"),
    *("chance_r2_pre", "chance_r2_ft", "effect_shrunk", "shrunk_low", "shrunk_high"),
    *LABEL,
    *("n_runs", "n_runs_agree"),
    *USE,
    *("p", "q", "flag", "control_floor", "explained_sd_pre", "explained_sd_ft", "effect"),
]

_TABLE = [f"{name}_{stage}" for name in ("mse", "r2", "v", "r2_in_sample", "mse_minmax") for stage in ("pre", "ft")]
GROUPS = [
    *("grouping", "group", "n_features"),
    *_TABLE,
    *("delta_r2", "selective_delta", "ci_low", "ci_high"),
    *LABEL,
    *USE,
    *("q", "flag"),
]


def ranking_file(ranking: pd.DataFrame) -> pd.DataFrame:
    """Frame of ranking.csv: the interface's columns (empty without a trust block), then extras, `icc` last.

    Rows are sorted by falling effect, from 80 patients the shrunken one; without effects in the paper's order.
    """
    last = sorted((name for name in ranking if name not in RANKING), key=lambda name: name == "icc")
    frame = ranking.reindex(columns=RANKING + last)
    order = frame["effect_shrunk"].fillna(frame["effect"])
    return (
        frame.assign(_order=order)
        .sort_values(["_order", "rank_paper"], ascending=[False, True], kind="stable", ignore_index=True)
        .drop(columns="_order")
    )


def groups_file(groups: pd.DataFrame) -> pd.DataFrame:
    """Frame of groups.csv: the interface's columns (empty without a trust block), then extras."""
    return groups.reindex(columns=GROUPS + [name for name in groups if name not in GROUPS])


def ranking_with(ranking: pd.DataFrame, features: Sequence[FeatureName], trust: Trust) -> pd.DataFrame:
    """The paper's ranking with the trust columns, largest effect first."""
    found = pd.DataFrame(
        {
            "feature": [feature.column for feature in features],
            **feature_columns(trust.change),
            **_use_columns(None if trust.causes.use is None else trust.causes.use.features),
            "explained_sd_pre": trust.explained_sd[0],
            "explained_sd_ft": trust.explained_sd[1],
            "swap_delta_i": trust.projection_swap.delta_i,
            **{f"r2_{stage}_{one.name}": one.r2[i] for one in trust.others for i, stage in enumerate(("pre", "ft"))},
        }
    )
    return ranking_file(ranking.merge(found, on="feature", validate="one_to_one"))


def feature_columns(change: DecodingChange) -> dict[str, object]:
    """The columns of ranking.csv that a decoding of all features gives, (K,) each or one number for all."""
    return {
        **_change_columns(change.features, change),
        **dict(zip(("chance_r2_pre", "chance_r2_ft"), _chance(change), strict=True)),
        **_shrunken_columns(change),
        **_label_columns(change.feature_label),
        "n_runs": change.n_runs,
        "n_runs_agree": change.features.n_runs_agree,
        "control_floor": change.evidence.floor,
    }


def groups_with(groups: pd.DataFrame, trust: Trust) -> pd.DataFrame:
    """groups.csv with the trust columns; R2 above chance are `trust_r2_*`, `r2_pre` and `r2_ft` stay the paper's."""
    found = pd.concat([_group_frame(grouping, trust) for grouping in trust.groupings], ignore_index=True)
    return groups_file(groups.merge(found, on=["grouping", "group"], validate="one_to_one"))


def group_columns(grouping: GroupingChange, change: DecodingChange) -> dict[str, object]:
    """The columns of groups.csv that a decoding gives, for the groups of one grouping."""
    columns = _change_columns(grouping.changes, change)
    columns |= {f"trust_{name}": columns.pop(name) for name in ("r2_pre", "r2_ft")}
    return {
        "grouping": grouping.grouping,
        "group": grouping.groups,
        **columns,
        **_label_columns(grouping.label),
        "n_runs": change.n_runs,
        "n_runs_agree": grouping.changes.n_runs_agree,
        **{f"n_{flag}": [count.get(flag, 0) for count in grouping.flags] for flag in FLAGS},
    }


def _group_frame(grouping: GroupingChange, trust: Trust) -> pd.DataFrame:
    others = {
        f"r2_{stage}_{one.name}": group_means(one.r2[row], grouping.at)
        for one in trust.others
        for row, stage in enumerate(("pre", "ft"))
    }
    found = group_columns(grouping, trust.change)
    counts = {name: found.pop(name) for name in [f"n_{flag}" for flag in FLAGS]}
    use, swap = _use_columns(_group_use(grouping, trust)), trust.projection_swap_delta(grouping.at)
    return pd.DataFrame({**found, **use, "swap_delta_i": swap, **counts, **others})


def _group_use(grouping: GroupingChange, trust: Trust) -> ErasedUse | None:
    """Groups of modality x class are erased as subspaces; for other groupings nothing is erased."""
    use = trust.causes.use
    if use is None or grouping.grouping != "modality_class":
        return None
    return use.groups.select([use.group_names.index(group) for group in grouping.groups])


def _change_columns(changes: Changes, change: DecodingChange) -> dict[str, object]:
    effect, (low, high) = changes.effect.value, changes.interval
    delta_low, delta_high = changes.delta_r2_interval
    return {
        "r2_pre": changes.r2_pre,
        "r2_ft": changes.r2_ft,
        "delta_r2": changes.delta_r2,
        "selective_delta": np.full_like(effect, np.nan) if np.isnan(change.shared_change) else effect,
        "se": changes.se,
        "ci_low": low,
        "ci_high": high,
        "p": changes.p,
        "q": changes.q,
        "flag": changes.flag.astype(object),
        "effect": effect,
        "delta_r2_low": delta_low,
        "delta_r2_high": delta_high,
    }


def _chance(change: DecodingChange) -> tuple[float, float]:
    """The R2 that chance reaches before and, as a mean over runs, after."""
    pre, *runs = change.chance_r2.tolist()
    return pre, float(np.mean(runs))


def _shrunken_columns(change: DecodingChange) -> dict[str, object]:
    shrunken = change.shrunken
    if shrunken is None:
        return {}
    low, high = interval(shrunken.value, shrunken.se)
    return {"effect_shrunk": shrunken.value, "shrunk_low": low, "shrunk_high": high}


def _use_columns(use: ErasedUse | None) -> dict[str, object]:
    """What the head loses without a feature, as a share of its skill, and what that says (`use`)."""
    if use is None:
        return {}
    return {"used": use.used, "used_low": use.low, "used_high": use.high, "use": use.flag.astype(object)}


def _label_columns(share: LabelShare | None) -> dict[str, object]:
    if share is None:
        return {}
    low, high = share.given_label.interval
    return {
        "effect_given_label": share.given_label.effect.value,
        "given_label_low": low,
        "given_label_high": high,
        "label_borne": share.label_borne.value,
        "label_borne_q": share.q,
    }
