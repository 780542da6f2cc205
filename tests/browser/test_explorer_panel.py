"""The panel of a feature: what it says is what the API says, ids are text, and marks are written at once."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from frontend.text import numbers
from tests.browser.explorer_page import asked, explorer, listed, opened, panel_of, ranking
from tests.browser.site import Site, served, settled, signed_in
from tests.frontend.pages.explore import database

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def site(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A cohort of tables with one analysis with the trust block; its first study has a hostile id."""
    folder = tmp_path_factory.mktemp("panel")
    database.fill(database.settings_of(folder), most=1)
    with served(folder) as running:
        yield running


@pytest.fixture(scope="module")
def plain_site(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The same without the trust block."""
    folder = tmp_path_factory.mktemp("plain")
    database.fill(database.settings_of(folder), per_modality=18, trust=False, most=1)
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


@pytest.fixture
def page(profile: BrowserContext) -> Iterator[Page]:
    page = profile.new_page()
    yield page
    page.close()


def evidence(profile: BrowserContext, site: Site, analysis: str, feature: str) -> Any:
    return asked(profile, site, f"/analyses/{analysis}/evidence/{feature}")


def test_effect_flag_and_reasons_are_those_of_the_api(
    page: Page, profile: BrowserContext, site: Site, analysis: str
) -> None:
    for row in ranking(profile, site, analysis):
        found = evidence(profile, site, analysis, row["feature"])
        if found["disagreement"]["disagrees"]:
            break
    else:
        pytest.fail("paper and trust agree on every feature")
    opened(profile, site, {"analysis": analysis, "feature": row["feature"]}, page)
    text = panel_of(page, row["feature"]).inner_text()
    assert numbers.change(row["effect"]) in text
    assert numbers.interval(row["ci_low"], row["ci_high"]) in text
    assert f"Effect {numbers.effect(row['effect'], row['ci_low'], row['ci_high'])}, q {numbers.q(row['q'])}" in text
    assert "Why do these two disagree?" in text
    assert found["disagreement"]["headline"] in text
    reasons = {one["code"]: one for one in found["disagreement"]["reasons"]}
    applying = [one for one in reasons.values() if one["applies"]]
    assert applying
    for one in (*applying, reasons["shared"]):
        assert f"{one['title']}. {one['sentence']}" in text
    assert f"pure noise reaches {numbers.r2(row['chance_r2_pre'])} before" in text
    first = found["influence"][0]
    told = numbers.fine_change(row["effect"] - first["carries"])
    assert f"Patient {first['patient_id']} without this patient the effect would be {told}" in text
    assert found["definition"]["sentence"] in text
    assert panel_of(page).locator(".chart").evaluate_all("all => all.map((one) => one.dataset.chart)") == [
        "held-out", "readings", "influence",
    ]  # fmt: skip


def test_a_hostile_id_is_text(page: Page, profile: BrowserContext, site: Site, analysis: str) -> None:
    for row in ranking(profile, site, analysis):
        carriers = evidence(profile, site, analysis, row["feature"])["points"][:6]
        if any(one["study_id"] == database.HOSTILE for one in carriers):
            break
    else:
        pytest.fail("no feature is carried by the hostile study")
    _, watch = opened(profile, site, {"analysis": analysis, "feature": row["feature"]}, page)
    panel = panel_of(page, row["feature"])
    expect(panel.get_by_role("link", name=f"Study {database.HOSTILE}")).to_be_visible()
    assert panel.locator("img").count() == 0
    assert watch.outside == []


@pytest.mark.parametrize("name", ["<script>alert(1)</script>", "![](http://x)", "<img src=x onerror=alert(1)>"])
def test_what_an_address_calls_a_feature_is_text(
    name: str, page: Page, profile: BrowserContext, site: Site, analysis: str
) -> None:
    page.on("dialog", lambda dialog: pytest.fail(dialog.message))
    _, watch = opened(profile, site, {"analysis": analysis, "feature": name, "q": "", "flag": name}, page)
    notice = explorer(page).locator(".notice")
    expect(notice).to_contain_text(f"This analysis has no feature {name}.")
    assert notice.locator("script, img").count() == 0
    assert explorer(page).locator(".empty").is_visible(), "an unknown flag keeps nothing"
    assert watch.outside == []


def test_a_feature_that_is_not_there_offers_those_named_like_it(
    page: Page, profile: BrowserContext, site: Site, analysis: str
) -> None:
    name = ranking(profile, site, analysis)[0]["feature"]
    opened(profile, site, {"analysis": analysis, "feature": f"{name}s"}, page)
    notice = explorer(page).locator(".notice")
    expect(notice).to_contain_text("The nearest names:")
    notice.get_by_role("button", name=name, exact=True).click()
    panel_of(page, name)
    expect(notice).to_be_hidden()
    opened(profile, site, {"analysis": analysis, "feature": "zzz"}, page)
    expect(notice).to_contain_text("has no feature zzz. Choose one below.")
    notice.get_by_role("button", name="Close").click()
    expect(notice).to_be_hidden()
    page.wait_for_function("() => !location.search.includes('feature=')")


def test_empty_lists_say_what_to_do(page: Page, profile: BrowserContext, site: Site, analysis: str) -> None:
    opened(profile, site, {"analysis": analysis, "q": "no such words"}, page)
    box = explorer(page)
    expect(box.locator(".empty")).to_have_text("No feature matches these filters. Take one away to see more.")
    expect(box.locator(".headline")).to_have_text("No feature matches")
    box.get_by_role("button", name="Clear").click()
    expect(box.locator(".empty")).to_be_hidden()
    box.get_by_role("button", name="Only starred features").click()
    expect(box.locator(".empty")).to_contain_text("You have starred no feature of this analysis.")
    page.wait_for_url("**starred=yes*")


def test_a_star_is_set_marks_the_list_and_keeps_it_to_what_is_starred(
    page: Page, profile: BrowserContext, site: Site, analysis: str
) -> None:
    packed = asked(profile, site, f"/analyses/{analysis}/ranking.packed")
    opened(profile, site, {"analysis": analysis}, page)
    name = listed(page, packed)[2]
    explorer(page).locator(".rows").evaluate("box => { box.scrollTop = 0; }")
    explorer(page).locator(".row").nth(2).click()
    panel = panel_of(page, name)
    panel.get_by_role("button", name="☆ Star").click()
    expect(panel.get_by_role("button", name="★ Starred")).to_be_visible()
    assert [one["feature"] for one in asked(profile, site, "/stars")["items"]] == [name]
    expect(explorer(page).locator(".row .star")).to_have_count(1)
    explorer(page).get_by_role("button", name="Only starred features").click()
    expect(explorer(page).locator(".row")).to_have_count(1)
    page.reload()
    settled(page)
    expect(explorer(page).locator(".row")).to_have_count(1)
    panel_of(page, name).get_by_role("button", name="★ Starred").click()
    expect(explorer(page).locator(".row")).to_have_count(0)
    assert asked(profile, site, "/stars")["items"] == []


def test_a_note_is_written_shown_as_text_and_deleted(
    page: Page, profile: BrowserContext, site: Site, analysis: str
) -> None:
    markup = "![x](http://outside.example/x.png) <b>bold</b>\nsecond line"
    name = ranking(profile, site, analysis)[0]["feature"]
    _, watch = opened(profile, site, {"analysis": analysis, "feature": name}, page)
    panel = panel_of(page, name)
    panel.get_by_role("button", name="Notes").click()
    expect(panel.locator(".notes")).to_contain_text("No note yet.")
    panel.get_by_role("button", name="Add note").click()
    expect(panel.get_by_role("alert")).to_have_text("The note is empty; write something first.")
    panel.get_by_label("Add a note").fill(markup)
    panel.get_by_role("button", name="Add note").click()
    expect(panel.locator(".notes article .words")).to_have_text(markup)
    assert panel.locator(".notes b", has_text="bold").count() == 0
    (note,) = asked(profile, site, "/notes", analysis_id=analysis, feature=name)["items"]
    assert note["text"] == markup
    expect(panel.get_by_role("button", name="1 note")).to_be_visible()
    panel.get_by_role("button", name="Delete").click()
    expect(panel.locator(".notes")).to_contain_text("No note yet.")
    assert watch.outside == []


def test_the_table_holds_every_feature_and_its_files_follow_the_filters(
    page: Page, profile: BrowserContext, site: Site, analysis: str
) -> None:
    opened(profile, site, {"analysis": analysis, "class": "GLCM", "modality": "ADC"}, page)
    table = explorer(page).locator(".table")
    expected = ranking(profile, site, analysis, feature_class="glcm", modality="ADC")
    expect(table.locator("summary")).to_have_text(f"Table of all {len(expected)} features")
    table.locator("summary").click()
    expect(table.locator("tbody tr")).to_have_count(len(expected))
    heads = table.locator("thead th").all_inner_texts()
    assert heads[:4] == ["In words", "Flag", "Effect", "95 % interval"]
    assert {"q", "Rank by ΔI", "ΔI", "paper R² ft", "PyRadiomics name"} <= set(heads)
    with page.expect_download() as download:
        table.get_by_role("link", name="These features as CSV").click()
    lines = download.value.path().read_text().splitlines()
    assert len(lines) == 1 + len(expected)
    table.locator("tbody tr").nth(1).get_by_role("button").click()
    cells = table.locator("tbody tr").nth(1).locator("td").all_inner_texts()
    panel_of(page, cells[-1])


def test_without_a_trust_block_the_papers_decoders_are_shown(browser: Browser, plain_site: Site) -> None:
    context = signed_in(browser, plain_site, viewport={"width": 1440, "height": 1000})
    analysis = asked(context, plain_site, "/analyses")["items"][0]["id"]
    page, watch = opened(context, plain_site, {"analysis": analysis})
    row = ranking(context, plain_site, analysis, sort="delta_i")[0]
    panel = panel_of(page, row["feature"])
    text = panel.inner_text()
    expect(explorer(page).locator(".headline")).to_have_text(re.compile("Importance rose for"))
    assert explorer(page).get_by_label("Flag", exact=True).count() == 0
    assert numbers.importance_change(row["i_pre"], row["i_ft"]) in text
    assert "Patients that carry the change" in text
    assert f"paper's held-out R² {numbers.r2(row['paper_r2_pre'])} → {numbers.r2(row['paper_r2_ft'])}" in text
    assert "trust:" not in text
    context.close()
    assert watch.outside == []
    assert watch.console == []
