"""Words of any protocol: what a model was trained for, what decoding was given, and what could have been seen."""

import pytest

from backend.queries.shared_page import lay_words, null_result
from backend.queries.shared_page.null_result import POWER_80, detectable, looked_for
from backend.science.tables.glossary import CLASS_LABELS
from backend.science.trust.jackknife import flags
from shared.protocols.reader import prostate
from tests.drawn_cohorts import protocols
from tests.queries.shared_page.lines import findings, line


def test_every_kind_of_target_is_a_training() -> None:
    own = prostate()
    told = {task: lay_words.training(own, task) for task in ("pirads", "volume", "lesion_seg", "grade<b>", "")}
    assert told == {
        "pirads": "training to predict PI-RADS",
        "volume": "training to estimate gland volume",
        "lesion_seg": "training to outline the lesion",
        "grade<b>": "training for grade b",
        "": "fine-tuning",
    }
    for protocol in protocols().values():
        for target in protocol.targets:
            words = lay_words.training(protocol, target.name)
            verb = {"mask": "to outline the", "number": "to estimate"}.get(target.kind, "to predict")
            assert words.startswith(f"training {verb} ")
            assert "_" not in words.replace(target.name, "")


@pytest.mark.parametrize(
    ("task", "given", "words"),
    [
        ("pirads", ("pirads (4 classes)",), "PI-RADS"),
        ("volume", ("volume (continuous)", "center (3 classes)"), "gland volume and center"),
        ("lesion_seg", ("lesion_ml (continuous)",), "lesion volume"),
        ("pirads", (), ""),
    ],
)
def test_the_given_label_is_called_as_a_reader_would(task: str, given: tuple[str, ...], words: str) -> None:
    assert lay_words.label(prostate(), task, given) == words


def test_every_class_of_features_has_a_word_and_what_it_measures() -> None:
    words = [lay_words.kind(name) for name in CLASS_LABELS]
    assert len(set(words)) == len(words)
    assert all(lay_words.measures(name) for name in CLASS_LABELS)
    assert lay_words.kind("some<script>") == "some script"


def test_a_null_result_says_what_was_looked_for_and_what_could_have_been_seen() -> None:
    found = findings(line("unchanged", se=0.02), line("not_decodable", "ADC_glcm"), n_patients=120)
    assert looked_for(found) == [
        "Looked for: changes in 2\u202f511 features (coarseness and fine texture) on T2, DWI and ADC, measured in "
        "the gland of 120 patients.",
        "Could have been seen: a change of 6 % of full clarity or more in a typical kind of feature, in four of "
        "five such studies.",
        "Cannot be read from the model at all, so not judged: fine texture on ADC.",
    ]
    assert detectable(findings(line("unchanged", se=0.001))) == 0.03, "nothing smaller than the margin is flagged"
    assert detectable(findings(line("not_decodable"))) is None


def test_the_limits_are_those_of_the_flags() -> None:
    assert (POWER_80, null_result.FEWEST_PATIENTS) == (flags.POWER_80, flags.FEWEST_PATIENTS)
