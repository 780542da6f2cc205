"""Losses of several runs in one chart, and the controls told from them."""

import pytest

from frontend.charts import style, training
from shared import schemas as s


def epochs(*losses: float, name: str = "val_loss") -> list[s.TrainingEpoch]:
    return [
        s.TrainingEpoch(epoch=n, scores={"train_loss": 9.0, name: loss}, pictures=[])
        for n, loss in enumerate(losses, start=1)
    ]


def test_one_line_a_run_and_controls_in_grey() -> None:
    runs = {"run 1 of 2": epochs(1.0, 0.5), "run 2 of 2": epochs(0.75), "control 1 of 1": epochs(2.0, 1.5)}
    chart = training.losses_of_runs(runs, ["control 1 of 1"], dark=False)
    assert chart.title == "Last loss on validation patients: 2 runs 0.5 to 0.75; 1 control 1.5"
    assert [(trace.name, list(trace.y)) for trace in chart.figure.data] == [
        ("run 1 of 2", [1.0, 0.5]),
        ("run 2 of 2", [0.75]),
        ("control 1 of 1", [2.0, 1.5]),
    ]
    grey = [trace.line.color == style.UNCHANGED for trace in chart.figure.data]
    assert grey == [False, False, True]
    assert chart.data is not None
    assert len(chart.data) == 5


@pytest.mark.parametrize("count", [1, 2])
def test_without_validation_patients_it_is_the_training_loss(count: int) -> None:
    runs = {f"run {n}": epochs(0.5, name="train_loss") for n in range(count)}
    chart = training.losses_of_runs(runs, [], dark=True)
    assert chart.title == f"Last loss on training patients: {count} run{'s' * (count > 1)} 0.5"
