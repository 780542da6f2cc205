"""Series of other organs: told by the rules of a protocol, ties left to a person, refusals that name candidates."""

from dataclasses import replace

import pytest

from backend.errors import Refusal
from backend.ingest.dicom.protocol_series import choose_by_protocol
from backend.ingest.dicom.series_facts import SeriesFacts
from shared.protocols.reader import built_in, read_protocol

BRAIN, LUNG = built_in("brain-glioma-mri"), built_in("lung-ct")
LIVER = read_protocol(
    """
name: liver-mri
modalities:
  - name: HBP
    required: true
    reference: true
    aliases: [hepatobiliary]
    dicom: {words: [hb phase, 20min], contrast: true}
  - {name: ART, aliases: [arterial], dicom: {words: [art], not_words: [sub], plane: axial}}
  - {name: DWI, dicom: {b_value: highest, image_type: [ORIGINAL]}}
  - {name: B0, dicom: {b_value: 0}}
  - {name: T2, dicom: {echo_time_ms: [60, 200], words: [haste]}}
grid: {spacing_mm: [1, 1, 2], size_zyx: [64, 160, 160]}
""",
    "liver.yaml",
)


def series(number: int, description: str = "", **changes) -> SeriesFacts:
    known = SeriesFacts(
        number=number,
        image_type=("ORIGINAL", "PRIMARY", "M"),
        description=description.lower(),
        b_value=None,
        axial=True,
        key=str(number),
        slices=20,
        plane=(1.0, 1.0, 256, 256),
        ends=(0.0, 57.0),
        orientation="axial",
        kind="MR",
    )
    return replace(known, **changes)


def ct(number: int, description: str = "", **changes) -> SeriesFacts:
    return series(number, description, **({"kind": "CT", "image_type": ("ORIGINAL", "PRIMARY", "AXIAL")} | changes))


def taken(protocol, *given: SeriesFacts, **named: str) -> dict[str, int]:
    chosen = choose_by_protocol(given, protocol, named)
    return {name: given[choice.index].number for name, choice in chosen.choices.items()}


@pytest.mark.parametrize(
    ("description", "agent", "modality"),
    [
        ("t1_mprage_sag_p2_iso", False, "T1"),
        ("t1_mprage_sag_p2_iso", True, "T1ce"),
        ("AX T1 POST", False, "T1ce"),
        ("AX T1 PRE", True, "T1"),
        ("AXT1POST", False, "T1ce"),
        ("T1W +C", False, "T1ce"),
        ("T1 w/o contrast", False, "T1"),
        ("T1 tse tra KM", False, "T1ce"),
        ("SAG 3D BRAVO+C", False, "T1ce"),
        ("T1_Gd", False, "T1ce"),
        ("T1CE", False, "T1ce"),
        ("T2 FLAIR", False, "FLAIR"),
        ("t2_tirm_tra_dark-fluid", False, "FLAIR"),
        ("SAG CUBE FLAIR", False, "FLAIR"),
        ("AX T2 FSE", False, "T2"),
        ("t2_tse_tra", True, "T2"),
        ("T2* GRE", False, None),
        ("T1 FLAIR", False, None),
        ("ep2d_perf_T2 DSC", True, None),
        ("t1 sub", True, None),
        ("Ax DWI b1000", False, None),
        ("ADC", False, None),
        ("localizer", False, None),
        ("part1", False, None),
    ],
)
def test_a_brain_sequence_is_told_by_its_name_and_the_agent(description, agent, modality) -> None:
    found = taken(BRAIN, series(5, description, agent=agent))
    assert found == ({modality: 5} if modality else {})


def test_tags_tell_where_the_name_does_not() -> None:
    assert taken(BRAIN, series(5, "series 5", inversion_ms=2500.0, echo_ms=90.0)) == {"FLAIR": 5}
    assert taken(BRAIN, series(5, "series 5", echo_ms=90.0)) == {}
    assert taken(BRAIN, series(5, "flair", inversion_ms=750.0)) == {}
    assert taken(BRAIN, series(5, "", protocol="t2_tse_tra", echo_ms=90.0)) == {"T2": 5}


def test_the_thinnest_sound_axial_ct_is_taken_and_kernels_are_said() -> None:
    thin = ct(3, "THIN LUNG 1.0", ends=(0.0, 57.0), slices=58, kernel="B70f")
    thick = ct(4, "STD 5.0", ends=(0.0, 57.0), slices=12, kernel="B30f")
    scout = ct(1, "Topogram", image_type=("ORIGINAL", "PRIMARY", "LOCALIZER"), slices=3)
    coronal = ct(5, "CORONAL", orientation="coronal", axial=False)
    reformat = ct(6, "MPR", image_type=("DERIVED", "SECONDARY", "REFORMATTED"))
    mr = series(7, "ct t1")
    chosen = choose_by_protocol([scout, thick, thin, coronal, reformat, mr], LUNG)
    assert chosen.choices["CT"].index == 2
    assert chosen.choices["CT"].reason == (
        "series 3: CT, axial, kernel B70f, slices of 1 mm; the one of the thinnest slices of 2 that fit (also 4)"
    )
    assert chosen.about[0] == "a localizer or a picture of the dose"
    assert chosen.about[3] == "no CT (coronal, not axial)"
    assert chosen.about[4] == "a reformat of another series"
    assert chosen.about[5] == "no CT (MR, no CT)"
    assert chosen.passed[1] == "not taken: series 3 is the one of the thinnest slices"
    broken = replace(thin, problem="has a slice missing")
    assert taken(LUNG, broken, thick) == {"CT": 4}


def test_a_planning_ct_is_one() -> None:
    assert taken(LUNG, ct(2, "Planning CT 3mm")) == {"CT": 2}


def test_two_kernels_of_one_scan_are_left_to_a_person() -> None:
    soft, sharp = ct(3, "CHEST 1.0", kernel="B30f"), ct(4, "CHEST 1.0", kernel="B70f")
    chosen = choose_by_protocol([soft, sharp], LUNG)
    assert chosen.choices == {}
    assert chosen.undecided["CT"].startswith("Series 3 and 4 fit CT equally (CT, axial, kernel B30f; CT, axial,")
    assert "kernel B70f; axial, 1 x 1 mm" in chosen.undecided["CT"]
    assert taken(LUNG, soft, sharp, CT="4") == {"CT": 4}
    assert choose_by_protocol([soft, sharp], LUNG, drawn_on=frozenset([1])).choices["CT"].index == 1
    with pytest.raises(Refusal, match="There is no series '9' to take for CT"):
        taken(LUNG, soft, sharp, CT="9")


def test_a_protocol_of_ones_own_tells_phases_b_values_and_echoes() -> None:
    given = [
        series(2, "vibe dyn arterial", agent=True),
        series(3, "vibe art sub", agent=True),
        series(4, "vibe HB phase", agent=True),
        series(5, "vibe HB phase"),
        series(6, "ep2d_diff", b_value=0.0),
        series(7, "ep2d_diff", b_value=400.0),
        series(8, "ep2d_diff", b_value=800.0),
        series(9, "haste", echo_ms=90.0),
        series(10, "series 10", echo_ms=95.0, orientation="coronal"),
    ]
    assert taken(LIVER, *given) == {"ART": 2, "HBP": 4, "DWI": 8, "B0": 6, "T2": 9}
    without = [each for each in given if each.number not in (4, 5)]
    chosen = choose_by_protocol(without, LIVER)
    assert chosen.undecided["HBP"].startswith("There is no series that is known to be HBP among 7: 2 is fits ART")
    assert chosen.undecided["HBP"].endswith("If one of them is, name it with --series, or in the import form.")


def test_one_series_is_never_two_modalities() -> None:
    text = (
        "name: twice\nmodalities: [{name: A, required: true, reference: true}, {name: B}]\n"
        "grid: {spacing_mm: [1, 1, 1], size_zyx: [64, 64, 64]}\n"
    )
    both = choose_by_protocol([series(3, "a b")], read_protocol(text, "twice.yaml"))
    assert both.choices == {}
    assert both.undecided["A"] == "Series 3 fits A and B; name one with --series, or in the import form."
