"""Addresses of pages that people kept before other organs went the whole way: each opens what it named."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from streamlit.testing.v1 import AppTest

from backend.storage.database import upgrade
from frontend.state import session_keys
from shared.client import Client
from shared.environment import API_URL_VARIABLE
from tests.frontend.pages.explore.site import Site, serving
from tests.frontend.work_site import words
from tests.storage.before_protocols import folder as earlier

FEATURE = "T2_original_firstorder_Mean"


@dataclass(frozen=True)
class Earlier:
    """The folder behind a server: its pages, a caller of its API, and what addresses name."""

    site: Site
    client: Client
    cohort_id: str
    analysis_id: str

    def page(self, name: str, **query: str) -> AppTest:
        """The dashboard after opening an address."""
        return self.site.page(name, **query)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Earlier]:
    settings = earlier.unpack(tmp_path_factory.mktemp("before") / "data").model_copy(update={"auth": False})
    upgrade(settings)
    with serving(settings) as site, site.client as client:
        analysis = next(one for one in client.analyses() if one.task == "volume")
        yield Earlier(site, client, analysis.cohort_id, analysis.id)


@pytest.fixture
def site(served: Earlier, monkeypatch: pytest.MonkeyPatch) -> Earlier:
    monkeypatch.setenv(API_URL_VARIABLE, served.site.url)
    return served


def address(page: AppTest, name: str) -> str:
    """A parameter of the address; AppTest gives a list once a page has written it."""
    found = page.query_params.get(name, "")
    return found if isinstance(found, str) else found[0]


@pytest.mark.parametrize(
    ("page", "query"),
    [
        ("overview", {"roi": "gland", "modality": "T2", "sort": "paper"}),
        ("shifts", {"roi": "gland", "modality": "ADC", "feature": FEATURE}),
        ("groups", {"modality": "DWI"}),
        ("map", {"roi": "gland"}),
        ("causes", {"roi": "gland"}),
    ],
)
def test_an_address_of_an_analysis_opens_it(site: Earlier, page: str, query: dict[str, str]) -> None:
    asked = {"analysis": site.analysis_id} | query
    shown = site.page(page, **asked)
    assert not shown.exception
    assert {name: address(shown, name) for name in asked} == asked
    assert shown.session_state[session_keys.ANALYSIS_BOX] == site.analysis_id


@pytest.mark.parametrize(
    ("page", "box", "value"),
    [("overview", "by", "Class"), ("groups", "show", "After")],
)
def test_an_address_sets_the_views_of_its_charts(site: Earlier, page: str, box: str, value: str) -> None:
    shown = site.page(page, analysis=site.analysis_id, **{box: value})
    assert not shown.exception
    charts = "".join(element.proto.body for element in shown.get("html"))
    buttons = re.findall(rf'<input [^>]*data-parameter="{box}"[^>]*>', charts)
    assert [re.findall(r'value="([^"]*)"', one)[0] for one in buttons if one.endswith(" checked>")] == [value]


@pytest.mark.parametrize(
    ("page", "box", "value"),
    [("map", "colour", "PI-RADS")],
)
def test_an_address_sets_the_boxes_of_its_page(site: Earlier, page: str, box: str, value: str) -> None:
    shown = site.page(page, analysis=site.analysis_id, **{box: value})
    assert not shown.exception
    kinds = (shown.selectbox, shown.segmented_control, shown.text_input)
    assert [each.value for kind in kinds for each in kind if each.key == box] == [value]


def test_an_address_of_a_comparison_opens_both(site: Earlier) -> None:
    other = next(one.id for one in site.client.analyses() if one.task == "lesion_seg")
    shown = site.page("compare", analysis=site.analysis_id, **{"with": other})
    assert not shown.exception
    assert address(shown, "with") == other
    assert "lesion" in words(shown)


def test_an_address_of_a_case_opens_its_slice(site: Earlier) -> None:
    case = next(one for one in site.client.cases(site.cohort_id) if one.lesion_ml)
    shown = site.page("cases", cohort=site.cohort_id, case=case.id, k="4")
    assert not shown.exception
    assert shown.main.title[0].value.replace("\\", "") == case.study_id
    assert address(shown, "k") == "4"


@pytest.mark.parametrize(("page", "query"), [("run", {"do": "analyze"}), ("run", {"do": "finetune"}), ("data", {})])
def test_an_address_of_a_cohort_opens_it(site: Earlier, page: str, query: dict[str, str]) -> None:
    shown = site.page(page, cohort=site.cohort_id, **query)
    assert not shown.exception
    assert address(shown, "cohort") == site.cohort_id
    assert any("prostates" in str(box.format_func(box.value)) for box in shown.selectbox)


def test_an_address_of_a_job_opens_it(site: Earlier) -> None:
    job = next(one for one in site.client.jobs() if one.kind == "pretrain")
    shown = site.page("jobs", job=job.id)
    assert not shown.exception
    assert job.title in words(shown)
