"""The paper's shift against the change of held-out R²: where the two disagree, the shift alone misleads."""

import pandas as pd
import plotly.graph_objects as go

from frontend import numbers
from frontend.charts import style
from frontend.charts.style import Chart
from frontend.plain import tagless


def effect_scatter(ranking: pd.DataFrame, chosen: str | None, made_of: str, dark: bool) -> Chart:
    """ΔI against ΔR² of every feature of a ranking frame (columns of `RankingRow`), coloured by modality."""
    frame = ranking.assign(delta_r2=ranking["paper_r2_ft"] - ranking["paper_r2_pre"]).dropna(subset=["delta_r2"])
    figure = go.Figure(layout={"template": style.template(dark)})
    for modality in sorted(frame["modality"].unique(), key=_place):
        of_modality = frame[frame["modality"] == modality]
        figure.add_scatter(
            x=of_modality["delta_i"], y=of_modality["delta_r2"], mode="markers", name=tagless(modality),
            customdata=of_modality["feature"].tolist(), hovertext=[tagless(label) for label in of_modality["label"]],
            hovertemplate="%{hovertext}<br>ΔI %{x:+.3f}, ΔR² %{y:+.2f}<extra></extra>",
            marker={
                "size": 6, "opacity": 0.55, "color": style.MODALITY.get(modality, style.UNCHANGED),
                "symbol": style.MODALITY_SYMBOL.get(modality, "cross"),
            },
        )  # fmt: skip
    _ring(figure, frame[frame["feature"] == chosen], dark)
    figure.update_xaxes(title_text="ΔI, the paper's shift", zeroline=True)
    figure.update_yaxes(title_text="ΔR², held out", zeroline=True)
    figure.update_layout(height=560, margin={"t": 56}, hovermode="closest")
    n, opposite, rho = disagreement(frame)
    share = f"{round(100 * opposite / n)} %" if n else numbers.NONE
    title = f"ΔI and held-out decoding point in opposite directions for {share} of features"
    caption = (
        "Top right and bottom left: both say the same. Top left: ΔI says lost, decoding says gained. "
        f"Rank correlation {numbers.change(rho)}. {made_of}"
    )
    alt = (
        f"Scatter of ΔI against the change of held-out R² for {n} features: {opposite} lie where the signs differ; "
        f"rank correlation {numbers.change(rho)}."
    )
    return Chart(figure, title, caption, alt, "shift-against-decoding")


def disagreement(frame: pd.DataFrame) -> tuple[int, int, float]:
    """How many features there are, for how many ΔI and ΔR² have opposite signs, and their rank correlation."""
    opposite = int((frame["delta_i"] * frame["delta_r2"] < 0).sum())
    return len(frame), opposite, float(frame["delta_i"].rank().corr(frame["delta_r2"].rank()))


def _ring(figure: go.Figure, chosen: pd.DataFrame, dark: bool) -> None:
    if not chosen.empty:
        figure.add_scatter(
            x=chosen["delta_i"], y=chosen["delta_r2"], mode="markers", showlegend=False, hoverinfo="skip",
            marker={"size": 15, "symbol": "circle-open", "color": style.ink(dark), "line": {"width": 2.5}},
        )  # fmt: skip


def _place(modality: str) -> tuple[int, str]:
    known = list(style.MODALITY)
    return (known.index(modality) if modality in known else len(known), modality)
