import pytest
from streamlit.testing.v1 import AppTest

from frontend.frame import facts
from shared.client import Client
from shared.environment import API_URL_VARIABLE
from shared.protocols.reader import prostate
from tests.frontend.pages.explore.analyses import analysis
from tests.frontend.pages.explore.words_shown import shown
from tests.frontend.work_site import APP, Site


def test_chips_say_what_the_numbers_are_made_of() -> None:
    assert [text for text, _, _ in facts.chips(prostate(), analysis("a"))] == [
        "PI-RADS", "cohort demo-prostates", "40 patients, 46 studies", "gland ROI", "T2 DWI ADC",
        "atto 3f9c → ft a71e · epoch 8", "seed 0",
    ]  # fmt: skip
    assert facts.chips(prostate(), analysis("a"), 3)[5][0] == "atto 3f9c → ft a71e · epoch 8 · 3 runs"


def test_the_bar_offers_only_what_exists_and_follows_the_address(analysed: Site, api: Client) -> None:
    by_place = {(a.task, a.roi): a for a in api.analyses()}
    app = analysed.page("overview", analysis=by_place["lesion_seg", "gland"].id)
    assert not app.exception
    assert app.selectbox(key="analysis-box").options == [
        "demo-prostates · Lesion segmentation",
        "demo-prostates · PI-RADS",
    ]
    assert app.segmented_control(key="roi-switch").value == "gland"
    app.segmented_control(key="roi-switch").set_value("lesion").run()
    assert app.query_params["roi"] == "lesion"
    assert app.query_params["analysis"] == by_place["lesion_seg", "lesion"].id


def test_choosing_a_modality_writes_the_address_and_survives_a_change_of_page(analysed: Site) -> None:
    app = analysed.page("overview")
    app.segmented_control(key="modality-switch").set_value("DWI").run()
    assert app.query_params["modality"] == "DWI"
    app.query_params.clear()
    app.switch_page("pages/groups.py").run()
    assert app.query_params["modality"] == "DWI"


def test_trust_leads_until_the_address_says_paper(analysed: Site) -> None:
    app = analysed.page("overview")
    assert app.segmented_control(key="sort-switch").value == "trust"
    assert app.query_params["sort"] == "trust"
    app.segmented_control(key="sort-switch").set_value("paper").run()
    assert app.query_params["sort"] == "paper"
    assert not app.exception
    again = analysed.page("shifts", sort="paper")
    assert again.segmented_control(key="sort-switch").value == "paper"


def test_the_paper_leads_where_an_analysis_has_no_trust_block(untrusted: Site) -> None:
    for name in ("overview", "shifts", "groups"):
        app = untrusted.page(name, sort="trust")
        assert not app.exception
        assert app.segmented_control(key="sort-switch").value == "paper"
        assert app.segmented_control(key="sort-switch").disabled
        assert "Shared change" not in shown(app)


def test_a_visitor_without_a_session_is_told_how_to_sign_in(locked: Site) -> None:
    app = locked.page("overview")
    assert "radiomiclens login" in shown(app)
    assert not app.selectbox


def test_a_server_that_is_away_gives_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(API_URL_VARIABLE, "http://127.0.0.1:9")
    app = AppTest.from_file(str(APP), default_timeout=30).run()
    assert not app.exception
    assert len(app.error) == 1
    assert "does not answer" in app.error[0].value
