from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from frontend.components import notices, papers_decoder, power_statement
from frontend.components.group_summary import answer
from frontend.text import numbers
from shared.client import Client
from shared.environment import API_URL_VARIABLE
from shared.protocols.reader import built_in
from tests.frontend.pages.explore import database
from tests.frontend.pages.explore.site import serving
from tests.frontend.pages.explore.words_shown import shown
from tests.frontend.work_site import Site


def test_the_answer_stands_at_the_top_and_table_1_has_every_task(analysed: Site, api: Client) -> None:
    app = analysed.page("overview")
    assert not app.exception
    detail = api.analysis(app.query_params["analysis"])
    assert "lesion segmentation" in app.title[0].value
    text = shown(app).replace("\\", "")
    assert detail.sentences[0] in text
    table = app.dataframe[0].value
    assert list(table.columns) == [
        "Group", "Features", "CLS pre", "CLS ft", "SEG-L pre", "SEG-L ft", "SEG-P pre", "SEG-P ft",
    ]  # fmt: skip
    glcm = next(line for line in detail.table_one if line.row == "glcm")
    assert table.set_index("Group").loc["GLCM", "SEG-P ft"] is not None
    column = "SEG-L" if detail.roi == "lesion" else "SEG-P"
    assert table.set_index("Group").loc["GLCM", f"{column} ft"] == glcm.r2_ft
    known = len(detail.alerts) + 5  # and notes, the self-check, the paper's table and its two figures
    assert len(app.expander) == known


def test_the_papers_table_is_folded_where_its_own_alert_fires(analysed: Site, api: Client) -> None:
    detail = api.analysis(analysed.page("overview").query_params["analysis"])
    doubts = papers_decoder.doubts(detail.alerts)
    assert doubts, "40 studies and 12 units are too few"
    app = analysed.page("overview")
    fold = next(one for one in app.expander if one.label.startswith("Table 1 of the paper"))
    assert not fold.proto.expanded
    assert "Its R² is another number than the one above" in shown(app)
    assert [alert.code for alert in papers_decoder.doubts(detail.alerts[:0])] == []


def test_the_switch_changes_every_sentence_together(analysed: Site, api: Client) -> None:
    trust, paper = (analysed.page("overview", sort=sort) for sort in ("trust", "paper"))
    detail = api.analysis(trust.query_params["analysis"])
    said = [shown(app).replace("\\", "") for app in (trust, paper)]
    led = answer(api.groups(detail.id))
    assert detail.sentences[0] in said[0]
    assert led not in said[0]
    assert led in said[1]
    for sentence in (*detail.sentences, "Control floor", "Shared change", "read groups:"):
        assert sentence not in said[1]


def test_answer_and_n_follow_the_modality(analysed: Site, api: Client) -> None:
    app = analysed.page("overview", modality="ADC")
    detail, text = api.analysis(app.query_params["analysis"]), shown(app).replace("\\", "")
    assert "Of ADC alone: after fine-tuning" in text
    assert detail.sentences[0] not in text
    n = next(row.n_features for row in api.groups(detail.id) if (row.grouping, row.group) == ("modality", "ADC"))
    assert f"{n} of {numbers.counted(detail.n_features, 'feature')}, seed" in text
    assert f"{n} of {detail.n_features}" not in shown(analysed.page("overview"))


def papers_figures_alone() -> None:
    """A page of what the folds hold."""
    from frontend.components import context_bar, papers_figures

    here = context_bar.current()
    assert here is not None
    papers_figures.by_modality(here)
    papers_figures.by_importance(here)


def test_the_papers_figures_stand_with_its_table_and_are_drawn_when_opened(analysed: Site) -> None:
    folds = [one.label for one in analysed.page("overview").expander]
    assert {
        "Fig. 2 of the paper: R² by modality",
        "Fig. 3 of the paper: features by the change of their importance",
    } <= {*folds}
    app = AppTest.from_function(papers_figures_alone, default_timeout=60).run()
    assert not app.exception
    text = shown(app).replace("\\", "")
    assert "The paper's Fig. 2" in text
    assert "I is a weight norm" in text
    assert len(app.get("plotly_chart")) == 2


def test_the_papers_table_says_the_studies_of_every_column(api: Client) -> None:
    known = [one for one in api.analyses() if one.task == "lesion_seg"]
    protocol = built_in("prostate-mpmri")
    assert papers_decoder.made_of(protocol, known) == notices.made_of(known[0])
    fewer = [one.model_copy(update={"n_studies": 1, "n_patients": 1} if one.roi == "lesion" else {}) for one in known]
    told = papers_decoder.made_of(protocol, fewer)
    assert "SEG-L: 1 study of 1 patient, " in told
    assert f"SEG-P: {known[0].n_studies} studies of" in told


def test_the_shared_change_and_the_floor_are_told_with_their_meaning(analysed: Site, api: Client) -> None:
    app = analysed.page("overview")
    found = api.analysis(app.query_params["analysis"]).trust
    assert found is not None
    helps = {element.value: element.proto.help for element in app.markdown if element.proto.help}
    shared = (
        "Shared change **not computed**"
        if found.shared_change is None
        else f"**{numbers.change(found.shared_change)}**"
    )
    assert any(shared in fact for fact in helps)
    floor = next(fact for fact in helps if "Control floor" in fact)
    assert numbers.r2(found.control_floor) in floor
    assert "wrong patients" in helps[floor]


def test_the_representation_is_context_only(analysed: Site, api: Client) -> None:
    app = analysed.page("overview")
    found = api.analysis(app.query_params["analysis"]).trust
    assert found is not None
    table = next(
        element.value for element in app.table if "value" in element.value and "how to read it" in element.value
    )
    cka = table.loc[next(name for name in table.index if "CKA" in name), "value"]
    assert cka.replace("\\", "") == numbers.r2(found.representation["cka_debiased"])
    assert "none of these says which radiomic content moved" in shown(app)


def test_the_measure_is_in_the_address(analysed: Site, api: Client) -> None:
    app = analysed.page("overview", measure="MSE")
    assert app.segmented_control(key="measure").value == "MSE"
    detail = api.analysis(app.query_params["analysis"])
    column = "SEG-L" if detail.roi == "lesion" else "SEG-P"
    glcm = next(line for line in detail.table_one if line.row == "glcm")
    assert app.dataframe[0].value.set_index("Group").loc["GLCM", f"{column} pre"] == glcm.mse_pre


def test_a_small_cohort_says_on_top_that_only_groups_can_be_read(analysed: Site) -> None:
    for name in ("overview", "shifts"):
        text = shown(analysed.page(name)).replace("\\", "")
        assert text.count("With 48 patients read groups: changes of single features are mostly missed.") == 1
        assert text.count("of single features are") == 1


@pytest.mark.parametrize(
    ("patients", "told"),
    [
        (25, "With 25 patients nothing is flagged: 40 are needed."),
        (48, "With 48 patients read groups: changes of single features are mostly missed."),
        (199, "With 199 patients read groups first: many changes of single features are missed."),
        (200, None),
    ],
)
def test_the_power_statement_follows_the_number_of_patients(patients: int, told: str | None) -> None:
    assert power_statement.sentence(patients) == told


def test_an_empty_server_says_what_to_do(no_data: Site) -> None:
    app = no_data.page("overview")
    assert not app.exception
    assert app.title[0].value == "Nothing has been analysed yet"
    assert [button.label for button in app.button if button.label == "Start something"]


def test_the_self_check_is_offered_with_what_it_would_do(analysed: Site) -> None:
    app = analysed.page("overview")
    assert "What could this study have seen?" in [element.label for element in app.expander]
    assert "Measure it" in [button.label for button in app.button]
    assert "plants known changes in simulated cohorts" in shown(app)


def test_the_measured_power_statement_stands_at_the_top(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = database.settings_of(tmp_path)
    database.fill(settings, patients=48, per_modality=18, width=8, hidden=4, epochs=2, most=1)
    measured = database.measure_power(settings)
    with serving(settings) as site:
        monkeypatch.setenv(API_URL_VARIABLE, site.url)
        text = shown(site.page("overview")).replace("\\", "")
    assert measured.startswith("With 48 patients and this signal, ")
    assert measured in text
    assert "read groups: changes of single features" not in text
