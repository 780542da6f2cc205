"""Reports of another protocol: the same numbers, in its order, with its names, units, colours and words."""

import re
from dataclasses import replace

import pytest

from backend.science.analysis.analyse import Analysis, LensSettings, analyse
from backend.science.analysis.report import CohortSource, ModalityWords, ProtocolWords
from backend.science.analysis.report_json import from_json, to_json
from backend.science.report.group_lines import group_lines
from backend.science.report.methods_text import methods_text
from backend.science.report.protocol_words import modality_colours, modality_words
from backend.science.report.report_html import report_html
from backend.science.report.summary_text import overview
from backend.science.tables.types import Radiomics
from frontend.charts.modalities import looks
from shared.protocols.reader import prostate
from tests.science.lens_tables import tables

OTHER = {"T2": "b1000-ADC", "DWI": "CT", "ADC": "18F-PET"}
"""The second and third would come in another order by name."""
WORDS = ProtocolWords(
    name="chest",
    target="response to treatment",
    target_kind="class",
    modalities=(
        ModalityWords("b1000-ADC", "", "#112233"),
        ModalityWords("CT", "HU", "#445566"),
        ModalityWords("18F-PET", "SUV", "#778899"),
    ),
)
OF_PROSTATES = re.compile(r"gland|prostate(?! foundation)|PI-RADS|pirads|\bT2\b|\bDWI\b|mpMRI", re.IGNORECASE)


def renamed(radiomics: Radiomics) -> Radiomics:
    """The same values of other modalities, in the order of their protocol."""
    features = tuple(replace(name, modality=OTHER[name.modality]) for name in radiomics.features)
    shuffled = [*range(1, len(features)), 0]
    return replace(
        radiomics,
        features=tuple(features[k] for k in shuffled),
        values=radiomics.values[:, shuffled],
        modalities=tuple(OTHER.values()),
    )


@pytest.fixture(scope="module")
def pair() -> tuple[Analysis, Analysis]:
    """An analysis of a prostate, and the same numbers under another protocol."""
    pre, ft, radiomics = tables(n=60)
    settings = LensSettings(hidden=16, epochs=5, task="pirads", roi="gland")
    first = analyse(pre, ft, radiomics, settings)
    other = analyse(pre, ft, renamed(radiomics), replace(settings, task="response", roi="nodule"))
    report = replace(other.report, cohort=CohortSource({}, len(other.groups), None, WORDS))
    return first, replace(other, report=report)


def test_numbers_are_those_of_the_same_values_under_other_names(pair: tuple[Analysis, Analysis]) -> None:
    first, other = pair
    assert other.report.modalities == tuple(OTHER.values())
    for frame, name in (("ranking", "feature"), ("groups", "group")):
        one, two = getattr(first, frame), getattr(other, frame)
        texts = one.select_dtypes(exclude="number").columns
        assert two.drop(columns=texts).equals(one.drop(columns=texts)), frame
        words = one[name].str.replace(r"^(T2|DWI|ADC)(?=_|$)", lambda found: OTHER[found[1]], regex=True)
        assert two[name].tolist() == words.tolist()


def test_words_units_and_colours_are_those_of_the_protocol(pair: tuple[Analysis, Analysis]) -> None:
    report, groups = pair[1].report, pair[1].groups
    assert modality_words(report) == ["b1000-ADC", "CT (HU)", "18F-PET (SUV)"]
    assert modality_colours(report) == {"b1000-ADC": "#112233", "CT": "#445566", "18F-PET": "#778899"}
    assert report.trust is not None
    shown = {line.name.split()[0]: line.colour for line in group_lines(groups, report.trust, modality_colours(report))}
    assert shown == modality_colours(report)
    html, methods, told = report_html(report, groups), methods_text(report), " ".join(overview(report, groups))
    page = html[html.index("<main>") :]
    for text in (page, methods):
        assert "CT (HU)" in text
        assert "response to treatment" in text
        assert "chest" in text
    assert "features of b1000-ADC, CT (HU), 18F-PET (SUV) · nodule ROI · protocol chest · target of kind class" in page
    assert "follow the protocol chest; the task is of kind class." in methods
    assert "After fine-tuning for response to treatment" in told
    for text in (page, methods, told):
        assert not OF_PROSTATES.findall(text)
    for colour in ("#112233", "#445566", "#778899"):
        assert colour in page
    for colour in ("#009E73", "#C2185B", "#7733FF"):
        assert colour not in page


def test_the_words_come_back_from_json_and_a_prostate_writes_none(pair: tuple[Analysis, Analysis]) -> None:
    first, other = pair
    record = to_json(other.report)
    assert record["cohort"]["protocol"]["modalities"][1] == {"name": "CT", "unit": "HU", "colour": "#445566"}
    assert from_json(record) == other.report
    stored = to_json(replace(first.report, cohort=CohortSource({}, 3, None)))
    assert stored["cohort"] == {"left_out": {}, "n_groups": 3, "extraction": None}


def test_a_target_of_the_name_of_a_prostates_keeps_its_own_words(pair: tuple[Analysis, Analysis]) -> None:
    words = replace(WORDS, target="volume", target_kind="number")
    report = replace(pair[1].report, task="volume", cohort=CohortSource({}, 3, None, words))
    assert report.task_words == "volume"
    assert replace(report, cohort=None).task_words == "gland volume"


@pytest.mark.parametrize(
    ("modalities", "colours"),
    [
        (("T2", "DWI", "ADC"), ["#009E73", "#C2185B", "#7733FF"]),
        (("ADC", "T2"), ["#7733FF", "#009E73"]),
        (("CT",), ["#009E73"]),
        (("T1ce", "FLAIR", "T1", "T2"), ["#C2185B", "#7733FF", "#A05A8C", "#009E73"]),  # T2 keeps its colour
        (tuple("abcdefg"), ["#009E73", "#C2185B", "#7733FF", "#A05A8C", "#8E7CC3", "#FF0055", "#8A8F98"]),
    ],
    ids=["prostate", "two", "ct", "brain", "seven"],
)
def test_modalities_of_files_have_colours_of_the_palette(
    pair: tuple[Analysis, Analysis], modalities: tuple[str, ...], colours: list[str]
) -> None:
    report = replace(pair[0].report, modalities=modalities)
    found = modality_colours(report)
    assert [found[name] for name in modalities] == colours
    pages = looks(prostate(), modalities)
    if list(modalities) == sorted(modalities):  # pages have them by name
        assert [pages[name][0] for name in modalities] == colours
