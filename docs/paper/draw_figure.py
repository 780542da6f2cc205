"""Draws docs/paper/figure.svg and figure.png: groups that were planted in synthetic tables, and what is found of them.

`python docs/paper/draw_figure.py` runs two commands, which take about half a minute, and draws what they write. With a
folder behind it, it writes there.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import matplotlib as mpl

mpl.use("Agg")

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.axes import Axes

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
COMMANDS = (
    "synth practice --tables planted --cases 300 --seed 0",
    "analyze-tables --pre practice/pre.csv --ft practice/ft.csv --radiomics practice/radiomics.parquet "
    "--clinical practice/clinical.csv --label pirads --out results",
)
COLOURS = {"stronger": "#009E73", "weaker": "#D55E00", "untouched": "#8A8F98"}
"""By what was planted in a group."""
ONE_THREAD = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")
MARGIN = 0.03
"""Below this no group is flagged (docs/trust.md)."""


def computed(folder: Path) -> pd.DataFrame:
    """The groups of the analysis with what was planted in each, those that lost most first."""
    for command in COMMANDS:
        words = [sys.executable, "-m", "backend.cli.main", *command.split()]
        environment = os.environ | ONE_THREAD | {"PYTHONPATH": str(ROOT)}
        subprocess.run(words, cwd=folder, env=environment, check=True, stdout=subprocess.DEVNULL)
    groups = pd.read_csv(folder / "results" / "groups.csv").query("grouping == 'modality_class'").set_index("group")
    features = pd.read_csv(folder / "results" / "ranking.csv")
    above_chance = features.groupby(features["modality"] + "_" + features["feature_class"])[["r2_pre", "r2_ft"]].mean()
    planted = json.loads((folder / "practice" / "truth.json").read_text())["groups"]
    groups = groups[["selective_delta", "ci_low", "ci_high", "flag"]].join(above_chance)
    groups["planted"] = pd.Series(planted)
    return groups.sort_values("selective_delta").reset_index()


def words(group: str) -> str:
    """`T2_glcm` as people read it."""
    modality, _, kind = group.partition("_")
    return f"{modality} {'first order' if kind == 'firstorder' else kind.upper()}"


def draw(groups: pd.DataFrame) -> None:
    """Two panels: how well a group is decoded before and after, and the change with its interval."""
    mpl.rcParams |= {"font.size": 8, "svg.hashsalt": "radiomiclens", "svg.fonttype": "none"}
    _, (levels, effects) = plt.subplots(1, 2, figsize=(7.1, 4.6), sharey=True, layout="constrained")
    for row, group in groups.iterrows():
        colour = COLOURS[group.planted]
        levels.plot([group.r2_pre, group.r2_ft], [row, row], color=colour, linewidth=1.2)
        levels.plot(group.r2_pre, row, "o", color=colour, markerfacecolor="white", markersize=5)
        levels.plot(group.r2_ft, row, "o", color=colour, markersize=5)
        effects.plot([group.ci_low, group.ci_high], [row, row], color=colour, linewidth=1.8)
        found = group.flag in ("stronger", "weaker")
        effects.plot(
            group.selective_delta, row, "o", color=colour, markersize=5, markerfacecolor=None if found else "white"
        )
    levels.set_yticks(range(len(groups)), [words(str(name)) for name in groups["group"]])
    _titled(levels, "R² above chance", "a  Decoded before (open) and after (filled)")
    effects.axvspan(-MARGIN, MARGIN, color="#eef0f2", zorder=0)
    effects.axvline(0, color="#1b1f24", linewidth=0.8)
    _titled(effects, "effect, with its 95 % interval", "b  Change; filled: flagged")
    handles = [
        plt.Line2D([], [], color=colour, marker="o", markersize=5, label=f"planted {name}")
        for name, colour in COLOURS.items()
    ]
    handles[-1].set_label("untouched")
    effects.legend(handles=handles, frameon=False, loc="lower right")


def _titled(axes: Axes, below: str, above: str) -> None:
    axes.set_xlabel(below)
    axes.set_title(above, loc="left", fontsize=8, fontweight="bold")
    axes.grid(axis="x", color="#e3e6ea", linewidth=0.6)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.tick_params(axis="y", length=0)


def main() -> None:
    """Computes and draws."""
    out = Path(sys.argv[1]) if len(sys.argv) > 1 else HERE
    with tempfile.TemporaryDirectory() as folder:
        groups = computed(Path(folder))
    draw(groups)
    plt.savefig(out / "figure.svg", metadata={"Date": None})
    plt.savefig(out / "figure.png", dpi=200, metadata={"Software": None})


if __name__ == "__main__":
    main()
