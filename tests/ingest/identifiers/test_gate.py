"""The gate's sentences: what, where, what to do; never the text itself."""

import pytest

from backend.ingest.identifiers import gate
from backend.ingest.identifiers.pseudonyms import Pseudonyms
from backend.ingest.identifiers.sentences import masked, shown, without_names
from tests.ingest.identifiers import examples


def said(**given):
    with pytest.raises(gate.Identifiers) as refused:
        gate.check(gate.findings(**given), "ask")
    return refused.value.sentence


def test_a_refusal_names_the_place_and_the_way_out():
    sentence = said(ids=[gate.Placed("001", "pre.csv, row 2"), gate.Placed("MUELLER^ANNA", "pre.csv, row 3")])
    assert sentence == (
        "Among the ids, 1 is a name (the first: pre.csv, row 3, of the shape 'aaaaaaa^aaaa'); choose --ids keep if "
        "they identify nobody, or --ids pseudonymise to replace the ids and leave names out."
    )


@pytest.mark.parametrize("kind", ["ids", "names", "columns", "cells"])
def test_no_sentence_repeats_what_it_found(kind):
    texts = {"ids": examples.NAMED_IDS, "names": examples.NAMED_IDS, "cells": examples.NAMED_CELLS}
    for text in texts.get(kind, examples.PERSONAL_COLUMNS):
        sentence = gate.findings(**{kind: [gate.Placed(text, "here")]})[0]
        assert repr(text) not in sentence
        assert "here" in sentence


def test_a_decision_lets_everything_through():
    found = gate.findings(ids=[gate.Placed("MUELLER^ANNA")])
    gate.check(found, "keep")
    gate.check(found, "pseudonymise")


def test_the_place_of_a_finding_does_not_repeat_a_file_that_is_named_after_a_person():
    placed = [gate.Placed("MUELLER^ANNA", "Otto Meier_pre.csv, row 2")]
    columns = gate.numbered(["birth_date"], "Otto Meier_pre.csv")
    found = gate.findings(placed, [gate.Placed("Otto Meier_pre"), gate.Placed("pre")], columns, placed)
    assert len(found) == 4
    assert "Meier" not in " ".join(found)
    assert "the first: aaaa aaaaa_aaa.csv, row 2" in found[0]
    assert found[3].startswith("column 1 of aaaa aaaaa_aaa.csv seems")
    assert (
        "the first: ft.csv, row 2"
        in gate.findings([gate.Placed("MUELLER^ANNA", "ft.csv, row 2")], [gate.Placed("ft")])[0]
    )


def test_dropped_columns_are_listed_and_those_about_people_counted():
    listed = gate.dropped(["Ward", "birth_date", "MUELLER^ANNA", "study_date"])
    assert listed == ["Ward", "2 with a person's data", "1 with dates"]


def test_quoted_texts_of_a_sentence_are_masked_where_they_identify():
    sentence = "a.csv: row 2 of column 'ADC_original_glcm_Contrast' holds 'MUELLER^ANNA', which is no number"
    assert masked(sentence) == sentence.replace("MUELLER^ANNA", "aaaaaaa^aaaa")
    twice = "a.csv: 2 study ids stand twice: '001', 'Anna Müller'; keep one row each."
    assert masked(twice) == twice.replace("Anna Müller", "aaaa aaaaaa")
    assert masked('the column "Piet O\'Brien" stands twice') == 'the column "aaaa a\'aaaaa" stands twice'
    named = "Otto Quastenflosser_pre.csv: row 2 is cut short; compare ft.csv and Doe_1.parquet."
    assert masked(named) == "aaaa aaaaaaaaaaaaaa_aaa.csv: row 2 is cut short; compare ft.csv and aaa_9.parquet."
    assert (shown("7"), shown("high"), shown("MUELLER^ANNA")) == ("7", "high", "aaaaaaa^aaaa")


def test_pseudonyms_depend_on_the_key_and_the_patient():
    one, other = (Pseudonyms(key) for key in (b"1", b"2"))
    assert one.study("a", "b").startswith(one.patient("a") + "_S")
    assert one.patient("a") == Pseudonyms(b"1").patient("a") != other.patient("a")
    sentence = without_names("case Doe_1: Doe_1_t2w.mha is cut short; copy it again.", ["Doe_1", "Doe"])
    assert "Doe" not in sentence
