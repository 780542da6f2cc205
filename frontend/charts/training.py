"""How a training went: the losses, and the scores on the validation patients, by epoch."""

from collections.abc import Collection, Mapping, Sequence

import pandas as pd
import plotly.graph_objects as go

from frontend.charts import style
from frontend.charts.style import Chart
from frontend.text import numbers
from shared import schemas as s

TRAIN, VALIDATION = style.CATEGORIES[:2]
DASHES = ("solid", "dash", "dot")
HEIGHT = 260


def losses(epochs: Sequence[s.TrainingEpoch], dark: bool) -> Chart:
    """Training and validation loss by epoch, the lowest validation loss marked."""
    frame = table(epochs)
    figure = go.Figure()
    add_line(figure, frame, "train_loss", "training", TRAIN, "solid")
    caption = "Loss by epoch."
    if (best := lowest(frame)) is not None:
        add_line(figure, frame, "val_loss", "validation", VALIDATION, "dash")
        figure.add_scatter(
            x=[best[0]], y=[best[1]], mode="markers", name="lowest", showlegend=False,
            marker={"symbol": "circle-open", "size": 13, "color": VALIDATION, "line": {"width": 2}},
        )  # fmt: skip
        caption = "Loss by epoch; the ring marks the lowest on validation patients."
    finish(figure, "loss", dark)
    title = loss_title(frame)
    return Chart(figure, title, caption, title, "training-loss", frame)


def lowest(frame: pd.DataFrame) -> tuple[int, float] | None:
    """Epoch and value of the lowest validation loss; None where validation patients have none."""
    if "val_loss" not in frame:
        return None
    losses = frame["val_loss"].astype(float)  # NaN where the patients define none, such as without an event
    if losses.isna().all():
        return None
    at = int(losses.argmin())
    return int(frame["epoch"].iloc[at]), float(losses.iloc[at])


def loss_title(frame: pd.DataFrame) -> str:
    """`Loss 2.11 → 0.54 in 12 epochs; lowest on validation patients 0.37, in epoch 5`."""
    first, last = frame["train_loss"].iloc[0], frame["train_loss"].iloc[-1]
    text = f"Loss {first:.3g} → {last:.3g} in {len(frame)} {'epoch' if len(frame) == 1 else 'epochs'}"
    best = lowest(frame)
    return text if best is None else f"{text}; lowest on validation patients {best[1]:.3g}, in epoch {best[0]}"


def scores(epochs: Sequence[s.TrainingEpoch], dark: bool, called: Mapping[str, str]) -> list[Chart]:
    """One chart of the scores without unit, and one of the error, which has one; none where no score was measured.

    `called`: score -> words.
    """
    frame = table(epochs)
    words = {f"val_{name}": text for name, text in called.items() if f"val_{name}" in frame}
    groups = [[name for name in words if name != "val_mae"], [name for name in words if name == "val_mae"]]
    return [score_chart(frame, {name: words[name] for name in names}, dark) for names in groups if names]


def score_chart(frame: pd.DataFrame, called: Mapping[str, str], dark: bool) -> Chart:
    """Scores on the validation patients by epoch."""
    figure, names = go.Figure(), list(called)
    for name, dash in zip(names, DASHES, strict=False):
        add_line(figure, frame, name, called[name], VALIDATION, dash)
    finish(figure, " and ".join(called.values()), dark)
    last = ", ".join(f"{called[name]} {frame[name].iloc[-1]:.2f}" for name in names if pd.notna(frame[name].iloc[-1]))
    title = f"On validation patients, last epoch: {last or 'not defined'}"
    caption = "Few validation patients make these jump; the test patients are scored once, at the end."
    return Chart(figure, title, caption, title, f"training-{names[0]}", frame)


def losses_of_runs(runs: Mapping[str, Sequence[s.TrainingEpoch]], controls: Collection[str], dark: bool) -> Chart:
    """The loss of several runs by epoch, controls in grey: on validation patients, else on those trained on."""
    frame = pd.concat([table(epochs).assign(run=name) for name, epochs in runs.items()], ignore_index=True)
    column = "val_loss" if "val_loss" in frame and frame["val_loss"].notna().any() else "train_loss"
    frame[column] = frame[column].astype(float)
    figure = go.Figure()
    for name in runs:
        colour, dash = (style.UNCHANGED, "dash") if name in controls else (VALIDATION, "solid")
        add_line(figure, frame[frame["run"] == name], column, name, colour, dash)
    where = "validation" if column == "val_loss" else "training"
    finish(figure, f"loss on {where} patients", dark)
    lasts = {name: float(frame.loc[frame["run"] == name, column].iloc[-1]) for name in runs}
    groups = [("run", [name for name in runs if name not in controls]), ("control", [n for n in runs if n in controls])]
    parts = [_ends(noun, [lasts[name] for name in names]) for noun, names in groups if names]
    title = f"Last loss on {where} patients: {'; '.join(parts)}"
    caption = "One line is one run; grey lines are controls, trained on shuffled labels."
    return Chart(figure, title, caption, title, "training-runs", frame[["run", "epoch", column]])


def _ends(noun: str, values: Sequence[float]) -> str:
    """`2 runs 0.41 to 0.55`."""
    low, high = f"{min(values):.3g}", f"{max(values):.3g}"
    return f"{numbers.counted(len(values), noun)} {low if low == high else f'{low} to {high}'}"


def table(epochs: Sequence[s.TrainingEpoch]) -> pd.DataFrame:
    """One row an epoch."""
    return pd.DataFrame([{"epoch": one.epoch, **one.scores} for one in epochs])


def add_line(figure: go.Figure, frame: pd.DataFrame, column: str, name: str, colour: str, dash: str) -> None:
    """A column by epoch; a single epoch is a dot."""
    figure.add_scatter(
        x=frame["epoch"], y=frame[column], name=name, mode="lines+markers" if len(frame) < 12 else "lines",
        line={"color": colour, "width": 2, "dash": dash}, hovertemplate="epoch %{x}: %{y:.3g}",
    )  # fmt: skip


def finish(figure: go.Figure, words: str, dark: bool) -> None:
    """Axes, size and theme."""
    figure.update_xaxes(title_text="epoch", rangemode="tozero")
    figure.update_yaxes(title_text=words)
    figure.update_layout(template=style.template(dark), height=HEIGHT, showlegend=len(figure.data) > 1)
