"""Which series is what, and which of several is taken: a table of names, any order of words, and every refusal."""

import random

import pytest

from backend.errors import BadImage
from backend.ingest.dicom.series import choose_series, why_not
from backend.ingest.dicom.series_facts import SeriesFacts
from backend.ingest.dicom.series_kind import kind_of
from backend.ingest.dicom.series_words import shown_words, words_of
from backend.ingest.rejection import Rejection
from tests.ingest.dicom.series_names import ADC, DERIVED, NOTHING, ORIGINAL, SECOND, SIEMENS, T2_NAMES, TABLE

GRID = {"axial": True, "slices": 9, "plane": (1.0, 1.0, 22, 24), "ends": (0.0, 24.0), "orientation": "axial"}
NAME = "name one with --series, or in the import form"


def facts(number, description="", image_type=ORIGINAL, b_value=None, **changed):
    return SeriesFacts(number, image_type, description.lower(), b_value, **{"key": str(number), **GRID, **changed})  # type: ignore[arg-type]


def taken(*series, named=None):
    """Modality -> number of the series taken."""
    chosen = choose_series(series, named)
    return {modality: series[choice.index].number for modality, choice in chosen.choices.items()}


def undecided(modality, *series):
    return choose_series(series).undecided[modality]


T2 = facts(4, "t2_tse_tra")
DWI = facts(8, "dwi", DERIVED, 1400)
MAP = facts(7, "ADC", DERIVED)


@pytest.mark.parametrize(("name", "kind", "b", "role"), TABLE)
def test_the_kind_of_a_series(name, kind, b, role):
    told = kind_of(facts(1, name, kind, b))
    assert told.role == role, told.why


def test_the_table_is_large():
    assert len(TABLE) >= 80


@pytest.mark.parametrize(
    ("name", "kind", "b", "role"), [row for row in TABLE if "(" not in row[0] and " b " not in row[0]]
)
def test_case_and_separators_change_nothing(name, kind, b, role):
    for separator in (" ", "_", "-", ".", " / "):
        again = separator.join(name.replace("_", " ").split())
        for text in (again, again.upper()):
            assert kind_of(facts(1, text, kind, b)).role == role, text


ORDERED = ("b 320", "for ", "3-plane", "t2 star", "t2_star", "plan axial", "average dc", "1000 b", "calc b")
ORDERED += ("b=", "b50", "(")


@pytest.mark.parametrize(
    ("name", "kind", "b", "role"), [row for row in TABLE if not any(part in row[0].lower() for part in ORDERED)]
)
def test_the_order_of_words_changes_nothing(name, kind, b, role):
    words = name.replace("_", " ").replace("-", " ").split()
    shuffle = random.Random(name)
    for _ in range(4):
        shuffle.shuffle(words)
        assert kind_of(facts(1, " ".join(words), kind, b)).role == role, words


@pytest.mark.parametrize("name", T2_NAMES)
def test_letters_around_a_word_make_another_word(name):
    inside = "".join(f"q{word}q " for word in name.lower().replace("_", " ").split())
    assert not words_of(inside).meanings


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("DWI_b1400", (1400,)), ("b=0-1000", (0, 1000)), ("b50_400_800", (50, 400, 800)), ("bval 800", (800,)),
        ("b-value 1500", (1500,)), ("b1400 3 mm", (1400,)), ("4bval", ()), ("part b 2", ()), ("b1000s/mm2", (1000,)),
        ("club1400", ()), ("b1400 20 slices", (1400,)),
    ],
)  # fmt: skip
def test_b_values_in_names(text, values):
    assert words_of(text).b_values == values


def test_the_echo_time_tells_where_the_name_does_not():
    assert kind_of(facts(1, "Prostate axial high res", spin_echo_ms=104.0, echo="spin")).role == "T2"
    assert "10 ms, too short" in kind_of(facts(1, "t2_tse_tra", spin_echo_ms=10.0, echo="spin")).why
    assert kind_of(facts(1, "t2 tra", echo="gradient")).why == "a gradient image, no T2"
    assert kind_of(facts(1, "t2 tra", echo="planar")).why == "an echo planar image, no T2"


def test_a_name_beside_a_type_a_protocol_and_a_capture():
    assert kind_of(facts(1, "", protocol="t2_tse_tra")).role == "T2"
    assert kind_of(facts(1, "ADC", DERIVED, protocol="t2_tse_tra")).role == "ADC"
    assert kind_of(facts(1, "localizer", protocol="t2_tse_tra")).role == ""
    assert kind_of(facts(1, "t2_tse_tra", capture=True)).why == "a secondary capture"
    sagittal = facts(1, "t2_tse", axial=False, orientation="sagittal")
    assert kind_of(sagittal).why == "T2, but sagittal; an axial one is taken"


def test_a_maps_exponential_ratio_and_colours_are_never_taken():
    for name, kind, b, _ in NOTHING:
        assert taken(facts(9, name, kind, b)) == {}
        assert taken(T2, DWI, MAP, facts(9, name, kind, b)) == {"T2": 4, "DWI": 8, "ADC": 7}, name


def test_every_name_of_a_map_is_taken_among_others():
    for name, kind, b, _ in ADC:
        assert taken(T2, DWI, facts(7, name, kind, b))["ADC"] == 7


def test_the_highest_b_value_is_taken_and_never_the_lowest():
    b50, b800 = facts(5, "tracew", (*SIEMENS, "TRACEW"), 50), facts(6, "tracew", (*SIEMENS, "TRACEW"), 800)
    assert taken(b50, b800)["DWI"] == 6
    assert "DWI" not in taken(b50)
    assert "diffusion, b = 50 s/mm2, too low" in undecided("DWI", b50)
    assert (
        taken(facts(5, "dwi", ORIGINAL, 0), facts(6, "dwi b 400", ORIGINAL), facts(9, "dwi_b900", ORIGINAL))["DWI"] == 9
    )


@pytest.mark.parametrize(("b_value", "is_taken"), [(51, False), (400, False), (499, False), (500, True), (501, True)])
def test_an_image_of_500_and_more_is_one_of_a_high_b_value(b_value, is_taken):
    one = facts(5, "tracew", (*SIEMENS, "TRACEW"), b_value)
    assert ("DWI" in taken(one)) is is_taken
    if not is_taken:
        assert f"diffusion, b = {b_value} s/mm2, too low" in undecided("DWI", one)


def test_of_one_b_value_the_isotropic_and_then_the_computed_image():
    one, mean = facts(5, "dwi", ORIGINAL, 1000, directional=True), facts(6, "dwi", ORIGINAL, 1000)
    assert taken(one, mean)["DWI"] == 6
    assert taken(mean, facts(9, "dwi", ORIGINAL, 1000, isotropic=True))["DWI"] == 9
    computed = facts(10, "calc_bval", DERIVED, 1000)
    chosen = choose_series((mean, computed)).choices["DWI"]
    assert chosen.reason == (
        "series 10: computed diffusion image with the highest b-value, 1000 s/mm2; "
        "the computed one of 2 that fit (also 6)"
    )
    assert taken(facts(6, "dwi", ORIGINAL, 1500), computed)["DWI"] == 6


def test_a_computed_image_of_an_unknown_b_value_decides_nothing():
    told = undecided("DWI", facts(6, "dwi", ORIGINAL, 800), facts(9, "ep2d_diff_CALC_BVAL", DERIVED))
    assert told == (
        "Series 9 is computed for a b-value that is stated nowhere, so whether it is higher than that of Series 6 is "
        f"unknown; {NAME}."
    )


@pytest.mark.parametrize(
    ("worse", "better", "how"),
    [
        ({"plane": (0.8, 0.8, 30, 30)}, {"plane": (0.5, 0.5, 48, 48)}, "the finest"),
        ({"description": "t2 fs"}, {"description": "t2"}, "the one without fat suppression"),
        ({"image_type": ("DERIVED", "PRIMARY")}, {}, "the acquired one"),
        ({"problem": "lacks a tag"}, {}, "the only sound one"),
        ({"image_type": (*ORIGINAL, "ND")}, {"image_type": (*ORIGINAL, "DIS2D")}, "the one corrected for distortion"),
        ({}, {"image_type": (*ORIGINAL, "NORM")}, "the one corrected for the coil"),
        ({}, {"description": "t2 repeat"}, "the one named a repeat"),
        ({"ends": (0.0, 20.0)}, {"ends": (0.0, 60.0)}, "the one with the largest coverage"),
    ],
)  # fmt: skip
def test_of_several_t2_each_rule_takes_one_and_says_so(worse, better, how):
    first, second = (facts(number, **{"description": "t2", **each}) for number, each in ((4, worse), (5, better)))
    for series in ((first, second), (second, first)):
        chosen = choose_series(series)
        choice = chosen.choices["T2"]
        assert chosen.passed == {series.index(first): f"not taken: series 5 is {how}"}
        why = ", which lacks a tag" if "problem" in worse else ""
        assert choice.reason == f"series 5: named T2, axial; {how} of 2 that fit (also 4{why})"


def test_the_map_on_the_high_b_images_grid_then_of_its_protocol():
    other = facts(9, "ADC", DERIVED, plane=(2.0, 2.0, 11, 12))
    assert taken(DWI, MAP, other)["ADC"] == 7
    dwi = facts(8, "dwi", DERIVED, 1400, protocol="dwi b")
    maps = facts(6, "ADC", DERIVED, protocol="dwi a"), facts(7, "ADC", DERIVED, protocol="dwi b")
    assert taken(dwi, *maps)["ADC"] == 7


def test_two_that_fit_equally_are_both_named_and_none_is_taken():
    told = undecided("T2", T2, facts(10, "t2_tse_tra"))
    assert told == (
        f"Series 4 and 10 fit T2 equally (named T2, axial; axial, 1 x 1 mm, 24 x 22, 9 slices over 24 mm); {NAME}."
    )
    assert set(choose_series([T2, facts(10, "t2_tse_tra")]).passed.values()) == {
        "undecided: fits T2 as well as another"
    }
    assert taken(T2, facts(10, "t2_tse_tra"), named={"T2": "10"}) == {"T2": 10}
    assert "Series 7 and 9 fit ADC equally" in undecided("ADC", DWI, MAP, facts(9, "ADC", DERIVED))


def test_where_none_fits_the_candidates_and_the_option_are_named():
    told = undecided("ADC", T2, DWI, facts(9, "eADC", SECOND))
    assert told == (
        "There is no series that is known to be an ADC map among 3 series: 8 is diffusion, b = 1400 s/mm2; "
        "9 is an exponential map, no ADC; 4 is named T2, axial. If one of them is, name it with --series, or in the "
        "import form."
    )
    assert undecided("T2") == "There is no series that is known to be an axial T2; add it."
    many = undecided("T2", *(facts(number, "localizer") for number in range(1, 12)))
    assert "; and 3 others, which the preview lists" in many
    with pytest.raises(BadImage, match="no series '77' to take for T2; the study has 4"):
        choose_series([T2], {"T2": "77"})


def test_people_see_why_and_never_an_unknown_word():
    assert why_not(facts(1, "calc_bval", DERIVED, 1400)) == "computed diffusion, b = 1400 s/mm2"
    assert why_not(facts(1, "dwi", ORIGINAL, 1000, directional=True)) == "one direction of diffusion, b = 1000 s/mm2"
    assert why_not(facts(1, "t2", problem="lacks PixelSpacing")) == "lacks PixelSpacing (named T2, axial)"
    assert why_not(facts(1, "dwi")) == "diffusion, b-value not stated"
    assert shown_words("T2_TSE Jansen 19610203 axt2 b1400 tra19610203 scan2") == "t2 tse axt2 b1400 scan2"
    assert facts(1, image_type=("ORIGINAL", "PRIMARY", "JANSEN", "DIS2D")).shown_type == "ORIGINAL PRIMARY DIS2D"
    assert T2.geometry == "axial, 1 x 1 mm, 24 x 22, 9 slices over 24 mm"


def test_any_text_has_a_kind():
    letters, draw = "adct2exp_ b0159*()[]\\ü^\0\n", random.Random(15)
    for _ in range(300):
        text = "".join(draw.choices(letters, k=draw.randrange(70)))
        assert kind_of(facts(1, text, tuple(text.upper().split("_")))).role in ("T2", "DWI", "ADC", "")
    for word in ("tra", "t2", "b10", "(", "for "):
        assert kind_of(facts(1, word * 100_000)).why


def test_a_series_is_named_by_number_uid_or_a_part_of_its_description():
    series = [
        facts(3, "t2_tse_tra", uid="1.2.3"),
        facts(4, "t2_tse_tra_repeat", uid="1.2.4"),
        facts(5, "t2_tse_tra_20", uid="1.2.5"),
        facts(7, "ADC Jansen", uid="1.2.7"),
    ]

    def taken(name):
        return series[choose_series(series, {"T2": name}).choices["T2"].index].number

    assert [taken(name) for name in ("4", "1.2.4", "REPEAT ", "t2_tse_tra", "Jansen")] == [4, 4, 4, 3, 7]
    chosen = choose_series(series, {"T2": "Jansen"}).choices["T2"]
    assert chosen.reason.startswith("series 7: named for T2 by the importer (")
    assert "ansen" not in chosen.reason
    for name, sentence in (
        ("t2_tse", "Series 3, 4 and 5 fit the name 't2_tse' to take for T2; the study has 3, 4, 5, 7, of which one is"),
        ("20", "There is no series '20' to take for T2"),  # a number names a series, never a part of a description
        ("1.2", "There is no series '1.2' to take for T2"),
        ("", "There is no series '' to take for T2"),
        ("Meier", "There is no series 'aaaaa' to take for T2"),
    ):
        with pytest.raises(Rejection) as refusal:
            taken(name)
        assert refusal.value.sentence.startswith(sentence)
