from pathlib import Path

import pandas as pd
import pytest
from sqlalchemy import select
from streamlit.testing.v1 import AppTest

from backend.models import Encoder
from backend.storage.database import Database
from frontend.charts.agreement import agreement, frame_of
from frontend.text import labels, matrix_words, numbers
from shared import schemas as s
from shared.client import Client
from tests.frontend.pages.explore.database import settings_of
from tests.frontend.pages.explore.words_shown import shown
from tests.frontend.work_site import Site


@pytest.fixture
def pair(api: Client) -> s.ComparisonDetail:
    return api.comparison(api.comparisons()[0].id)


def opened(analysed: Site, pair: s.ComparisonDetail, **query: str) -> AppTest:
    first, second = (member.analysis_id for member in pair.members)
    return analysed.page("compare", analysis=first, **{"with": second}, **query)


def test_the_answer_and_the_table_are_the_comparisons(analysed: Site, api: Client, pair: s.ComparisonDetail) -> None:
    app = opened(analysed, pair)
    assert not app.exception
    text = shown(app).replace("\\", "")
    assert all(sentence in text for sentence in pair.sentences)
    rows = api.compared(pair.id, limit=1000).items
    table = app.dataframe[1].value
    assert len(table) == len(rows)
    assert list(table["difference"].abs()) == sorted(table["difference"].abs(), reverse=True)
    row = next(row for row in rows if row.feature == table["name"].iloc[0])
    assert table["first"].iloc[0] == row.effect_first
    assert table["interval"].iloc[0] == numbers.interval(row.ci_low, row.ci_high)
    names = (pair.members[0].label, pair.members[1].label)
    assert table["agreement"].iloc[0] == labels.verdict(row.verdict, names)


def test_without_an_address_it_opens_with_what_was_compared(analysed: Site, pair: s.ComparisonDetail) -> None:
    for here, other in (pair.members, pair.members[::-1]):
        app = analysed.page("compare", analysis=here.analysis_id)
        heading = f"{here.label} against {other.label}".casefold()
        assert heading in [one.value.replace("\\", "").casefold() for one in app.subheader]
        assert "Compare these two" not in [button.label for button in app.button]


def test_the_matrix_holds_the_stored_effects_of_all_at_once(analysed: Site, api: Client) -> None:
    everything = api.analyses()
    here, *others = everything
    app = analysed.page("compare", analysis=here.id, **{"with": ",".join(one.id for one in others)})
    assert not app.exception
    ids = [here.id, *(one.id for one in others)]
    found = api.comparison_matrix(ids)
    table = app.dataframe[0].value
    assert len(table) == len(found.rows) == 18
    for at, one in enumerate(ids):
        groups = {row.group: row for row in api.groups(one) if row.grouping == "modality_class"}
        words = table.iloc[:, at + 1].tolist()
        assert words == [matrix_words.cell(row.cells[at]) for row in found.rows]
        assert [row.cells[at].effect for row in found.rows] == [groups[row.name].effect for row in found.rows]
        assert [row.cells[at].flag for row in found.rows] == [groups[row.name].flag for row in found.rows]
    assert app.multiselect(key="matrix-members").value == ids[1:]
    app.multiselect(key="matrix-members").set_value(ids[1:2]).run()
    assert app.query_params["with"] == ids[1]
    assert app.dataframe[0].value.shape[1] == 4, "group, two analyses, agreement"
    assert sum(row.cells[0].flag in ("stronger", "weaker") for row in found.rows) == sum(
        word[0] in "▲▼" for word in app.dataframe[0].value.iloc[:, 1]
    )


def test_groups_can_be_compared_alone(analysed: Site, pair: s.ComparisonDetail) -> None:
    app = opened(analysed, pair, points="Modality × class")
    assert not app.exception
    groups = [group for group in pair.pairs[0].groups if group.grouping == "modality_class"]
    assert len(app.dataframe[1].value) == len(groups)


def test_filters_and_the_lasso_narrow_the_table(analysed: Site, api: Client, pair: s.ComparisonDetail) -> None:
    app = opened(analysed, pair)
    app.selectbox(key="compared-modality").set_value("ADC").run()
    assert app.dataframe[1].value["name"].str.startswith("ADC_").all()
    chosen = [row.feature for row in api.compared(pair.id, modality="ADC", limit=2).items]
    app.session_state["points chosen in the comparison"] = (pair.id, chosen)
    app.run()
    assert set(app.dataframe[1].value["name"]) == set(chosen)
    app.text_input(key="compared-text").set_value("no such words").run()
    assert "so all are shown" in app.info[0].value


def test_two_that_were_not_compared_are_offered_with_what_it_would_do(analysed: Site, api: Client) -> None:
    compared = {member.analysis_id for member in api.comparisons()[0].members}
    newest = next(analysis for analysis in api.analyses() if analysis.id not in compared)
    app = analysed.page("compare", analysis=newest.id)
    assert not app.exception
    assert "Compare these two" in [button.label for button in app.button]
    text = shown(app).replace("\\", "")
    assert "two flags that differ are not yet a difference" in text
    assert "all 48 patients" in text


def test_a_cohort_with_one_analysis_says_what_to_run(site_with_one: Site) -> None:
    app = site_with_one.page("compare")
    assert not app.exception
    assert "has one analysis only" in shown(app)
    app.button(key=next(b.key for b in app.button if b.label == "Run another analysis")).click().run()
    assert app.title[0].value == "Run"


def test_an_empty_server_says_what_to_do(no_data: Site) -> None:
    app = no_data.page("compare")
    assert not app.exception
    assert app.title[0].value == "Nothing has been analysed yet"


def test_agreement_is_told_by_colour_and_by_shape_and_intervals_are_drawn(pair: s.ComparisonDetail) -> None:
    rows = frame_of(pair.pairs[0].groups)
    verdicts = ["shared_stronger", "specific_first", "specific_second", "opposite", "neither"]
    rows = rows.head(5).assign(verdict=verdicts)
    chart = agreement(rows, ("A", "B"), [], "groups", "made of.", dark=False)
    marks = [trace for trace in chart.figure.data if trace.mode == "markers"]
    assert [trace.name for trace in marks] == [
        "no change shown", "only in A", "only in B", "opposite in the two", "stronger in both",
    ]  # fmt: skip
    looks = {(trace.marker.symbol, trace.marker.color) for trace in marks}
    assert len(looks) == len({symbol for symbol, _ in looks}) == 5
    lines = [trace for trace in chart.figure.data if trace.mode == "lines" and len(trace.x) > 2]
    drawn = pd.Series([value for trace in lines for value in trace.x], dtype=float).dropna()
    assert set(rows["low_first"]) <= set(drawn)
    assert chart.title == "Of these groups 1 changed in both, 2 in one only, 1 in opposite directions"
    assert "1 stronger in both" in chart.alt


def test_epochs_and_stages_are_offered_or_their_absence_is_told(analysed: Site) -> None:
    app = analysed.page("compare")
    assert not app.exception
    text = shown(app)
    assert "Over the epochs" in text
    assert "Along the encoder's stages" in text


def test_an_encoder_without_stages_is_said_to_have_none(site_with_one: Site, tmp_path: Path) -> None:
    opened_here = Database(settings_of(tmp_path))
    with opened_here.write() as session:
        for encoder in session.scalars(select(Encoder)):
            encoder.settings, encoder.arch = {**encoder.settings, "facts": {"stages": 0}}, "timm:vit_base"
    opened_here.close()
    app = site_with_one.page("compare")
    assert not app.exception
    sentence = "has no stages, only the pooled embedding, so nothing can be followed along its stages."
    assert sentence in shown(app).replace("\\", "")
    assert not any("Compute it for each stage" in button.label for button in app.button)
