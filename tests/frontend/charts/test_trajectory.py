"""Effects along a fine-tuning: a shared change is named only where one was computed."""

import pytest

from frontend.charts.trajectory import trajectory
from shared import schemas as s
from tests.frontend.charts.rows import MADE_OF


def detail(shared: list[float | None]) -> s.TrajectoryDetail:
    points = [
        s.TrajectoryPoint.model_construct(
            label=f"epoch {at}", epoch=at, stage=None, encoder_id=None, width=8, shared_change=value, control_floor=0.1,
            flags={}, cka_debiased=None, effective_rank=3.0,
        )
        for at, value in enumerate(shared)
    ]  # fmt: skip
    return s.TrajectoryDetail.model_construct(id="t", along="checkpoints", points=points, groups=[])


@pytest.mark.parametrize(
    ("shared", "told"),
    [
        ([0.1, -0.2], "effect: ΔR² beyond the shared change"),
        ([None, None], "effect: ΔR²"),
        ([None, 0.1], "effect: ΔR², beyond the shared change where there is one"),
    ],
    ids=["all", "none", "some"],
)
def test_the_axis_names_a_shared_change_only_where_there_is_one(shared: list[float | None], told: str) -> None:
    chart = trajectory(detail(shared), [], MADE_OF, dark=False)
    assert chart.figure.layout.yaxis.title.text == told
