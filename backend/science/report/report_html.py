"""report.html: one self-contained file that opens from disk, makes no outside request and says how to read it."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import pandas as pd

from backend.science.alert import Alert, Rank, ranked
from backend.science.analysis.report import BestClass, Report
from backend.science.analysis.report_rows import RankingRow
from backend.science.analysis.report_trust import TrustReport
from backend.science.analysis.result import Analysis
from backend.science.analysis.subgroup_text import subgroup_sentence, subgroup_title
from backend.science.report.causes_part import causes_part, percent_or_dash, weight_change
from backend.science.report.flag_words import FLAG_WORDS
from backend.science.report.group_lines import group_lines
from backend.science.report.methods_text import bibtex, methods_text
from backend.science.report.protocol_words import modality_colours, modality_words
from backend.science.report.report_charts import dumbbell_chart, effects_chart
from backend.science.report.result_files import replaced
from backend.science.report.summary_text import overview
from backend.science.tables.feature_names import parse
from backend.science.tables.glossary import CLASS_LABELS, group_words, label
from backend.science.text_format import number, signed

TRUST_TITLES = {
    "stronger": "Carried more strongly, or kept",
    "weaker": "Carried more weakly",
    "label_borne": "Carried more because it goes with the label",
}
LABEL_BORNE_NOTE = (
    "Given the label these features pass no test, or their group does not. Features are read with their group: an "
    "interval above zero of one feature alone shows nothing."
)
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
ALERT_WORDS: dict[Rank, str] = {"stop": "⊘ stops", "warning": "⚠ doubt", "info": "ⓘ note"}
PAPER_ALERTS = ("few_studies", "optimistic_", "ill_conditioned_", "dead_units_", "other_widths")
"""Codes (or their beginnings) of alerts that put the paper's numbers in doubt: its block is then closed."""


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
        "group_words": group_words,
        "percent": percent_or_dash,
        "weight_change": weight_change,
    }
    rankings, trust, colours = report.rankings, report.trust, modality_colours(report)
    lines = [] if trust is None else group_lines(groups, trust, colours)
    return environment.get_template("report.html.j2").render(
        report=report,
        trust=trust,
        task=report.task_words,
        modalities=modality_words(report),
        counts=[(flag, trust.flags[flag]) for flag in FLAG_WORDS if flag in trust.flags] if trust else [],
        subgroup=subgroup_title(report),
        sentences=[one for one in (subgroup_sentence(report), *overview(report, groups)) if one],
        lines=lines,
        effects=effects_chart(lines) if lines else None,
        **(causes_part(trust) if trust else {}),
        changed=_changed(trust) if trust else [],
        alerts=ranked(report.alerts),
        ranks=ALERT_WORDS,
        doubts=paper_doubts(report),
        rankings=[(title, getattr(rankings, name)) for name, title in RANKING_TITLES.items()],
        dumbbell=dumbbell_chart(group_rows(groups), "groups", colours),
        by_modality=dumbbell_chart(_modality_rows(report.fig2), "modalities", colours),
        methods=methods_text(report).split("\n\n"),
        references=bibtex(),
        settings=json.dumps(asdict(report.settings), indent=1, ensure_ascii=False),
        notes={TRUST_TITLES["label_borne"]: LABEL_BORNE_NOTE},
        plotly=get_plotlyjs(),
    )


def _changed(trust: TrustReport) -> list[tuple[str, Sequence[RankingRow]]]:
    """Titles and features of the lists of what changed; what goes with the label only where one was given."""
    lists = [(title, getattr(trust.rankings, flag)) for flag, title in TRUST_TITLES.items()]
    return lists if trust.label else lists[:2]


def paper_doubts(report: Report) -> list[Alert]:
    """Alerts that put the paper's numbers in doubt."""
    return [alert for alert in ranked(report.alerts) if alert.code.startswith(PAPER_ALERTS)]


def group_rows(groups: pd.DataFrame) -> pd.DataFrame:
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


def _feature_label(feature: str) -> str:
    return label(parse(feature))


def _class_label(name: str) -> str:
    return CLASS_LABELS.get(name, name)


def _signed_or_dash(value: float | None) -> str:
    return "–" if value is None else signed(value)


def _number_or_dash(value: float | None) -> str:
    return "–" if value is None else number(value)
