"""The evidence of a feature and a comparison, in a real browser: opened by address, saved as files, made by a click."""

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page

from tests.browser.explorer_page import panel_of
from tests.browser.site import Site, Watch, settled

pytestmark = [pytest.mark.browser, pytest.mark.timeout(1200)]
MAIN = '[data-testid="stMain"]'
JOB_MS = 120_000


def asked(profile: BrowserContext, site: Site, path: str) -> Any:
    answer = profile.request.get(f"{site.address}/api/v1{path}")
    assert answer.ok, answer.text()
    return answer.json()


def opened(profile: BrowserContext, site: Site, path: str) -> tuple[Page, Watch]:
    page, watch = profile.new_page(), Watch(site.address)
    watch.on(page)
    page.goto(f"{site.address}/{path}")
    settled(page)
    return page, watch


def of_cohort(profile: BrowserContext, site: Site, name: str) -> list[dict[str, Any]]:
    return [one for one in asked(profile, site, "/analyses")["items"] if one["cohort_name"] == name]


def test_the_evidence_of_a_feature_opens_by_address_and_its_charts_can_be_saved(
    profile: BrowserContext, site: Site, screenshots: Path
) -> None:
    analysis = of_cohort(profile, site, "sample-tables")[0]["id"]
    feature = asked(profile, site, f"/analyses/{analysis}/ranking?limit=1&sort=effect")["items"][0]["feature"]
    found = asked(profile, site, f"/analyses/{analysis}/evidence/{feature}")
    page, watch = opened(profile, site, f"shifts?analysis={analysis}&feature={feature}")
    panel = panel_of(page, feature)
    panel.get_by_text(found["disagreement"]["headline"][:40]).wait_for()
    assert panel.locator(".chart").count() == 3
    page.screenshot(path=screenshots / "evidence-light.png")
    chart = panel.locator('[data-chart="influence"]')
    for kind, start in (("SVG", b"<svg"), ("PNG", b"\x89PNG")):
        with page.expect_download() as download:
            chart.get_by_role("button", name=f"{kind} of the chart").click()
        assert download.value.path().read_bytes().startswith(start)
        assert download.value.suggested_filename == f"influence.{kind.lower()}"
    with page.expect_download() as download:
        chart.get_by_role("button", name="CSV of the chart").click()
    lines = download.value.path().read_text().splitlines()
    assert lines[0] == "patient_id,carries,effect_without"
    assert len(lines) == 1 + len(found["influence"])
    page.close()
    assert watch.outside == []
    assert watch.console == []


def test_the_panel_shows_patients_low_middle_and_high_with_the_map_over_their_slices(
    profile: BrowserContext, site: Site, screenshots: Path
) -> None:
    analysis = of_cohort(profile, site, "demo-prostates")[0]["id"]
    rows = asked(profile, site, f"/analyses/{analysis}/ranking?limit=500&image_type=original")["items"]
    feature = next(row["feature"] for row in rows if row["feature_class"] == "firstorder")
    found = asked(profile, site, f"/analyses/{analysis}/examples/{feature}")
    assert found["has_map"]
    page, watch = opened(profile, site, f"shifts?analysis={analysis}&feature={feature}")
    pictures = panel_of(page, feature).locator(".pictures")
    pictures.locator(".over").nth(2).wait_for(timeout=60_000)
    places = pictures.locator("figure")
    assert places.evaluate_all("all => all.map((one) => one.dataset.place)") == ["low", "middle", "high"]
    drawn = """async (all) => {
      await Promise.all(all.map((one) => one.decode()));
      return all.every((one) => one.naturalWidth >= 96);
    }"""
    assert pictures.locator("img").evaluate_all(drawn)
    assert len(set(pictures.locator("img").evaluate_all("all => all.map((one) => one.src)"))) == 6
    legend = pictures.locator(".legend")
    assert "Map of " in legend.inner_text()
    legend.get_by_label("Opacity of the map").fill("40")
    assert pictures.locator(".over").evaluate_all("all => all.map((one) => one.style.opacity)") == ["0.4"] * 3
    page.screenshot(path=screenshots / "panel-pictures.png")
    high = next(one for one in found["examples"] if one["place"] == "high")
    page.locator(".explorer .rows").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/cases?*")
    assert f"case={high['case_id']}" in page.url
    assert f"k={high['k']}" in page.url
    page.close()
    assert watch.outside == []


def test_two_tasks_are_compared_by_a_click_and_the_answer_stands_on_the_page(
    profile: BrowserContext, site: Site, screenshots: Path
) -> None:
    first, second = (one["id"] for one in of_cohort(profile, site, "demo-prostates")[:2])
    page, watch = opened(profile, site, f"compare?analysis={first}&with={second}")
    page.get_by_role("button", name="Compare these two").click()
    page.locator(MAIN).get_by_text("features both have").first.wait_for(timeout=JOB_MS)
    settled(page)
    page.screenshot(path=screenshots / "compared-light.png", full_page=True)
    assert page.locator(f"{MAIN} .js-plotly-plot").count() >= 1
    page.close()
    made = asked(profile, site, "/comparisons")["items"][0]
    assert {member["analysis_id"] for member in made["members"]} == {first, second}
    assert watch.outside == []
    assert watch.console == []
