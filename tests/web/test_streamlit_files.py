"""The dashboard's files from memory: the same bytes as on disk, and nothing else than the folder's files."""

import gzip
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from backend.web.streamlit_files import StreamlitFiles, StreamlitFilesMiddleware
from backend.web.streamlit_index import INDEX, index_html

SCRIPT = b"export const answer = 42;\n" * 400


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "static" / "js").mkdir(parents=True)
    (tmp_path / "static" / "js" / "index.Ab1.js").write_bytes(SCRIPT)
    (tmp_path / "static" / "face.woff2").write_bytes(b"wOF2" + b"\0" * 400)
    (tmp_path / "secret.js").write_text("not to be seen")
    return tmp_path / "static"


def client(files: StreamlitFiles) -> TestClient:
    async def behind(_request: object) -> PlainTextResponse:
        return PlainTextResponse("from behind")

    site = Starlette(routes=[Route("/{path:path}", behind, methods=["GET", "POST"])])
    return TestClient(StreamlitFilesMiddleware(site, files, "/static/"))


def test_a_script_is_sent_packed_to_those_who_can_unpack_it_and_kept(folder: Path) -> None:
    with client(StreamlitFiles(folder)) as browser:
        packed = browser.get("/static/js/index.Ab1.js", headers={"Accept-Encoding": "gzip, br"})
        plain = browser.get("/static/js/index.Ab1.js", headers={"Accept-Encoding": "gzip;q=0, identity"})
        (folder / "js" / "index.Ab1.js").unlink()
        again = browser.get("/static/js/index.Ab1.js", headers={"Accept-Encoding": "gzip, br"})
        head = browser.head("/static/js/index.Ab1.js", headers={"Accept-Encoding": "identity"})
    assert packed.content == plain.content == again.content == SCRIPT
    assert packed.headers["content-encoding"] == "gzip"
    assert int(packed.headers["content-length"]) < len(SCRIPT) / 10
    assert "content-encoding" not in plain.headers
    assert packed.headers["vary"] == "Accept-Encoding"
    assert packed.headers["cache-control"] == "public, immutable, max-age=31536000"
    assert packed.headers["content-type"].startswith("text/javascript")
    assert int(head.headers["content-length"]) == len(SCRIPT)


def test_a_font_is_sent_as_it_is(folder: Path) -> None:
    with client(StreamlitFiles(folder)) as browser:
        font = browser.get("/static/face.woff2")
    assert font.content == (folder / "face.woff2").read_bytes()
    assert "content-encoding" not in font.headers


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/static/js/no-such-file.js"),
        ("GET", "/static/js/..%2f..%2fsecret.js"),
        ("GET", "/static//js/index.Ab1.js"),
        ("GET", "/js/index.Ab1.js"),
        ("GET", "/cases"),
        ("POST", "/static/js/index.Ab1.js"),
    ],
)
def test_everything_else_goes_on_to_the_site(folder: Path, method: str, path: str) -> None:
    with client(StreamlitFiles(folder)) as browser:
        assert browser.request(method, path).text == "from behind"


def test_what_the_page_names_is_ready_before_the_first_visitor() -> None:
    files = StreamlitFiles(INDEX.parent / "static")
    files.prepare(index_html())
    names = [name for name, _ in files.responses]
    assert sum(name.startswith("js/") for name in names) > 20
    assert all(name in index_html() for name in names)
    entry = next(name for name in names if name.startswith("js/index."))
    assert gzip.decompress(files.answer(entry, gzipped=True).body) == (INDEX.parent / "static" / entry).read_bytes()
