"""A real S3 server (moto's) in this process, and the settings of a data folder whose files lie in it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from backend.settings import Settings

BUCKET = "lens-files"
URL = f"s3://{BUCKET}/group/lens"


@contextmanager
def s3_server(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """An S3 server with one empty bucket; the environment names it as every S3 tool expects."""
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    address = f"http://{host}:{port}"
    told = {
        "AWS_ENDPOINT_URL": address,
        "AWS_ACCESS_KEY_ID": "lens",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_EC2_METADATA_DISABLED": "true",
        "NO_PROXY": "127.0.0.1",
    }
    for name, value in told.items():
        monkeypatch.setenv(name, value)
    files = file_system()
    for bucket in files.ls(""):
        files.rm(bucket, recursive=True)
    files.mkdir(BUCKET)
    try:
        yield address
    finally:
        server.stop()


def file_system() -> Any:
    """The bucket as another S3 client sees it."""
    import s3fs

    s3fs.S3FileSystem.clear_instance_cache()
    return s3fs.S3FileSystem(use_listings_cache=False)


def key_of(sha256: str) -> str:
    """Where a blob lies in the bucket."""
    return f"{URL.removeprefix('s3://')}/objects/{sha256[:2]}/{sha256}"


def shared(folder: Path, **changes: object) -> Settings:
    """Settings of a host whose files lie in the bucket."""
    return Settings.model_validate({"data_dir": folder, "files_url": URL} | changes)
