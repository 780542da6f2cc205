"""The process that looks at one upload: `python -m backend.ingest.sandbox.upload_main`, with limits of its own.

The request is a line of JSON on stdin, the answer one object on stdout. Archives are unpacked here, so a hostile one
takes only this process with it. No pickle is opened.
"""

import json
import os
import resource
import sys
import threading
from pathlib import Path
from typing import Any

from backend.errors import BadFile
from backend.ingest.formats.file_kind import is_text, kind_of
from backend.ingest.sandbox.unpack import unpack

MEMORY_BYTES = 2 * 2**30
ANSWER_BYTES = 2**20


def main() -> None:
    """Answers the one request."""
    request = json.loads(sys.stdin.readline())
    threading.Thread(target=_end_with_server, daemon=True).start()
    os.umask(0o077)
    _limit(request["most_bytes"], request["cpu_s"])
    try:
        answer = _look(request)
    except BadFile as refusal:
        answer = {"refused": refusal.sentence}
    except MemoryError:
        answer = {"refused": "The file needs more memory to look at than a look may take; pack it in parts."}
    json.dump(answer, sys.stdout)


def _look(request: dict[str, Any]) -> dict[str, Any]:
    file = Path(request["file"])
    kind = kind_of(file)
    answer: dict[str, Any] = {"kind": kind, "text": kind == "unknown" and is_text(file)}
    if kind == "archive":
        found = unpack(file, Path(request["target"]), request["most_bytes"], request["keep_free"])
        answer |= {"n_files": found.n_files, "n_bytes": found.n_bytes, "files": found.files, "kinds": found.kinds}
    return answer


def _end_with_server() -> None:
    while os.read(0, 4096):  # nothing more comes: it ends when the server does
        pass
    os._exit(1)


def _limit(most_bytes: int, cpu_s: int) -> None:
    for what, value in (
        (resource.RLIMIT_AS, MEMORY_BYTES),
        (resource.RLIMIT_CPU, cpu_s),
        (resource.RLIMIT_FSIZE, max(most_bytes, ANSWER_BYTES) + 1),
        (resource.RLIMIT_CORE, 0),
    ):
        hard = resource.getrlimit(what)[1]
        value = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(what, (value, value))


if __name__ == "__main__":
    main()
