"""Groups, features and cells of Table 1, made up for charts."""

from shared import schemas as s

HOSTILE = '<a href="http://outside.example">x</a>'
MADE_OF = "46 studies of 40 patients, seed 0."


def group(name: str, pre: float | None, ft: float | None, grouping: str = "modality_class") -> s.GroupRow:
    numbers = {field: None for field in s.GroupRow.model_fields if field not in ("grouping", "group", "n_features")}
    return s.GroupRow(grouping=grouping, group=name, n_features=5, **(numbers | {"r2_pre": pre, "r2_ft": ft}))


def weighed(name: str, pre: float, ft: float, effect: float, flag: s.Flag) -> s.GroupRow:
    """A group as the trust block sees it; the paper's R² is far off on purpose."""
    trust = {
        "trust_r2_pre": pre,
        "trust_r2_ft": ft,
        "effect": effect,
        "ci_low": effect - 0.03,
        "ci_high": effect + 0.03,
        "flag": flag,
    }
    return group(name, -3.0, -2.0).model_copy(update=trust)


GROUPS = [
    group("T2_glrlm", 0.41, 0.49),
    group("DWI_firstorder", 0.30, 0.10),
    group("ADC_glcm", 0.20, 0.21),
    group("ADC_glrlm", None, 0.1),
    group("glrlm", 0.5, 0.6, "class"),
]


TRUSTED = [
    weighed("ADC_glcm", 0.20, 0.19, 0.01, "unchanged"),
    weighed("DWI_firstorder", 0.30, 0.10, -0.18, "weaker"),
    weighed("T2_glrlm", 0.41, 0.44, 0.08, "stronger"),
]


def drawn(figure: object, mode: str) -> list[object]:
    return [trace for trace in figure.data if trace.type == "scatter" and trace.mode == mode]


def cell(row: str, pre: float, ft: float) -> s.TableOneCell:
    rest = dict.fromkeys(s.TableOneCell.model_fields)
    return s.TableOneCell(**(rest | {"row": row, "n_features": 5, "r2_pre": pre, "r2_ft": ft}))


def ranking_row(feature: str, delta_i: float, gain: float) -> s.RankingRow:
    return s.RankingRow(
        feature=feature, label=HOSTILE, modality="T2", image_type="original", feature_class="glcm",
        feature_name="Contrast", i_pre=1.0, i_ft=1.0 + delta_i, delta_i=delta_i, rank_paper=1, paper_r2_pre=0.1,
        paper_r2_ft=0.1 + gain, paper_mse_pre=1, paper_mse_ft=1, r2_in_sample_pre=0.5, r2_in_sample_ft=0.5,
    )  # fmt: skip


def trusted_row(feature: str, delta_i: float, effect: float, flag: s.Flag) -> s.RankingRow:
    told = {"effect": effect, "ci_low": effect - 0.1, "ci_high": effect + 0.1, "flag": flag}
    return ranking_row(feature, delta_i, 0.1).model_copy(update=told | {"r2_pre": 0.3, "r2_ft": 0.3 + effect})
