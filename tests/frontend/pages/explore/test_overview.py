from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from frontend.components import notices, papers_decoder, power_statement
from frontend.components.group_summary import answer
from frontend.drawn import table_one
from frontend.text import numbers
from frontend.text.trust_words import CHANGED
from shared.client import Client
from shared.environment import API_URL_VARIABLE
from shared.protocols.reader import built_in
from tests.frontend.pages.explore import database
from tests.frontend.pages.explore.site import serving
from tests.frontend.pages.explore.words_shown import drawn, shown
from tests.frontend.work_site import Site


def opened(name: str) -> AppTest:
    """A page of what the paper's folds hold."""
    pages = {"table": papers_table_alone, "figures": papers_figures_alone}
    return AppTest.from_function(pages[name], default_timeout=60).run()


def papers_table_alone() -> None:
    """A page of Table 1."""
    from frontend.components import context_bar, papers_decoder

    here = context_bar.current()
    assert here is not None
    papers_decoder.table(here)


def test_the_verdict_stands_at_the_top_and_the_whole_answer_is_there(analysed: Site, api: Client) -> None:
    app = analysed.page("overview")
    assert not app.exception
    detail = api.analysis(app.query_params["analysis"])
    assert "lesion segmentation" in app.title[0].value
    text = shown(app).replace("\\", "")
    assert detail.sentences[0] in text
    changed = [one for one in api.groups(detail.id) if one.grouping == "modality_class" and one.flag in CHANGED]
    if changed:
        most = max(changed, key=lambda one: abs(one.effect or 0.0))
        assert numbers.effect(most.effect, most.ci_low, most.ci_high) in text
    else:
        for heading in ("What was looked for", "What could have been seen", "What would be needed"):
            assert heading in text


def test_table_1_has_every_task_spelled_out(analysed: Site, api: Client) -> None:
    detail = api.analysis(analysed.page("overview").query_params["analysis"])
    app = opened("table")
    assert not app.exception
    text = drawn(app)
    assert ("SEG-L" in text, "SEG-P" in text, "CLS" in text) == (True, True, True)
    assert "Lesion segmentation, lesion" in text
    columns = {"SEG-L": api.analysis(detail.id).table_one}
    frame = table_one.frame(columns, "r2").set_index("Group")
    glcm = next(line for line in detail.table_one if line.row == "glcm")
    assert frame.loc["GLCM", "SEG-L ft"] == glcm.r2_ft
    assert numbers.r2(glcm.r2_ft) in text


def test_the_papers_part_is_folded_and_open_where_the_paper_leads(analysed: Site, api: Client) -> None:
    detail = api.analysis(analysed.page("overview").query_params["analysis"])
    doubts = papers_decoder.doubts(detail.alerts)
    assert doubts, "40 studies and 12 units are too few"
    for sort, expanded in (("trust", False), ("paper", True)):
        app = analysed.page("overview", sort=sort)
        fold = next(one for one in app.expander if one.label.startswith("Table 1 of the paper"))
        assert fold.proto.expanded is expanded
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
    for sentence in (*detail.sentences, "Control floor", "Shared change", "read groups:", "Is it carried, or used?"):
        assert sentence not in said[1]
    assert "the paper's held-out R²" in said[1]
    assert "R² above chance" in drawn(trust)
    assert "R² above chance" not in drawn(paper)


def test_answer_and_n_follow_the_modality(analysed: Site, api: Client) -> None:
    app = analysed.page("overview", modality="ADC")
    detail, text = api.analysis(app.query_params["analysis"]), shown(app).replace("\\", "")
    assert "on ADC" in app.title[0].value
    assert detail.sentences[0] not in text
    assert "DWI ·" not in drawn(app)
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
    app = opened("figures")
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


def test_the_views_are_in_the_address(analysed: Site) -> None:
    app = analysed.page("overview", by="Class")
    chart = next(one.proto.body for one in app.get("html") if "drawn-overview-groups" in one.proto.body)
    assert 'value="Class" checked' in chart
    assert 'value="Modality" checked' not in chart


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
        (200, "With 200 patients groups and single features can be read."),
    ],
)
def test_the_power_statement_follows_the_number_of_patients(patients: int, told: str) -> None:
    assert power_statement.sentence(patients) == f"{told} What is not flagged may still have changed."


def test_an_empty_server_says_what_to_do(no_data: Site) -> None:
    app = no_data.page("overview")
    assert not app.exception
    assert app.title[0].value == "Nothing has been analysed yet"
    assert [button.label for button in app.button if button.label == "Bring tables or images"]


def test_what_could_have_been_seen_is_a_sentence_and_no_button(analysed: Site) -> None:
    app = analysed.page("overview")
    assert "What is not flagged may still have changed." in shown(app).replace("\\", "")
    assert "Measure it" not in [button.label for button in app.button]


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
