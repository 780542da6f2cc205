"""Three example features on top of the Overview: where each is low and high, in real patients with its map."""

from html import escape

import streamlit as st

from frontend.api import analyses
from frontend.charts import style
from frontend.components.context_bar import Context
from frontend.state import query_parameters, session_keys
from frontend.text import numbers, trust_words
from frontend.text.escape import escape_markdown
from shared import schemas as s

FEATURES = 3
SIZE = 260
SHOWN = ("high", "low")


def chosen(here: Context) -> list[s.RankingRow]:
    """The features whose change is clearest, each of another group; of a null result what is decoded."""
    rows = analyses.leading(here.analysis.id, here.modality, here.sort)
    if here.trusted:
        changed = [row for row in rows if row.flag in trust_words.CHANGED]
        order = sorted(changed, key=lambda row: -abs(_effect(row))) or decoded(rows, here.floor)
    else:
        order = sorted(rows, key=lambda row: -abs(row.delta_i))
    found: dict[tuple[str, str], s.RankingRow] = {}
    for row in order:
        found.setdefault((row.modality, row.feature_class), row)
    return list(found.values())[:FEATURES]


def decoded(rows: list[s.RankingRow], floor: float | None) -> list[s.RankingRow]:
    """What stands above chance after fine-tuning, best first."""
    above = max(floor or 0.0, style.DECODABLE)
    return sorted((row for row in rows if (row.r2_ft or 0.0) > above), key=lambda row: -(row.r2_ft or 0.0))


def _effect(row: s.RankingRow) -> float:
    return (row.effect if row.effect_shrunk is None else row.effect_shrunk) or 0.0


def draw(here: Context, place: st.delta_generator.DeltaGenerator) -> None:
    """Fills a place: pictures at once, their maps when they are there; nothing for a cohort of tables."""
    rows = chosen(here)
    shown = [
        (row, found) for row in rows if (found := analyses.examples(here.analysis.id, row.feature, False)).examples
    ]
    if not shown:
        return
    changed = any(row.flag in trust_words.CHANGED for row, _ in shown)
    known = st.session_state.setdefault(session_keys.EXAMPLES_WITH_MAPS, set())
    box = place.container(key="examples", gap="xsmall")
    if here.trusted and not changed:
        box.caption("Not changes, but what was measured: features that the embedding tells best.")
    columns = box.columns(len(shown), gap="small")
    spots = [column.container(gap="xsmall") for column in columns]
    pictures = []
    for spot, (row, found) in zip(spots, shown, strict=True):
        with spot:
            pictures.append(st.empty())
            st.page_link(
                "pages/shifts.py",
                label=escape_markdown(row.label),
                query_params=here.query | {query_parameters.FEATURE: row.feature},
            )
            st.caption(escape_markdown(told(row, here)))
        if (here.analysis.id, row.feature) not in known:
            pictures[-1].html(both(found))
    for picture, (row, _) in zip(pictures, shown, strict=True):
        picture.html(both(analyses.examples(here.analysis.id, row.feature, True)))
        known.add((here.analysis.id, row.feature))


def told(row: s.RankingRow, here: Context) -> str:
    """The numbers of a feature by what leads: its change where it has one, else how well it is decoded."""
    if not here.trusted:
        return f"ΔI {numbers.importance_change(row.i_pre, row.i_ft)}"
    if row.flag in trust_words.CHANGED:
        return f"{here.words.flag(row.flag)}, effect {numbers.effect(row.effect, row.ci_low, row.ci_high)}"
    return f"decoded with R² {numbers.r2(row.r2_pre)} before, {numbers.r2(row.r2_ft)} after"


def both(found: s.FeatureExamples) -> str:
    """The study in which the feature is high and that in which it is low, with the map where there is one."""
    by_place = {one.place: one for one in found.examples}
    parts = [_picture(by_place[place], found) for place in SHOWN if place in by_place]
    return f'<div class="example-pair">{"".join(parts)}</div>'


def _picture(one: s.FeatureExample, found: s.FeatureExamples) -> str:
    unit = f" {found.unit}" if found.unit else ""
    words = f"{found.label} is {one.place} in {one.study_id}: {numbers.importance(one.value)}{unit}"
    mapped = " Its map lies over the region." if one.map_picture else ""
    return (
        f'<figure><img alt="{escape(words)}.{mapped}" src="{escape(one.map_picture or one.picture)}" '
        f'width="{SIZE}" height="{SIZE}"><figcaption>{escape(one.place)} · {escape(one.study_id)}</figcaption></figure>'
    )
