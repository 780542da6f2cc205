"""Axes off a right angle: the rule that all formats share."""

import numpy as np
import pytest

from backend.errors import BadFile
from backend.ingest.formats.right_angles import straightened
from tests.ingest.formats import stated_volume as files

SIZE, SPACING, ORIGIN = (320, 320, 20), (0.5, 0.5, 3.0), (-80.0, -70.0, 12.0)


def askew(degrees):
    """Axes whose second one leans by an angle in its plane."""
    lean = np.radians(degrees)
    return np.array([[1.0, np.sin(lean), 0.0], [0.0, np.cos(lean), 0.0], [0.0, 0.0, 1.0]])


def corner_places(axes, origin):
    corners = np.array(np.meshgrid(*[(0, n - 1) for n in SIZE])).reshape(3, -1)
    return axes @ (corners * np.array(SPACING)[:, None]) + np.array(origin)[:, None]


def test_right_angles_stay_bit_for_bit():
    tilted = np.array([[0.96, -0.28, 0.0], [0.28, 0.96, 0.0], [0.0, 0.0, 1.0]])
    kept = straightened(tilted, SPACING, ORIGIN, SIZE, "a.nii")
    assert np.array_equal(kept.axes, tilted)
    assert np.array_equal(kept.origin, ORIGIN)
    assert kept.sentence == ""


def test_a_small_angle_is_straightened_and_said():
    axes = askew(0.01)
    made = straightened(axes, SPACING, ORIGIN, SIZE, "a.nii")
    assert np.allclose(made.axes.T @ made.axes, np.eye(3), atol=1e-12)
    moved = np.linalg.norm(corner_places(made.axes, made.origin) - corner_places(axes, ORIGIN), axis=0).max() / 0.5
    assert 0.001 < moved < 0.1
    assert made.sentence == (
        "a.nii has axes 0.01 degrees off a right angle; they were straightened, which moves no voxel by more than "
        f"{moved:.2g} of its size."
    )


def test_a_large_angle_is_refused_with_the_angle():
    with pytest.raises(BadFile, match=r"^a.nii has axes 0\.5 degrees off a right angle, which straightening would"):
        straightened(askew(0.5), SPACING, ORIGIN, SIZE, "a.nii")


def test_axes_in_one_plane_are_refused():
    with pytest.raises(BadFile, match="span no space"):
        straightened(np.diag([1.0, 1.0, 0.0]), SPACING, ORIGIN, SIZE, "a.nii")


def test_axes_off_a_right_angle_follow_one_rule_in_every_format(tmp_path):
    lean = np.array([[1, np.sin(np.radians(1)), 0], [0, np.cos(np.radians(1)), 0], [0, 0, 1]])
    flip = np.diag([-1, -1, 1])
    rows = np.column_stack([flip @ lean * files.SPACING, files.RAS[:3, 3]])
    paths = [
        files.nifti(tmp_path / "a.nii", qform=False, rows=rows),
        files.nrrd(tmp_path / "a.nrrd", space_directions=files.vectors((lean * files.SPACING).T)),
        files.metaimage(tmp_path / "a.mha", TransformMatrix=" ".join(map(str, lean.T.ravel()))),
    ]
    for path in paths:
        found = files.answer(path)
        assert "straightened" in found.notes, path
        assert found.notes["straightened"].startswith(f"{path.name} has axes 1 degrees off a right angle")
