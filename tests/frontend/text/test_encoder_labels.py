"""Encoders of one recipe are told apart, and no control comes first."""

from typing import Any

from frontend.text import comparison_text, encoder_labels
from shared import schemas as s
from shared.protocols.reader import prostate


def encoder(name: str, minute: int, **more: Any) -> s.Encoder:
    fields: dict[str, Any] = {
        "id": name,
        "name": "tuned",
        "arch": "a",
        "sha256": name * 4,
        "stage": "ft",
        "task": "volume",
    }
    fields |= dict.fromkeys(("parent_id", "cohort_id", "epoch"))
    made = {"created_at": f"2026-11-30T05:{minute:02d}:00Z", "settings": {}, "metrics": {}, "history": []}
    return s.Encoder.model_validate(fields | made | more)


def recipe() -> list[s.Encoder]:
    """As the API lists them, newest first."""
    return [
        encoder("d", 9, recipe_id="a", run_number=0, control="shuffled_labels"),
        encoder("c", 8, recipe_id="a", run_number=2),
        encoder("b", 7, recipe_id="a", run_number=1),
        encoder("z", 6),
        encoder("a", 5, recipe_id="a", run_number=0),
        encoder("y", 4),
    ]


def test_runs_stand_together_and_controls_after_them() -> None:
    assert encoder_labels.choices(recipe()) == {
        "z": "tuned zzzz",
        "a": "run 1 of 3 · tuned aaaa",
        "b": "run 2 of 3 · tuned bbbb",
        "c": "run 3 of 3 · tuned cccc",
        "d": "control: shuffled labels, 1 of 1 · tuned dddd",
        "y": "tuned yyyy",
    }


def test_one_run_with_controls_needs_no_number() -> None:
    found = [recipe()[0], recipe()[4]]
    assert next(iter(encoder_labels.choices(found).values())) == "tuned aaaa"


def test_alone_an_encoder_still_says_what_it_is() -> None:
    control, run = recipe()[0], recipe()[2]
    assert [encoder_labels.place(one) for one in (control, run, recipe()[3])] == [
        "control: shuffled labels, 1",
        "run 2",
        "",
    ]
    kept = control.model_copy(update={"recipe_id": None, "run_number": None})
    assert encoder_labels.place(kept) == "control: shuffled labels", "a checkpoint of a control"


def test_an_analysis_of_a_control_is_named_so() -> None:
    analysis = s.Analysis.model_construct(task="volume", roi="gland", ft_encoder=recipe()[0])
    assert comparison_text.label(prostate(), analysis) == "Gland volume · gland · control: shuffled labels, 1"


def test_an_unusual_input_is_named_and_the_usual_one_is_not() -> None:
    usual = {"size_zyx": [64, 224, 224], "spacing_zyx_mm": [1.0, 0.5, 0.5], "coverage": "crop"}
    unusual = usual | {"orientation": "as_stored", "zero_below": 1e-5}
    found = [encoder("z", 6, settings={"input": usual}), encoder("y", 4, settings={"input": unusual})]
    assert encoder_labels.choices(found) == {
        "z": "tuned zzzz",
        "y": "tuned yyyy · axes as stored · zero below 1e-05 of the usual maximum",
    }
