"""A protocol of one's own in a real browser: the file is read there, its mistakes are said, and it can be corrected."""

from pathlib import Path

from playwright.sync_api import Browser, expect

from tests.browser.site import Watch, served, settled, signed_in

CHOOSE = 'input[type="file"][accept=".yaml,.yml"]'


def test_an_opened_protocol_stands_in_its_box_and_its_mistakes_are_said(browser: Browser, tmp_path: Path) -> None:
    mine = tmp_path / "liver.yaml"
    mine.write_text("name: liver-mri\nmore: 1\n", encoding="utf-8")
    no_text = tmp_path / "mask.yaml"
    no_text.write_bytes(b"\xff\xfe\x00\x81")
    with served(tmp_path / "data") as site:
        profile = signed_in(browser, site)
        page, watch = profile.new_page(), Watch(site.address)
        watch.on(page)
        page.goto(f"{site.address}/run?do=import_cases")
        settled(page)
        page.get_by_role("combobox").first.click()
        page.get_by_role("option", name="a YAML file of my own").click()
        settled(page)
        page.locator(CHOOSE).set_input_files(no_text)
        expect(page.get_by_text("mask.yaml is not text")).to_be_visible()
        page.locator(CHOOSE).set_input_files(mine)
        expect(page.get_by_label("Protocol (YAML)")).to_have_value("name: liver-mri\nmore: 1\n")
        expect(page.get_by_text("liver.yaml: more is no key of a protocol")).to_be_visible()
        assert (watch.console, watch.outside) == ([], [])
        profile.close()
