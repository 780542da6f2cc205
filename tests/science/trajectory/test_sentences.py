from dataclasses import replace

import numpy as np

from backend.science.trajectory.tables import trajectory_sentences
from tests.science.trajectory.test_from_tables import trajectory

__all__ = ["trajectory"]


def kept(point):
    """The same point with `kept` in place of `stronger`."""

    def changed(one):
        flag = np.where(one.changes.flag == "stronger", "kept", one.changes.flag)
        return replace(one, changes=replace(one.changes, flag=flag))

    groups = tuple(changed(one) for one in point.groups)
    return replace(point, groups=groups)


def test_what_was_only_kept_is_not_called_carried_more(trajectory):
    points = [kept(point) for point in trajectory.points]
    for checkpoints in (True, False):
        told = trajectory_sentences(points, checkpoints)
        assert any("kept (it lost less than the typical feature)" in sentence for sentence in told)
        assert not any("carried more" in sentence for sentence in told)
