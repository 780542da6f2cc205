"""Scatter of the paper's ΔI against the change of decoding, which shows where the two disagree."""

import pandas as pd
import plotly.graph_objects as go

from frontend.charts import rankings, style
from frontend.charts.modalities import looks
from frontend.charts.style import Chart
from frontend.text import numbers, trust_words
from frontend.text.escape import escape_html
from frontend.text.trust_words import TrustWords
from shared import schemas as s


def shift_scatter(ranking: pd.DataFrame, chosen: str | None, made_of: str, dark: bool, protocol: s.Protocol) -> Chart:
    """ΔI against held-out ΔR² of every feature of a ranking frame (columns of `RankingRow`), coloured by modality."""
    frame = ranking.assign(delta_r2=ranking["paper_r2_ft"] - ranking["paper_r2_pre"]).dropna(subset=["delta_r2"])
    shown = frame.assign(y=frame["delta_r2"].clip(style.LOWEST, -style.LOWEST))
    figure = go.Figure(layout={"template": style.template(dark)})
    for modality, (colour, symbol) in looks(protocol, shown["modality"]).items():
        hover = "%{hovertext}<br>ΔI %{x:+.3f}, ΔR² %{customdata[1]:+.2f}<extra></extra>"
        _add(figure, shown[shown["modality"] == modality], "delta_r2", modality, (symbol, colour, 0.55), hover)
    _finish(figure, shown[shown["feature"] == chosen], "paper's held-out ΔR²", dark, top=56)
    n, opposite, rho = disagreement(frame)
    share = f"{round(100 * opposite / n)} %" if n else numbers.NONE
    title = f"ΔI and held-out decoding point in opposite directions for {share} of features"
    beyond = int((frame["delta_r2"] != shown["y"]).sum())
    edge = f" {numbers.counted(beyond, 'feature')} beyond ±1 drawn at the edge." if beyond else ""
    caption = (
        "Top right and bottom left: both say the same. Top left: ΔI says lost, decoding says gained. "
        f"Rank correlation {numbers.change(rho)}.{edge} {made_of}"
    )
    alt = (
        f"Scatter of ΔI against the change of held-out R² for {numbers.counted(n, 'feature')}: {opposite} lie where "
        f"the signs differ; rank correlation {numbers.change(rho)}."
    )
    columns = ["feature", "label", "modality", "delta_i", "delta_r2"]
    return Chart(figure, title, caption, alt, "shift-against-decoding", frame[columns])


def effect_scatter(
    ranking: pd.DataFrame, chosen: str | None, made_of: str, dark: bool, words: TrustWords = trust_words.PLAIN
) -> Chart:
    """ΔI against the trust effect of every feature, by flag; the margin is drawn."""
    shown = ranking.dropna(subset=["effect"])
    shown = shown.assign(y=shown["effect"].clip(style.LOWEST, -style.LOWEST))
    figure = go.Figure(layout={"template": style.template(dark)})
    hover = "%{hovertext}<br>ΔI %{x:+.3f}, effect %{customdata[1]:+.2f}<extra></extra>"
    for flag, symbol in style.FLAG_SYMBOL.items():
        of_flag = shown[shown["flag"] == flag]
        if not of_flag.empty:
            look = (symbol, style.FLAG_COLOUR.get(flag, style.UNCHANGED), 0.9 if flag in style.FLAG_COLOUR else 0.55)
            _add(figure, of_flag, "effect", words.flag(flag), look, hover)
    figure.add_hrect(
        y0=-style.MARGIN, y1=style.MARGIN, line_width=0, fillcolor=style.UNCHANGED, opacity=0.18, layer="below"
    )
    # fewer than ten decodable features have no shared change, and the effect is the plain ΔR²
    beyond = " beyond the shared change" if shown["selective_delta"].notna().any() else ""
    _finish(figure, shown[shown["feature"] == chosen], f"effect: ΔR²{beyond}", dark, top=88)
    flagged = int(shown["flag"].isin([*trust_words.UP, *trust_words.DOWN]).sum())
    opposite = rankings.opposite(shown)
    rho = float(shown["delta_i"].rank().corr(shown["effect"].rank()))
    of_flagged = numbers.counted(flagged, "feature") + " flagged stronger or weaker"
    title = (
        f"ΔI points the other way for {opposite} of {of_flagged}"
        if flagged
        else "No feature is flagged stronger or weaker"
    )
    if flagged == 1:
        title = f"ΔI points {'the other' if opposite else 'the same'} way for the one flagged feature"
    caption = (
        f"Grey band: the margin of {style.MARGIN}. A change needs more than it, and a q of 0.10 or less. "
        f"Rank correlation of ΔI and effect {numbers.change(rho)}. {made_of}"
    )
    alt = (
        f"Scatter of ΔI against the trust effect for {numbers.counted(len(shown), 'feature')}, {flagged} of them "
        f"flagged; for {opposite} of those the signs differ; rank correlation {numbers.change(rho)}."
    )
    columns = ["feature", "label", "modality", "delta_i", "effect", "ci_low", "ci_high", "q", "flag"]
    return Chart(figure, title, caption, alt, "shift-against-effect", shown[columns])


def disagreement(frame: pd.DataFrame) -> tuple[int, int, float]:
    """How many features there are, for how many ΔI and ΔR² have opposite signs, and their rank correlation."""
    opposite = int((frame["delta_i"] * frame["delta_r2"] < 0).sum())
    return len(frame), opposite, float(frame["delta_i"].rank().corr(frame["delta_r2"].rank()))


def _add(
    figure: go.Figure, rows: pd.DataFrame, value: str, name: str, look: tuple[str, str, float], hover: str
) -> None:
    symbol, colour, opacity = look
    size = 9 if symbol.startswith(("triangle", "square", "diamond")) else 6
    figure.add_scatter(
        x=rows["delta_i"], y=rows["y"], mode="markers", name=escape_html(name),
        customdata=rows[["feature", value]].to_numpy(object), hovertemplate=hover,
        hovertext=rows["label"].map(escape_html).to_numpy(object),
        marker={"size": size, "opacity": opacity, "color": colour, "symbol": symbol},
    )  # fmt: skip


def _finish(figure: go.Figure, chosen: pd.DataFrame, axis: str, dark: bool, top: int) -> None:
    """Marks the chosen feature, names the axes; `top` is the legend's height, px."""
    if not chosen.empty:
        figure.add_scatter(
            x=chosen["delta_i"], y=chosen["y"], mode="markers", showlegend=False, hoverinfo="skip",
            marker={"size": 15, "symbol": "circle-open", "color": style.ink(dark), "line": {"width": 2.5}},
        )  # fmt: skip
    figure.update_xaxes(title_text="ΔI, the paper's shift", zeroline=True)
    figure.update_yaxes(title_text=axis, zeroline=True)
    figure.update_layout(
        height=560,
        margin={"l": 80, "r": 28, "t": top, "b": 60},  # wide enough, or Plotly widens them and draws everything again
        hovermode="closest",
    )
