"""Where fine-tuning changed the encoder: relative change of the weights by stage, beside the change of decoding."""

from collections.abc import Sequence

import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from frontend.charts import style
from frontend.charts.style import Chart
from frontend.text import causes_words as words
from frontend.text import numbers
from frontend.text.escape import escape_html
from shared import schemas as s

ROW = 46
NOT_TRAINED = "not trained"


def stage_weights(
    stages: Sequence[s.StageWeights], along: s.TrajectoryDetail | None, made_of: str, dark: bool
) -> Chart:
    """Bars of the change of weights, first stage on top; right of them, where known, what each stage decodes."""
    names = [words.stage(one.stage) for one in stages]
    panels = 1 if along is None else 2
    figure = make_subplots(
        rows=1, cols=panels, shared_yaxes=True, horizontal_spacing=0.08,
        subplot_titles=["change of weights", "of decoding"][:panels],
    )  # fmt: skip
    figure.update_annotations(font_size=13)
    changes = [one.relative_change or 0.0 for one in stages]
    figure.add_bar(
        x=changes, y=names, orientation="h", row=1, col=1, hoverinfo="text", textposition="outside", cliponaxis=False,
        text=[_beside(one) for one in stages], textfont={"size": 12, "color": style.ink(dark)},
        hovertext=[f"{escape_html(name)}: {_told(one)}" for name, one in zip(names, stages, strict=True)],
        marker={"color": style.UNCHANGED, "line": {"color": style.ink(dark), "width": 1}}, width=0.5,
    )  # fmt: skip
    top = max([*changes, 1e-3])
    figure.update_xaxes(range=[0, top * (1.55 if along is None else 2.1)], tickformat=".1~%", nticks=4, row=1, col=1)
    if along is not None:
        _add_decoding(figure, along, dark)
    figure.update_yaxes(
        type="category", categoryorder="array", categoryarray=names[::-1], showgrid=False, zeroline=False,
        ticklabelstandoff=6, range=[-0.6, len(names) - 0.4],
    )  # fmt: skip
    figure.update_layout(
        template=style.template(dark), height=110 + ROW * len(names), showlegend=False, margin={"t": 48, "b": 48}
    )
    caption = (
        "Left: the size of the change of a stage's weights as a share of their size before (Frobenius norm). Rank: how "
        "many directions the change spreads over; a few mean that one thing was rewritten, many that much was. "
        + (
            ""
            if along is None
            else "Right: change of R² decoded from that stage; grey dots are groups, black their mean. "
        )
        + made_of
    )
    return Chart(figure, title(stages), caption, _alt(stages), "where", frame(stages, along))


def title(stages: Sequence[s.StageWeights]) -> str:
    """The finding: the stage that changed most, and what was frozen."""
    trained = [one for one in stages if one.relative_change]
    if not trained:
        return "No weight of the encoder was changed"
    most = max(trained, key=lambda one: one.relative_change or 0.0)
    frozen = [words.stage(one.stage) for one in stages if one.relative_change == 0]
    told = f"{words.stage(most.stage)} changed most, by {percent(most.relative_change)} of its weights' size"
    return words.as_sentence(told).removesuffix(".") + (f"; not trained: {words.listed(frozen)}" if frozen else "")


def frame(stages: Sequence[s.StageWeights], along: s.TrajectoryDetail | None) -> pd.DataFrame:
    """The numbers by stage; with the mean change of R² of its groups where it is known."""
    rows = pd.DataFrame([one.model_dump() for one in stages])
    if along is None:
        return rows
    mean = {label: values[1] for label, values in decoding_by_stage(along).items()}
    return rows.assign(delta_r2=[mean.get(words.stage(one.stage), float("nan")) for one in stages])


def decoding_by_stage(along: s.TrajectoryDetail) -> dict[str, tuple[list[float], float]]:
    """By stage: the change of R² of every group (modality x class), and their mean."""
    groups = [line.delta_r2 for line in along.lines if line.grouping == "modality_class"]
    found = {}
    for place, point in enumerate(along.points):
        values = [line[place] for line in groups]
        if values:
            found[point.label] = (values, sum(values) / len(values))
    return found


def _add_decoding(figure: go.Figure, along: s.TrajectoryDetail, dark: bool) -> None:
    found = decoding_by_stage(along)
    figure.add_scatter(
        x=[value for values, _ in found.values() for value in values],
        y=[label for label, (values, _) in found.items() for _ in values],
        mode="markers", row=1, col=2, hoverinfo="skip",
        marker={"size": 7, "color": style.UNCHANGED, "opacity": 0.6},
    )  # fmt: skip
    figure.add_scatter(
        x=[mean for _, mean in found.values()], y=list(found), mode="markers", row=1, col=2, hoverinfo="text",
        hovertext=[f"{label}: mean ΔR² {numbers.change(mean)}" for label, (_, mean) in found.items()],
        marker={"size": 12, "symbol": "diamond", "color": style.ink(dark)},
    )  # fmt: skip
    figure.update_xaxes(title_text="ΔR²", tickformat="+.2f", nticks=4, tickangle=0, zeroline=True, row=1, col=2)


def _beside(one: s.StageWeights) -> str:
    if one.relative_change == 0:
        return f" {NOT_TRAINED}"
    rank = "" if not one.effective_rank else f", rank {words.rank(one.effective_rank)}"
    return f" {percent(one.relative_change)}{rank}"


def _told(one: s.StageWeights) -> str:
    if one.relative_change == 0:
        return NOT_TRAINED
    return (
        f"changed by {percent(one.relative_change)}, over {words.rank(one.effective_rank)} directions "
        f"({words.share(one.rank_share)} of those possible), {numbers.count(one.n_weights)} weights"
    )


def percent(value: float | None) -> str:
    """One digit: changes of a few percent are common. `1.7 %`, `34 %`."""
    if value is None:
        return numbers.NONE
    return f"{100 * value:.1f} %" if value < 0.1 else words.share(value)


def _alt(stages: Sequence[s.StageWeights]) -> str:
    text = "; ".join(f"{words.stage(one.stage)} {_told(one)}" for one in stages)
    return f"Relative change of the encoder's weights by stage: {text}."
