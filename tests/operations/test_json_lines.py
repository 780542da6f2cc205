"""Logs as JSON: one object a line, with ids of requests and jobs, and no text of an error."""

import io
import json
import logging
import subprocess
import sys
from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from backend.app import create_app
from backend.jobs import queue, run
from backend.jobs.context import JobContext
from backend.jobs.worker import Worker
from backend.models import Job
from backend.operations import json_lines, line_context
from backend.settings import Settings
from backend.storage.database import Database, upgrade
from backend.storage.shared_files import open_files
from shared import schemas as s
from tests.api import server
from tests.jobs.fairness.test_turns import submitted


@pytest.fixture
def written(tmp_path) -> Iterator[io.StringIO]:
    """What loggers write as JSON; they are as they were afterwards."""
    root, own = logging.getLogger(), [logging.getLogger(name) for name in json_lines.OWN]
    before = [*root.handlers], root.level, [one.level for one in own]
    stream = io.StringIO()
    assert json_lines.configure(Settings(data_dir=tmp_path, log_format="json"), stream)
    yield stream
    root.handlers[:] = before[0]
    root.setLevel(before[1])
    logging.captureWarnings(False)
    for one, level in zip(own, before[2], strict=True):
        one.setLevel(level)


def lines(stream: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_line_says_when_what_and_about_which_request_and_job(written: io.StringIO) -> None:
    log = logging.getLogger("radiomiclens.test")
    with line_context.about_request("request-1"):
        log.warning("two\nlines %s", "“ü”", extra={"kind": "extract"})
    log.info("another")
    logging.getLogger("somebody.else").info("of no interest")
    first, second = lines(written)
    assert {name: first[name] for name in ("level", "logger", "message", "request_id", "kind")} == {
        "level": "warning", "logger": "radiomiclens.test", "message": "two\nlines “ü”", "request_id": "request-1",
        "kind": "extract",
    }  # fmt: skip
    assert str(first["time"]).endswith("Z")
    assert len(str(first["time"])) == len("2026-11-30T12:00:00.000Z")
    assert "request_id" not in second


def test_an_unexpected_error_of_a_job_is_one_line_too(written: io.StringIO, tmp_path, capsys) -> None:
    settings = Settings(data_dir=tmp_path, log_format="json")
    upgrade(settings)
    database = Database(settings)
    with database.write() as session:
        job_id = submitted(session, settings, "ann", "a").id
        queue.claim(session, "cpu", "w")

    def task(*_: object) -> dict[str, object]:
        raise ValueError("CANARY: Jane Doe")

    run._run_to_end(JobContext(settings, database, open_files(settings), job_id), task, None)
    with database.read() as session:
        assert queue.get(session, job_id).state == "failed"
    database.close()
    (line,) = (each for each in lines(written) if each["level"] == "error")
    assert str(line["exc_info"]).startswith("ValueError at task")
    assert "CANARY" not in written.getvalue() + "".join(capsys.readouterr())


def test_of_an_error_there_is_type_and_place_and_no_text(written: io.StringIO) -> None:
    try:
        raise ValueError("CANARY: Jane Doe")
    except ValueError:
        logging.getLogger("somebody.else").exception("it did not work")
    assert "CANARY" not in written.getvalue()
    assert str(lines(written)[0]["exc_info"]).startswith("ValueError at test_of_an_error_there_is_type_and_place")


def test_every_answer_has_a_line_with_its_id_and_no_address(written: io.StringIO, tmp_path) -> None:
    settings = server.settings_of(tmp_path, log_format="json")
    upgrade(settings)
    with TestClient(create_app(settings), base_url=server.ORIGIN) as client:
        viewer = server.bearer(client, "researcher")
        known = client.get("/api/v1/jobs/CANARY", headers=viewer).headers["x-request-id"]
        body = {"params": {"kind": "synth_tables", "cohort": "x", "patients": 30}}
        queued = client.post("/api/v1/jobs", json=body, headers=viewer)
    asked = [one for one in lines(written) if one["logger"] == "radiomiclens.requests"]
    assert (asked[0]["request_id"], asked[0]["route"], asked[0]["status"]) == (known, "/jobs/{job_id}", 404)
    assert "CANARY" not in written.getvalue()
    told = next(one for one in lines(written) if one["message"] == "job queued")
    assert (told["job_id"], told["request_id"]) == (queued.json()["id"], queued.headers["x-request-id"])


def test_the_worker_says_which_job_began_and_ended(written: io.StringIO, tmp_path) -> None:
    settings = server.settings_of(tmp_path, log_format="json")
    upgrade(settings)
    database = Database(settings)
    params = s.ImportTablesParams(cohort="x", pre=str(tmp_path / "no"), ft="no", radiomics="no")
    with database.write() as session:
        fields = {"kind": "import_tables", "title": "t", "lane": "cpu", "position": 1, "local": True}
        session.add(Job(id="j1", params=params.model_dump(mode="json"), **fields))
    worker = Worker(settings)
    worker.run(until=lambda: any(one["message"] == "job process ended" for one in lines(written)))
    database.close()
    told = [one for one in lines(written) if one["logger"] == "backend.jobs.worker"]
    assert [(one["message"], one["job_id"]) for one in told] == [("job started", "j1"), ("job process ended", "j1")]
    assert (told[0]["kind"], told[0]["attempt"], told[1]["code"]) == ("import_tables", 1, 0)


def test_text_stays_text(tmp_path) -> None:
    before = [*logging.getLogger().handlers]
    assert not json_lines.configure(Settings(data_dir=tmp_path))
    assert logging.getLogger().handlers == before


def test_the_loggers_of_the_dashboard_write_json_too() -> None:
    """In a process of its own: the framework keeps its loggers for good."""
    code = (
        "from streamlit.logger import get_logger; early = get_logger('streamlit.early')\n"
        "from backend.web.streamlit_logs import streamlit_logs_as_json; streamlit_logs_as_json()\n"
        "early.warning('first'); get_logger('streamlit.late').warning('second')\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert [json.loads(line)["message"] for line in done.stderr.splitlines()] == ["first", "second"]
