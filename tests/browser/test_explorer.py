"""The page Shifts in a real browser: its filters are the API's own, its address holds, and keys lead through it."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from frontend.text import trust_words
from tests.browser.axe import findings
from tests.browser.explorer_page import asked, explorer, listed, opened, panel_of, ranking
from tests.browser.site import Site, served, settled, signed_in
from tests.frontend.pages.explore import database

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]


DARK = re.compile(r"(^| )dark( |$)")
"""The class of a dark explorer."""


@pytest.fixture(scope="module")
def site(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A cohort of tables with three analyses; its first study has a hostile id."""
    folder = tmp_path_factory.mktemp("analysed")
    database.fill(database.settings_of(folder))
    with served(folder) as running:
        yield running


@pytest.fixture(scope="module")
def profile(browser: Browser, site: Site) -> Iterator[BrowserContext]:
    context = signed_in(browser, site, viewport={"width": 1440, "height": 1000})
    yield context
    context.close()


@pytest.fixture(scope="module")
def analysis(profile: BrowserContext, site: Site) -> str:
    return str(asked(profile, site, "/analyses")["items"][0]["id"])


@pytest.fixture(scope="module")
def packed(profile: BrowserContext, site: Site, analysis: str) -> dict[str, Any]:
    found: dict[str, Any] = asked(profile, site, f"/analyses/{analysis}/ranking.packed")
    return found


@pytest.fixture
def page(profile: BrowserContext) -> Iterator[Page]:
    page = profile.new_page()
    yield page
    page.close()


@pytest.mark.parametrize(
    "where",
    [
        {},
        {"modality": "ADC"},
        {"feature_class": "glcm"},
        {"modality": "DWI", "feature_class": "glcm"},
        {"image_type": "original"},
        {"text": "GLCM t2"},
        {"text": ".*"},
        {"flag": ""},
    ],
)
def test_filters_keep_what_the_api_keeps_in_its_order(
    where: dict[str, str], page: Page, profile: BrowserContext, site: Site, analysis: str, packed: dict[str, Any]
) -> None:
    if "flag" in where:
        where = {"flag": next(flag for flag in packed["flag"] if flag is not None)}
    expected = ranking(profile, site, analysis, **where)
    words = {"feature_class": "class", "image_type": "image", "text": "q"}
    query = {words.get(name, name): value for name, value in where.items()} | {"order": "effect"}
    opened(profile, site, {"analysis": analysis} | query, page)
    assert listed(page, packed) == [row["feature"] for row in expected]
    told = explorer(page).locator(".sentence").inner_text()
    if where:
        assert told.startswith(f"{len(expected)} of {len(packed['feature'])} features match the filters.")
    else:
        assert "match the filters" not in told


def test_the_papers_order_is_the_api_s_and_the_switch_changes_all_of_the_page(
    page: Page, profile: BrowserContext, site: Site, analysis: str, packed: dict[str, Any]
) -> None:
    opened(profile, site, {"analysis": analysis, "sort": "paper"}, page)
    expected = ranking(profile, site, analysis, sort="delta_i")
    assert listed(page, packed) == [row["feature"] for row in expected]
    rose = sum(row["delta_i"] > 0 for row in expected)
    expect(explorer(page).locator(".headline")).to_have_text(re.compile(f"Importance rose for {rose} feature"))
    expect(explorer(page).locator(".number")).to_contain_text("ΔI, rank 1 of")
    page.get_by_role("radio", name="Trust").click()
    expect(explorer(page).locator(".headline")).to_have_text(re.compile(r"\d stronger, \d+ weaker"))
    expect(explorer(page).locator(".number")).to_contain_text("paper: ΔI")
    expect(explorer(page).locator(".scatter h4")).not_to_contain_text("held-out decoding")
    page.wait_for_url("**sort=trust*")
    settled(page)
    assert explorer(page).locator(".headline").inner_text().count("stronger") == 1


def test_the_list_goes_by_flag_then_effect(
    page: Page, profile: BrowserContext, site: Site, analysis: str, packed: dict[str, Any]
) -> None:
    opened(profile, site, {"analysis": analysis}, page)
    found = [packed["feature"].index(name) for name in listed(page, packed)]
    flags = [packed["flag"][k] for k in found]
    order = ["stronger", "probable_stronger", "label_borne", "weaker", "probable_weaker", "kept", "unchanged"]
    places = [(*order, "underpowered", "not_decodable", "too_few").index(flag) for flag in flags]
    assert places == sorted(places)
    by = packed["numbers"].get("effect_shrunk") or packed["numbers"]["effect"]
    for flag in set(flags) - {"unchanged"}:
        effects = [by[k] for k in found if packed["flag"][k] == flag]
        assert effects == sorted(effects, reverse=flag not in trust_words.DOWN)


def test_the_modality_of_the_line_is_heard_and_the_number_of_features_follows(
    page: Page, profile: BrowserContext, site: Site, analysis: str
) -> None:
    opened(profile, site, {"analysis": analysis}, page)
    box = explorer(page)
    page.get_by_role("radio", name="ADC").click()
    expect(box.locator(".sentence")).to_contain_text("36 of 108 features match the filters.")
    expect(box.locator(".scatter figcaption, .scatter > .quiet")).to_contain_text("36 of 108 features, seed")
    page.wait_for_url("**modality=ADC*")
    box.get_by_label("Class", exact=True).select_option("glcm")
    page.wait_for_url("**class=GLCM*")
    assert "modality=ADC" in page.url


def test_the_address_holds_what_was_chosen_through_reload_and_back(
    page: Page, profile: BrowserContext, site: Site, analysis: str, packed: dict[str, Any]
) -> None:
    opened(profile, site, {"analysis": analysis}, page)
    box = explorer(page)
    first = packed["feature"][int(box.locator(".row").nth(0).get_attribute("data-k") or 0)]
    third = packed["feature"][int(box.locator(".row").nth(2).get_attribute("data-k") or 0)]
    panel_of(page, first)
    box.locator(".row").nth(2).click()
    panel_of(page, third)
    assert f"feature={third}" in page.url
    box.get_by_label("Search features").fill("grey level")
    page.wait_for_url("**q=grey+level*")
    sentence = box.locator(".sentence").inner_text()
    page.reload()
    settled(page)
    panel_of(page, third)
    assert box.locator(".sentence").inner_text() == sentence
    assert box.get_by_label("Search features").input_value() == "grey level"
    box.get_by_label("Search features").fill("")
    page.wait_for_function("() => !location.search.includes('q=')")
    page.go_back()
    panel_of(page, first)
    page.go_forward()
    panel_of(page, third)


def test_the_server_hears_what_the_address_says(page: Page, profile: BrowserContext, site: Site, analysis: str) -> None:
    """A saved view keeps it, although no run of the page had it before."""
    opened(profile, site, {"analysis": analysis}, page)
    explorer(page).get_by_label("Class", exact=True).select_option("glcm")
    page.wait_for_url("**class=GLCM*")
    page.wait_for_timeout(1500)  # the server hears it a moment later than the browser's address
    page.get_by_role("button", name="Views").click()
    page.get_by_label("Save this view as").fill("of GLCM")
    page.keyboard.press("Enter")
    settled(page)
    page.get_by_test_id("stPopoverBody").get_by_role("button").first.click()
    settled(page)
    (view,) = (one for one in asked(profile, site, "/saved-views")["items"] if one["name"] == "of GLCM")
    assert view["query"]["class"] == "GLCM"


def test_keys_lead_to_the_first_feature_through_the_list_and_to_its_patient(
    page: Page, profile: BrowserContext, site: Site, analysis: str, packed: dict[str, Any]
) -> None:
    opened(profile, site, {"analysis": analysis}, page)
    box = explorer(page)
    rows = box.locator(".rows")
    box.get_by_label("Flag", exact=True).focus()
    for _ in range(5):  # class, image, search, stars, order
        page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    assert rows.evaluate("rows => rows.getRootNode().activeElement === rows")
    names = [
        packed["feature"][int(k or 0)]
        for k in box.locator(".row").evaluate_all("all => all.map((row) => row.dataset.k)")
    ]
    for key, at in (("ArrowDown", 1), ("j", 2), ("k", 1), ("ArrowUp", 0), ("End", -1), ("Home", 0), ("j", 1)):
        page.keyboard.press(key)
        chosen = rows.locator('[aria-selected="true"]')
        expect(chosen).to_have_count(1)
        if at >= 0:
            panel_of(page, names[at])
            assert rows.get_attribute("aria-activedescendant") == chosen.get_attribute("id")
    page.keyboard.press("Enter")
    page.wait_for_url("**/cases?*")
    assert f"feature={names[1]}" in page.url
    assert "case=" in page.url


def test_j_and_k_need_no_tab_at_all(
    page: Page, profile: BrowserContext, site: Site, analysis: str, packed: dict[str, Any]
) -> None:
    opened(profile, site, {"analysis": analysis}, page)
    names = listed(page, packed)
    page.keyboard.press("j")
    panel_of(page, names[1])
    page.keyboard.press("k")
    panel_of(page, names[0])


def test_letters_typed_into_the_search_do_not_move_the_list(
    page: Page, profile: BrowserContext, site: Site, analysis: str
) -> None:
    opened(profile, site, {"analysis": analysis}, page)
    chosen = panel_of(page).locator("code").inner_text()
    explorer(page).get_by_label("Search features").press_sequentially("jk")
    assert panel_of(page).locator("code").inner_text() == chosen


def test_it_can_be_used_by_everyone_and_asks_nobody_else(
    browser: Browser, profile: BrowserContext, site: Site, analysis: str, screenshots: Path
) -> None:
    """Wide in light and dark, then narrower: opened once, for the page follows the system and the window."""
    context = browser.new_context(
        viewport={"width": 1440, "height": 900}, color_scheme="light", storage_state=profile.storage_state()
    )
    page, watch = opened(context, site, {"analysis": analysis})
    panel_of(page)
    for fold in explorer(page).locator("details > summary").all():
        fold.click()
    faults, wide = {}, {}
    colours: Literal["light", "dark"]
    for colours, width in (("light", 1440), ("dark", 1440), ("light", 1024), ("light", 390)):
        page.emulate_media(color_scheme=colours)
        page.set_viewport_size({"width": width, "height": 900})
        root = expect(explorer(page))
        (root.to_have_class if colours == "dark" else root.not_to_have_class)(DARK)
        settled(page)
        page.screenshot(path=screenshots / f"explorer-{colours}-{width}.png")
        wide[width] = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        faults[colours, width] = findings(page)
    context.close()
    assert [found for found in faults.values() if found] == []
    assert max(wide.values()) <= 0
    assert watch.outside == []
    assert watch.console == []
