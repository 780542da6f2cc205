"""The drop zone in a real browser: files, folders, a reload in the middle, other hands than the mouse."""

import os
import random
import re
import subprocess
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import SimpleITK as sitk
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.api.server import phantom
from tests.browser import axe
from tests.browser.site import Watch, command, free_port, printed_link, settled

PATIENCE = 20_000
TABLE = b"study_id,patient_id,psa\n" + b"".join(b"s%d,p%d,%d.5\n" % (n, n, n) for n in range(40))
MODULE = "tests.browser.drop_site"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("drop")


@pytest.fixture(scope="module")
def address(place: Path) -> Iterator[str]:
    """A server whose only page is the drop zone; the sign-in link is in `place`."""
    (place / "server" / "studies" / "10001").mkdir(parents=True)
    (place / "server" / "studies" / "10001" / "10001_1_t2w.nii.gz").write_bytes(b"x")
    (place / "server" / "notes*[x](y).csv").write_bytes(TABLE)
    (place / "server" / "out").symlink_to(place)
    words = command("serve", "--port", str(free_port()), "--data-dir", str(place / "data"))
    process = subprocess.Popen(
        [words[0], "-m", MODULE, *words[3:]],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONUNBUFFERED": "1", "RADIOMICLENS_IMPORT_ROOTS": str(place / "server")},
    )
    try:
        link = printed_link(process)
        (place / "link").write_text(link)
        yield link.partition("/login")[0]
    finally:
        process.terminate()
        process.wait(30)
        assert process.stdout is not None
        process.stdout.close()


@pytest.fixture(scope="module")
def context(browser: Browser, address: str, place: Path) -> Iterator[BrowserContext]:
    context = browser.new_context(viewport={"width": 1000, "height": 1000})
    page = context.new_page()
    page.goto((place / "link").read_text())
    page.get_by_role("button").first.click()
    page.wait_for_url(re.compile(rf"{address}/(?!login)"))
    page.close()
    assert address
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext, address: str) -> Iterator[Page]:
    page = context.new_page()
    watch = Watch(address)
    watch.on(page)
    page.goto(address)
    settled(page)
    page.get_by_role("group", name="Drop tables").wait_for(timeout=PATIENCE)
    yield page
    page.close()
    assert [line for line in watch.console if "ERR_INTERNET_DISCONNECTED" not in line] == []
    assert watch.outside == []


def choose(page: Page, what: str, given: object) -> None:
    page.locator(f'input[data-input="{what}"]').set_input_files(given)  # type: ignore[arg-type] # paths or buffers


def row(page: Page, name: str) -> str:
    return page.locator(".row", has_text=name).inner_text()


def says(page: Page, name: str, words: str) -> None:
    expect(page.locator(".row", has_text=name)).to_contain_text(words, timeout=PATIENCE)


def stored(place: Path, name: str) -> bytes:
    (found,) = (place / "data" / "uploads").glob(f"*/file/{name}")
    return found.read_bytes()


def studies_and_tables(file: Path, size: int) -> None:
    """A zip of two studies, a table, and as many random bytes as make it large."""
    images, _ = phantom()
    with zipfile.ZipFile(file, "w") as archive:
        for study in ("10001_1", "10002_2"):
            for name, modality in (("t2w", "T2"), ("hbv", "DWI"), ("adc", "ADC")):
                image = file.with_suffix(".nii.gz")
                sitk.WriteImage(images[modality], image)
                archive.write(image, f"mine/{study.partition('_')[0]}/{study}_{name}.nii.gz")
        archive.writestr("mine/marksheet.csv", TABLE)
        archive.writestr("mine/large.dat", random.Random(0).randbytes(size))


def test_files_and_a_folder_are_sent_and_said_what_they_are(page: Page, place: Path) -> None:
    choose(page, "files", [
        {"name": "clinical.csv", "mimeType": "text/csv", "buffer": TABLE},
        {"name": "odd <b>name.bin", "mimeType": "", "buffer": b"\0\1\2" * 50},
    ])  # fmt: skip
    says(page, "clinical.csv", "Clinical, 40 rows")
    says(page, "odd <b>name.bin", "This is no table")
    assert stored(place, "clinical.csv") == TABLE
    folder = place / "folder"
    (folder / "deep" / "ä").mkdir(parents=True)
    long = f"{'n' * 90}-é.csv"
    for path in (folder / "x.csv", folder / "deep" / "ä" / long, folder / ".DS_Store"):
        path.write_bytes(TABLE)
    choose(page, "folder", folder)
    says(page, "folder.tar", "An archive of 2 files: 2 tables.")
    (unpacked,) = (place / "data" / "uploads").glob("*/unpacked/folder")
    assert {path.relative_to(unpacked).as_posix() for path in unpacked.rglob("*") if path.is_file()} == {
        "folder/x.csv",
        f"folder/deep/ä/{long}",
    }
    assert {path.read_bytes() for path in unpacked.rglob("*") if path.is_file()} == {TABLE}
    page.get_by_text("ready: clinical.csv, folder.tar").wait_for(timeout=PATIENCE)
    assert [fault for fault in axe.findings(page) if "uploads" in fault or "row" in fault or "progress" in fault] == []
    page.get_by_role("button", name="Remove clinical.csv").click()
    page.get_by_text("ready: folder.tar").wait_for(timeout=PATIENCE)
    assert not list((place / "data" / "uploads").glob("*/file/clinical.csv"))


def test_a_reload_in_the_middle_costs_nothing(page: Page, place: Path) -> None:
    file = place / "studies.zip"
    studies_and_tables(file, 40_000_000)
    network = page.context.new_cdp_session(page)
    slow = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": 6_000_000}
    network.send("Network.enable")
    network.send("Network.emulateNetworkConditions", slow)
    choose(page, "files", file)
    expect(page.locator(".row", has_text="studies.zip")).to_contain_text(re.compile(r"[3-7]\d %"), timeout=PATIENCE)
    page.on("dialog", lambda dialog: dialog.accept())
    page.reload()
    settled(page)
    says(page, "studies.zip", "Choose the same file again to go on.")
    before = int(re.search(r"Stopped at (\d+) %", row(page, "studies.zip"))[1])  # type: ignore[index] # it is there
    assert 10 <= before < 90
    network.send("Network.emulateNetworkConditions", slow | {"uploadThroughput": -1})
    first: list[int] = []
    page.on("request", lambda sent: first.append(int(sent.headers.get("upload-offset", -1))))
    choose(page, "files", file)
    says(page, "studies.zip", "An archive of 8 files: 6 images, 1 table, 1 other file.")
    offsets = [offset for offset in first if offset >= 0]
    assert offsets[0] >= before / 100 * file.stat().st_size
    (unpacked,) = (place / "data" / "uploads").glob("*/unpacked/studies")
    with zipfile.ZipFile(file) as archive:
        names = archive.namelist()
        assert len(names) == 8
        assert all((unpacked / name).read_bytes() == archive.read(name) for name in names)


def test_a_transfer_goes_on_when_the_line_is_back_and_can_be_cancelled(page: Page, place: Path) -> None:
    content = b"study_id,patient_id,psa\n" + b"s1,p1,1.5\n" * 2_000_000
    (place / "cut.csv").write_bytes(content)
    network = page.context.new_cdp_session(page)
    slow = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": 5_000_000}
    network.send("Network.enable")
    network.send("Network.emulateNetworkConditions", slow)
    choose(page, "files", place / "cut.csv")
    expect(page.locator(".row", has_text="cut.csv")).to_contain_text(re.compile(r"[2-5]\d %"), timeout=PATIENCE)
    network.send("Network.emulateNetworkConditions", slow | {"offline": True})
    page.wait_for_timeout(700)
    network.send("Network.emulateNetworkConditions", slow)
    expect(page.locator(".row", has_text="cut.csv")).to_contain_text(re.compile(r"[6-8]\d %"), timeout=PATIENCE)
    page.get_by_role("button", name="Cancel cut.csv").press("Enter")
    expect(page.locator(".row", has_text="cut.csv")).to_have_count(0, timeout=PATIENCE)
    while list((place / "data" / "uploads").glob("*/part")):  # the row goes at once, the bytes a moment later
        page.wait_for_timeout(50)


def test_keyboard_dark_mode_and_a_phone(
    context: BrowserContext, browser: Browser, address: str, tmp_path: Path
) -> None:
    (tmp_path / "by-keyboard.csv").write_bytes(TABLE)
    (tmp_path / f"{'long-name-' * 9}.bin").write_bytes(bytes(99))
    for width, scheme in ((390, "light"), (1440, "dark")):
        own = browser.new_context(
            storage_state=context.storage_state(),
            viewport={"width": width, "height": 1000},
            color_scheme=scheme,  # type: ignore[arg-type] # a literal
        )
        page = own.new_page()
        page.goto(address)
        settled(page)
        button = page.get_by_role("button", name="Choose files")
        with page.expect_file_chooser() as opened:
            button.press("Enter")
        opened.value.set_files([tmp_path / "by-keyboard.csv", tmp_path / f"{'long-name-' * 9}.bin"])
        says(page, "by-keyboard.csv", "Clinical, 40 rows")
        says(page, "long-name-", "This is no table")
        settled(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        faults = [fault for fault in axe.findings(page) if any(word in fault for word in ("drop", "row", "progress"))]
        assert faults == []
        page.screenshot(path=tmp_path / f"{width}.png", full_page=True)
        for name in ("by-keyboard.csv", f"{'long-name-' * 9}.bin"):
            page.get_by_role("button", name=f"Remove {name}").press("Enter")
            expect(page.get_by_role("button", name=f"Remove {name}")).to_have_count(0, timeout=PATIENCE)
        own.close()


def test_folders_of_the_server_are_chosen_not_typed(page: Page, place: Path) -> None:
    page.get_by_role("button", name=str(place / "server")).click()
    page.get_by_role("button", name="studies", exact=True).wait_for(timeout=PATIENCE)
    assert page.get_by_role("button", name="out").count() == 0
    page.get_by_role("button", name="notes*[x](y).csv").wait_for()
    page.get_by_role("button", name="studies", exact=True).press("Enter")
    page.get_by_role("button", name="10001", exact=True).wait_for(timeout=PATIENCE)
    page.get_by_role("button", name="Choose this folder").click()
    page.get_by_text(f"chosen: {place / 'server' / 'studies'}").wait_for(timeout=PATIENCE)
    page.get_by_role("button", name="Choose another").click()
    page.get_by_text("chosen: None").wait_for(timeout=PATIENCE)
