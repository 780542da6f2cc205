from frontend.text import trust_words
from frontend.text.trust_words import ABOVE_CHANCE as R2
from shared.client import Client
from tests.frontend.pages.explore.words_shown import drawn, shown
from tests.frontend.work_site import Site


def test_both_regions_of_a_segmentation_stand_beside_each_other(analysed: Site) -> None:
    app = analysed.page("groups")
    assert not app.exception
    text = shown(app).replace("\\", "")
    assert "SEG-L: Lesion segmentation, lesion region" in text
    assert "SEG-P: Lesion segmentation, gland region" in text
    assert "CLS: PI-RADS, gland region" in text, "every task of the cohort, not the shown one alone"
    assert len(app.get("plotly_chart")) == 0, "nothing on the first screen waits for the plotting library"


def test_the_table_holds_every_group_of_the_api(analysed: Site, api: Client) -> None:
    app = analysed.page("groups", show="After")
    rows = api.groups(app.query_params["analysis"])
    table = app.dataframe[0].value
    assert len(table) == len(rows)
    line = table[(table["grouping"] == "modality and feature class") & (table["group"] == "T2 · GLCM")].iloc[0]
    row = next(row for row in rows if row.group == "T2_glcm")
    assert line["r2_ft"] == row.r2_ft
    chart = next(one.proto.body for one in app.get("html") if "drawn-groups-heat" in one.proto.body)
    assert 'value="After" checked' in chart


def test_the_group_table_has_the_trust_columns_and_leads_with_the_switch(analysed: Site, api: Client) -> None:
    for sort, first in (("trust", "flag"), ("paper", "paper ΔR²")):
        app = analysed.page("groups", sort=sort)
        assert not app.exception
        table = app.dataframe[0].value
        assert list(table.columns)[3] == first
        row = next(row for row in api.groups(app.query_params["analysis"]) if row.group == "T2_glcm")
        line = table[(table["grouping"] == "modality and feature class") & (table["group"] == "T2 · GLCM")].iloc[0]
        assert (line["effect"], line[f"{R2} ft"], line["flag"]) == (
            row.effect,
            row.trust_r2_ft,
            trust_words.flag(row.flag),
        )
        assert line["ΔR²"] == line[f"{R2} ft"] - line[f"{R2} pre"]
        assert line["paper ΔR²"] == line["r2_ft"] - line["r2_pre"]


def test_one_modality_leaves_one_column(analysed: Site) -> None:
    app = analysed.page("groups", modality="ADC")
    assert not app.exception
    assert app.segmented_control(key="modality-switch").value == "ADC"


def test_the_shown_task_stands_first_and_fig_2_is_drawn_when_it_is_opened(analysed: Site, api: Client) -> None:
    alone = next(analysis for analysis in api.analyses() if analysis.task == "pirads")
    app = analysed.page("groups", analysis=alone.id)
    assert not app.exception
    text = drawn(app)
    assert text.index("CLS: PI-RADS") < text.index("SEG-L: Lesion segmentation")
    assert any(one.label.startswith("Best decoded class, by modality") for one in app.expander)
    assert len(app.get("plotly_chart")) == 0


def test_the_table_follows_the_modality(analysed: Site) -> None:
    table = analysed.page("groups", modality="ADC").dataframe[0].value
    assert set(table["group"].str.split(" · ").str[0]) == {"ADC"}


def test_the_answer_and_n_follow_the_modality(analysed: Site, api: Client) -> None:
    for sort in ("trust", "paper"):
        app = analysed.page("groups", modality="ADC", sort=sort)
        text = shown(app).replace("\\", "")
        rows = api.groups(app.query_params["analysis"])
        n = next(row.n_features for row in rows if (row.grouping, row.group) == ("modality", "ADC"))
        answer = next(line for line in text.splitlines() if "fter fine-tuning" in line)
        assert "T2" not in answer
        assert "DWI" not in answer
        assert f"{n} of " in text
