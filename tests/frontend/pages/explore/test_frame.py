"""The frame: every page has its link in the rail, the tab says what a page is about, the words can be looked up."""

from frontend.frame import facts, keys, page_list, titles
from tests.browser.pages import PAGES
from tests.frontend.pages.explore.analyses import analysis
from tests.frontend.pages.explore.site import Site


def test_the_rail_and_you_have_every_page_once() -> None:
    assert sorted(entry.name for entry in page_list.EVERY) == PAGES


def test_a_tab_says_page_subject_and_program() -> None:
    assert titles.tab_title("Shifts", "gland volume") == "Shifts · gland volume · RadiomicLens"
    assert titles.tab_title("Jobs", None) == "Jobs · RadiomicLens"


def test_the_button_of_the_facts_says_the_runs() -> None:
    assert facts.button_text(analysis("a"), 1) == "1 run · seed 0"
    assert facts.button_text(analysis("a"), 5) == "5 runs"


def test_the_line_stands_on_explore_pages_and_the_rail_on_all(analysed: Site) -> None:
    for name, has_line in (("overview", True), ("jobs", False)):
        app = analysed.page(name)
        assert not app.exception
        assert [box.label for box in app.selectbox if box.key == "analysis-box"] == ["Analysis"] * has_line
        assert not app.sidebar.children


def test_a_place_that_a_browser_names_is_a_page_of_ours_or_nothing() -> None:
    place = keys.place_of({"page": "shifts", "query": {"analysis": "a", "feature": "f", "evil": "x", "case": 3}})
    assert place == keys.Place("shifts", {"analysis": "a", "feature": "f"})
    assert keys.place_of({"page": "../app", "query": {}}) is None
    assert keys.place_of({"page": "jobs", "query": "none"}) == keys.Place("jobs", {})
    assert keys.place_of(None) is None
