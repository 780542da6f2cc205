"""report.html: one self-contained file that opens from disk, makes no outside request and says how to read it."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pandas as pd

from backend.science.analysis.report import BestClass, Report
from backend.science.analysis.result import Analysis
from backend.science.report.result_files import replaced
from backend.science.report.summary_text import overview
from backend.science.tables.feature_names import parse
from backend.science.tables.glossary import CLASS_LABELS, label
from backend.science.text_format import number, signed

PLOTLY_CONFIG = {"showSendToCloud": False, "displaylogo": False, "displayModeBar": False, "responsive": True}
MODALITY_COLOURS = {"T2": "#0072B2", "DWI": "#D55E00", "ADC": "#009E73"}
OTHER_COLOUR = "#8A8F98"
FLAG_WORDS = {
    "stronger": "carried more strongly",
    "weaker": "carried more weakly",
    "kept": "lost less than the typical feature",
    "probable_stronger": "probably carried more strongly (read with its group)",
    "probable_weaker": "probably carried more weakly (read with its group)",
    "label_borne": "carried more because it goes with the label",
    "unchanged": "no change shown",
    "not_decodable": "cannot be decoded",
    "underpowered": "too few patients to say",
    "too_few": "too few patients for any flag",
}
TRUST_TITLES = {
    "stronger": "Carried more strongly",
    "weaker": "Carried more weakly",
    "label_borne": "Carried more because it goes with the label",
}
REPRESENTATION_WORDS = {
    "cka_debiased": "Linear CKA, debiased (1: the same up to rotation and scale)",
    "procrustes_distance": "Orthogonal Procrustes distance (0: the same up to rotation and scale)",
    "rsa_spearman": "Spearman correlation of patient dissimilarities",
    "principal_angle_mean_deg": "Mean principal angle of the first 20 components, degrees",
    "effective_rank_pre": "Effective rank, pre-trained",
    "effective_rank_ft": "Effective rank, fine-tuned",
}
RANKING_TITLES = {
    "gaining": "Largest positive ΔI",
    "losing": "Largest negative ΔI",
    "stable": "Stable: high importance in both stages, smallest |ΔI|",
}


def write_report(analysis: Analysis, folder: Path) -> Path:
    """Writes report.html into the folder and returns its path."""
    html = report_html(analysis.report, analysis.groups)
    return replaced(folder / "report.html", lambda path: path.write_text(html, "utf-8"))


def report_html(report: Report, groups: pd.DataFrame) -> str:
    """The report page from a report and the groups table; everything from outside is escaped."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from plotly.offline import get_plotlyjs

    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    environment.filters |= {
        "number": _number_or_dash,
        "signed": _signed_or_dash,
        "class_label": _class_label,
        "flag": FLAG_WORDS.__getitem__,
        "measure": REPRESENTATION_WORDS.__getitem__,
        "feature_label": _feature_label,
    }
    rankings, trust = report.rankings, report.trust
    return environment.get_template("report.html.j2").render(
        report=report,
        sentences=overview(report, groups),
        rankings=[(title, getattr(rankings, name)) for name, title in RANKING_TITLES.items()],
        changed=[(title, getattr(trust.rankings, flag)) for flag, title in TRUST_TITLES.items()] if trust else [],
        effects=_effects_chart(groups) if trust else None,
        dumbbell=_chart(_group_rows(groups), "groups"),
        by_modality=_chart(_modality_rows(report.fig2), "modalities"),
        settings=json.dumps(asdict(report.settings), indent=1, ensure_ascii=False),
        plotly=get_plotlyjs(),
    )


def _group_rows(groups: pd.DataFrame) -> pd.DataFrame:
    """Modality x class groups with their change, sorted by it, smallest first (drawn at the bottom)."""
    rows = groups[groups["grouping"] == "modality_class"].dropna(subset=["r2_pre", "r2_ft"])
    names = rows["group"].str.rpartition("_")
    frame = pd.DataFrame(
        {
            "name": names[0] + " " + names[2].map(_class_label),
            "modality": names[0],
            "pre": rows["r2_pre"],
            "ft": rows["r2_ft"],
        }
    )
    return frame.assign(change=frame["ft"] - frame["pre"]).sort_values("change", kind="stable")


def _modality_rows(best: BestClass) -> pd.DataFrame:
    rows = best.by_modality
    frame = pd.DataFrame(
        {
            "name": [row.modality for row in rows],
            "modality": [row.modality for row in rows],
            "pre": [row.scores.r2_pre for row in rows],
            "ft": [row.scores.r2_ft for row in rows],
        }
    ).dropna()
    return frame.assign(change=frame["ft"] - frame["pre"])[::-1]


def _chart(rows: pd.DataFrame, name: str) -> dict[str, str]:
    """A pre (hollow) to ft (filled) dumbbell chart as HTML, with its text alternative."""
    figure = dumbbell(rows)
    html = figure.to_html(full_html=False, include_plotlyjs=False, config=PLOTLY_CONFIG, div_id=f"chart-{name}")
    alt = "; ".join(
        f"{row['name']}: {number(row['pre'])} to {number(row['ft'])} ({signed(row['change'])})"
        for row in rows[::-1].to_dict("records")
    )
    return {"html": html, "alt": f"Held-out R² before and after fine-tuning. {alt}."}


def dumbbell(rows: pd.DataFrame) -> Any:
    """Held-out R2 pre -> ft, one line a row of (name, modality, pre, ft), coloured by modality."""
    import plotly.graph_objects as go

    colours = [MODALITY_COLOURS.get(modality, OTHER_COLOUR) for modality in rows["modality"]]
    figure = go.Figure()
    for row, colour in zip(rows.itertuples(index=False), colours, strict=True):
        ends = {"x": [row.pre, row.ft], "y": [row.name, row.name]}
        figure.add_scatter(**ends, mode="lines", line={"color": colour, "width": 2}, hoverinfo="skip", showlegend=False)
    hollow = {"symbol": "circle-open", "size": 10, "color": colours, "line": {"width": 2}}
    filled = {"symbol": "circle", "size": 10, "color": colours}
    figure.add_scatter(x=rows["pre"], y=rows["name"], mode="markers", name="pre-trained", marker=hollow)
    figure.add_scatter(x=rows["ft"], y=rows["name"], mode="markers", name="fine-tuned", marker=filled)
    figure.update_layout(
        height=110 + 26 * len(rows),
        margin={"l": 10, "r": 10, "t": 30, "b": 40},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom"},
        xaxis={"title": "held-out R²", "zeroline": True},
        yaxis={"automargin": True},
    )
    return figure


def _effects_chart(groups: pd.DataFrame) -> dict[str, str]:
    """The trust effect of modality x class groups with its interval, as HTML with its text alternative."""
    rows = groups[groups["grouping"] == "modality_class"].sort_values("effect", kind="stable")
    names = rows["group"].str.rpartition("_")
    rows = rows.assign(modality=names[0], name=names[0] + " " + names[2].map(_class_label))
    figure = effects_figure(rows)
    html = figure.to_html(full_html=False, include_plotlyjs=False, config=PLOTLY_CONFIG, div_id="chart-effects")
    alt = "; ".join(
        f"{row['name']}: {signed(row['effect'])} ({number(row['ci_low'])} to {number(row['ci_high'])}), "
        f"{FLAG_WORDS[row['flag']]}"
        for row in rows[::-1].to_dict("records")
    )
    return {"html": html, "alt": f"Trust effect of each group with its 95 % interval. {alt}."}


def effects_figure(rows: pd.DataFrame) -> Any:
    """Effect and 95 % interval of (name, modality, effect, ci_low, ci_high, flag): filled where a change is flagged."""
    import plotly.graph_objects as go

    colours = [MODALITY_COLOURS.get(modality, OTHER_COLOUR) for modality in rows["modality"]]
    symbols = ["circle" if flag in TRUST_TITLES else "circle-open" for flag in rows["flag"]]
    figure = go.Figure()
    for row, colour in zip(rows.itertuples(index=False), colours, strict=True):
        ends = {"x": [row.ci_low, row.ci_high], "y": [row.name, row.name]}
        figure.add_scatter(**ends, mode="lines", line={"color": colour, "width": 2}, hoverinfo="skip", showlegend=False)
    marker = {"symbol": symbols, "size": 10, "color": colours, "line": {"width": 2}}
    figure.add_scatter(x=rows["effect"], y=rows["name"], mode="markers", marker=marker, showlegend=False)
    figure.update_layout(
        height=90 + 26 * len(rows),
        margin={"l": 10, "r": 10, "t": 10, "b": 40},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        xaxis={"title": "trust effect (ΔR² beyond the shared change)", "zeroline": True},
        yaxis={"automargin": True},
    )
    return figure


def _feature_label(feature: str) -> str:
    return label(parse(feature))


def _class_label(name: str) -> str:
    return CLASS_LABELS.get(name, name)


def _signed_or_dash(value: float | None) -> str:
    return "–" if value is None else signed(value)


def _number_or_dash(value: float | None) -> str:
    return "–" if value is None else number(value)
