from frontend.text import trust_words
from frontend.text.trust_words import ABOVE_CHANCE as R2
from shared.client import Client
from tests.frontend.pages.explore.words_shown import shown
from tests.frontend.work_site import Site


def test_both_regions_of_a_segmentation_stand_beside_each_other(analysed: Site) -> None:
    app = analysed.page("groups")
    assert not app.exception
    text = shown(app).replace("\\", "")
    assert "SEG-L: Lesion segmentation, lesion region" in text
    assert "SEG-P: Lesion segmentation, gland region" in text
    assert len(app.get("plotly_chart")) == 2 + 1 + 3, "heat maps, effects of the shown analysis, Fig. 2 of each"


def test_the_table_holds_every_group_of_the_api(analysed: Site, api: Client) -> None:
    app = analysed.page("groups", show="After")
    rows = api.groups(app.query_params["analysis"])
    table = app.dataframe[0].value
    assert len(table) == len(rows)
    line = table[(table["grouping"] == "modality and feature class") & (table["group"] == "T2 · GLCM")].iloc[0]
    row = next(row for row in rows if row.group == "T2_glcm")
    assert line["r2_ft"] == row.r2_ft
    assert app.segmented_control(key="show").value == "After"


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


def test_a_task_with_one_region_draws_its_figure_once_beside_the_other_tasks(analysed: Site, api: Client) -> None:
    alone = next(analysis for analysis in api.analyses() if analysis.task == "pirads")
    app = analysed.page("groups", analysis=alone.id)
    assert not app.exception
    assert "in the other tasks" in shown(app)
    assert len(app.get("plotly_chart")) == 2 + 1 + 2


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
