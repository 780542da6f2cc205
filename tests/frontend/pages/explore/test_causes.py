"""The page Used and new, on a cohort in which it is known what is used, what is new and what is a shortcut."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select
from streamlit.testing.v1 import AppTest

from backend.models import Encoder
from backend.storage.database import Database
from frontend.causes.use import head
from frontend.charts.causes.content_shares import parts
from frontend.text import causes_words as words
from shared import schemas as s
from shared.environment import API_URL_VARIABLE
from shared.protocols.reader import prostate
from tests.frontend.pages.explore import causes_database, database
from tests.frontend.pages.explore.site import Site, serving
from tests.frontend.pages.explore.words_shown import shown


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("causes")


@pytest.fixture(scope="module")
def server(folder: Path) -> Iterator[Site]:
    settings = database.settings_of(folder)
    causes_database.fill(settings)
    with serving(settings) as site:
        yield site


@pytest.fixture
def site(server: Site, monkeypatch: pytest.MonkeyPatch) -> Site:
    monkeypatch.setenv(API_URL_VARIABLE, server.url)
    return server


def analysis_of(site: Site, with_label: bool) -> s.AnalysisDetail:
    with site.client as client:
        details = [client.analysis(one.id) for one in client.analyses()]
    return next(one for one in details if one.trust is not None and (one.trust.use is not None) == with_label)


def opened(site: Site, with_label: bool = True, page: str = "causes", **query: str) -> tuple[AppTest, s.TrustSummary]:
    detail = analysis_of(site, with_label)
    app = site.page(page, analysis=detail.id, **query)
    assert not app.exception
    assert detail.trust is not None
    return app, detail.trust


def links(app: AppTest) -> dict[str, str]:
    return {link.proto.label.replace("\\", ""): link.proto.query_string for link in app.get("page_link")}


def test_what_is_used_stands_first_with_its_control_and_its_features(site: Site) -> None:
    app, trust = opened(site)
    assert trust.use is not None
    glcm = next(one for one in trust.use.groups if one.group == "T2_glcm")
    assert glcm.use == "used"
    text = shown(app).replace("\\", "")
    lost = words.share_with_interval(glcm.used, glcm.low, glcm.high)
    assert f"Without T2 · GLCM it loses {lost} of its skill" in text
    assert f"taking away an average control costs {words.share(glcm.control)}: the task uses it" in text
    assert "in place of the task's own, tells it with R² 0." in text
    assert head(prostate(), trust.use).endswith("on held-out patients.")
    assert head(prostate(), trust.use.model_copy(update={"head_given": True})).endswith(
        "on some of which it may have been fitted."
    )
    features = [label for label, query in links(app).items() if "feature=T2_original_glcm" in query]
    assert any("GLCM" in label and "%" in label for label in features)
    table = next(element.value for element in app.dataframe if "control" in element.value)
    assert dict(zip(table["group"], table["use"], strict=True))["T2 · GLCM"] == "the task uses it"


def test_the_headline_of_the_report_is_said_and_the_bar_adds_up_to_it(site: Site) -> None:
    app, trust = opened(site)
    new = trust.new_content
    assert new is not None
    text = shown(app).replace("\\", "")
    assert words.as_sentence(new.headline) in text
    part = parts(new)
    assert part.radiomics + part.both + part.together + part.label + part.no_name == pytest.approx(1.0)
    assert part.no_name == pytest.approx(new.rest, abs=0.01)
    assert part.radiomics + part.both == pytest.approx(new.radiomics.value)
    named = [fold.label.replace("\\", "") for fold in app.expander]
    assert any("of what is new, goes with T2 · NGTDM" in label for label in named)
    assert any("NGTDM and Centre" in label for label in named)
    assert app.get("plotly_chart")


def test_a_centre_that_is_read_better_is_warned_of_and_the_label_is_not(site: Site) -> None:
    app, _ = opened(site)
    (warning,) = [element.value.replace("\\", "") for element in app.warning]
    assert warning.startswith("Possible shortcut: Centre can be read better")
    assert "PSA" not in warning
    assert "Centre is read better after fine-tuning: R² " in shown(app).replace("\\", "")
    assert "Not read before or after: Age." in shown(app).replace("\\", "")


def test_without_a_label_the_page_says_what_to_do(site: Site) -> None:
    app, _ = opened(site, with_label=False)
    assert "without the task's label" in shown(app).replace("\\", "")
    assert "do=analyze" in links(app)["Analyse again"]
    assert not any("control" in element.value for element in app.dataframe)


def test_tables_have_no_weights_and_the_page_says_so(site: Site) -> None:
    app, trust = opened(site)
    assert trust.weights_by_stage == []
    assert "came as tables, so the encoder's weights are not here" in shown(app)


def test_the_overview_says_it_in_two_cards_and_leads_there(site: Site) -> None:
    app, trust = opened(site, page="overview")
    assert trust.new_content is not None
    assert trust.use is not None
    text = shown(app).replace("\\", "")
    used = [one.group for one in trust.use.groups if one.use == "used"]
    assert len(used) == 1
    assert f"The task uses what {words.group(used[0])} measures." in text
    assert words.share_of_variance(trust.new_content.radiomics) in text
    assert "has no name here" in text
    assert "Centre read better than before: a possible shortcut" in text
    assert "analysis=" in links(app)["More on what is used, new and lost"]


def test_an_analysis_without_the_trust_block_is_sent_to_the_form(untrusted: Site) -> None:
    app = untrusted.page("causes")
    assert not app.exception
    assert "made without the trust block" in shown(app)
    assert "do=analyze" in links(app)["Analyse again"]


def test_an_empty_server_says_what_to_do(no_data: Site) -> None:
    app = no_data.page("causes")
    assert not app.exception
    assert app.title[0].value == "Nothing has been analysed yet"


def test_where_says_of_an_encoder_without_stages_that_it_has_none(site: Site, folder: Path) -> None:
    def set_facts(facts: dict[str, int], arch: str) -> None:
        opened_here = Database(database.settings_of(folder))
        with opened_here.write() as session:
            for encoder in session.scalars(select(Encoder)):
                encoder.settings, encoder.arch = {**encoder.settings, "facts": facts}, arch
        opened_here.close()

    set_facts({"stages": 0}, "timm:vit_base")
    try:
        app, _ = opened(site)
        text = shown(app).replace("\\", "")
    finally:
        set_facts({}, "imported")
    assert "has no stages, only the pooled embedding, so nothing can be followed along its stages." in text
    assert not any("Compute what each stage decodes" in button.label for button in app.button)
