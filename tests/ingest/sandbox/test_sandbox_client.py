"""The limited processes that open files: what ends one of them is one refusal, and nothing is left behind."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

from backend.errors import BadFile
from backend.ingest.sandbox.read_images import CheckedImage, Limits, read_images
from backend.ingest.sandbox.sandbox_client import ENVIRONMENT, Reader
from tests.ingest.files import volume

TRIES = 20


def test_no_memory_or_no_time_is_one_refusal(tmp_path):
    path = tmp_path / "image.nii.gz"
    sitk.WriteImage(volume(), str(path))
    poor = read_images({"image": path}, [tmp_path], Limits(memory_bytes=2**26))["image"]
    late = read_images({"image": path}, [tmp_path], Limits(wall_s=0))["image"]
    assert isinstance(poor, BadFile)
    assert "image.nii.gz needs more memory" in poor.sentence
    assert isinstance(late, BadFile)
    assert "within 0 s" in late.sentence


def has_open(process, name):
    """Whether a process reads a file of this name just now."""
    try:
        return any(os.readlink(each).endswith(name) for each in Path(f"/proc/{process}/fd").iterdir())
    except FileNotFoundError:
        return False


def killed_at_work(reader, read, caught):
    """What `read` answers when its child is killed as soon as `caught(child)` says something, and what it said.

    On a busy machine the child can be done before anybody looked at it; then it is read again.
    """
    children = Path(f"/proc/{reader.process_id}/task/{reader.process_id}/children")
    with ThreadPoolExecutor(1) as pool:
        for _ in range(TRIES):
            reading = pool.submit(read)
            while not reading.done():
                if (child := children.read_text().strip()) and (seen := caught(child)):
                    os.kill(int(child), signal.SIGKILL)
                    return reading.result(), seen
    raise AssertionError(f"the child was not caught at its work in {TRIES} tries")


def test_a_child_that_dies_is_one_refusal_and_what_came_before_it_counts(tmp_path):
    small, large = tmp_path / "small.nii", tmp_path / "large.nii"
    sitk.WriteImage(volume(), str(small))
    sitk.WriteImage(sitk.GetImageFromArray(np.random.default_rng(0).normal(size=(128, 256, 256))), str(large))
    with Reader() as reader:
        read_images({"small": small}, [tmp_path], reader=reader)
        read = partial(read_images, {"small": small, "large": large}, [tmp_path], reader=reader)
        results, _ = killed_at_work(reader, read, lambda child: has_open(child, "large.nii"))
    assert isinstance(results["small"], CheckedImage)
    assert "large.nii stopped the reader" in results["large"].sentence


def test_a_child_that_is_killed_leaves_no_voxels_behind(tmp_path, monkeypatch):
    path, scratch = tmp_path / "large.nii", tmp_path / "scratch"
    sitk.WriteImage(sitk.GetImageFromArray(np.random.default_rng(0).normal(size=(128, 256, 256))), str(path))
    scratch.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    monkeypatch.setitem(ENVIRONMENT, "TMPDIR", str(scratch))
    with Reader() as reader:
        read = partial(read_images, {"large": path}, [tmp_path], reader=reader)
        read()
        results, _ = killed_at_work(reader, read, lambda child: has_open(child, "large.nii"))
        assert isinstance(results["large"], BadFile)
    assert list(scratch.iterdir()) == []
    assert [each.name for each in tmp_path.iterdir() if each != scratch] == ["large.nii"]


def test_a_reader_goes_on_after_files_that_end_its_children(tmp_path):
    path = tmp_path / "image.nii.gz"
    sitk.WriteImage(volume(), str(path))
    with Reader() as reader:

        def read(limits=None):
            return read_images({"image": path}, [tmp_path], limits, reader=reader)["image"]

        first = read()
        assert isinstance(read(Limits(memory_bytes=2**26)), BadFile)
        os.kill(reader.process_id, signal.SIGKILL)
        assert "stopped the reader" in read().sentence
        assert isinstance(read(Limits(wall_s=0)), BadFile)
        last = read()
    assert isinstance(first, CheckedImage)
    assert first.sha256 == last.sha256
    assert np.array_equal(sitk.GetArrayFromImage(first.image), sitk.GetArrayFromImage(last.image))


def test_a_reader_that_could_not_start_starts_at_the_next_request(tmp_path, monkeypatch):
    path = tmp_path / "image.nii.gz"
    sitk.WriteImage(volume(), str(path))
    with Reader() as reader:
        with monkeypatch.context() as changed:
            changed.setattr(sys, "executable", str(tmp_path / "no python"))
            with pytest.raises(FileNotFoundError):
                read_images({"image": path}, [tmp_path], reader=reader)
        assert reader.process_id is None
        assert isinstance(read_images({"image": path}, [tmp_path], reader=reader)["image"], CheckedImage)


def test_a_reader_whose_parent_is_killed_ends(tmp_path):
    code = (
        "import sys, time; from pathlib import Path; from backend.ingest.sandbox.read_images import read_images;"
        "from backend.ingest.sandbox.sandbox_client import ENVIRONMENT, Reader; reader = Reader();"
        "read_images({'image': Path(sys.argv[1])}, [Path('/')], reader=reader);"
        "print(reader.process_id, flush=True); time.sleep(60)"
    )
    path = tmp_path / "image.nii"
    sitk.WriteImage(volume(), str(path))
    with subprocess.Popen([sys.executable, "-c", code, path], stdout=subprocess.PIPE, text=True) as parent:
        reader = int(parent.stdout.readline())
        parent.kill()
    deadline = time.monotonic() + 10
    while Path(f"/proc/{reader}").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not Path(f"/proc/{reader}").exists()
