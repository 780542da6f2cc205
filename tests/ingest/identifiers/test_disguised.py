"""Names, dates and numbers in the dress of other characters are found; odd texts neither break nor stop the gate."""

import random
import time
import unicodedata

import pytest

from backend.ingest.identifiers import gate
from backend.ingest.identifiers.columns import column_holds
from backend.ingest.identifiers.judge import judge_cell, judge_id, judge_ids
from backend.ingest.identifiers.plain_text import LONGEST, plain
from tests.ingest.identifiers.examples import NAMED_IDS, ORDINARY_IDS


def wide(text: str) -> str:
    return "".join(chr(ord(letter) + 0xFEE0) if "!" <= letter <= "~" else letter for letter in text)


def invisible(text: str) -> str:
    return "\u200b".join(text)


def decomposed(text: str) -> str:
    return unicodedata.normalize("NFD", text)


def arabic(text: str) -> str:
    return text.translate({ord("0") + value: chr(0x660 + value) for value in range(10)})


def dashed(text: str) -> str:
    return text.replace("-", "\u2013").replace(" ", "\u00a0")


@pytest.mark.parametrize("dress", [wide, invisible, decomposed, arabic, dashed])
def test_a_dress_hides_nothing_and_accuses_nobody(dress) -> None:
    assert [text for text in NAMED_IDS if judge_id(text) and not judge_id(dress(text))] == []
    assert [text for text in ORDINARY_IDS if judge_id(dress(text)) and not judge_id(text)] == []
    assert plain(dress("P001_S-01")) == "P001_S-01"


@pytest.mark.parametrize(
    "text",
    [
        "annamueller12",
        "HANSMUELLER61",
        "muellerhans_3",
        "smithj01",
        "jsmith01",
        "M%C3%BCller_01",
        "Mu%cc%88ller01",
        "61-02-03",
    ],
)
def test_names_without_a_gap_and_encoded_ones_are_found(text: str) -> None:
    assert judge_id(text)


@pytest.mark.parametrize("text", ["prostate01", "cohort12", "slang7", "scanner3", "100%", "99-13-03", "61-02"])
def test_ordinary_words_beside_numbers_stay_ordinary(text: str) -> None:
    assert judge_id(text) is None


@pytest.mark.parametrize("name", ["Ｎame", "na\u200bme", "Geburts\u00addatum", "Pre\u0301nom", "Ｄate", "Ｅmail"])
def test_a_column_in_disguise_is_told(name: str) -> None:
    assert column_holds(name)


def test_no_text_breaks_the_gate() -> None:
    draw = random.Random(0)
    letters = "0123456789٣२５²③ſ\u212aİıßﬁabcdefXYZ-_./ ,^@+()年昭\u200b\u0301\ud800\0%"
    forms = ("aaaaaa99b99a999a", "999999-9999", "99999999999", "a999999999", "99999999a", "9" * 18, "999999-999a")
    for _ in range(4000):
        if draw.random() < 0.5:
            text = "".join(draw.choice(letters) for _ in range(draw.randint(0, 20)))
        else:
            drawn = {"9": "0123456789٣२５", "a": "abcd\u212aſABCDEHLMPRST", "b": "abcdehlmprst"}
            text = "".join(draw.choice(drawn.get(letter, letter)) for letter in draw.choice(forms))
        placed = [gate.Placed(text)]
        gate.findings(placed, placed, placed, placed)


@pytest.mark.parametrize("piece", ["a", "@a", "mrn ", "1jan", "a,", "tel ", "strasse", "Aa", "1", "-1"])
def test_a_long_text_takes_no_time_and_is_asked_about(piece: str) -> None:
    text = (piece * 1_000_000)[:1_000_000]
    began = time.monotonic()
    assert judge_id(text)
    assert judge_cell(text)
    assert column_holds(text)
    assert list(judge_ids([text, "P001"])) == [text]
    assert len(gate.findings([gate.Placed(text)])[0]) < 500
    assert time.monotonic() - began < 1
    assert judge_id("P" + "0" * LONGEST)
