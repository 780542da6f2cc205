"""The glossary: what the issue asks for is in it, texts are sentences, and the search finds by name and by meaning."""

import pytest

from frontend.text import glossary
from tests.test_sentences import LONGEST

ASKED = {
    *("GLCM", "GLRLM", "GLSZM", "GLDM", "NGTDM", "Shape", "First order", "Wavelet HHL", "LoG", "ROI", "Coarseness"),
    *("R²", "R² above chance", "ΔI", "Chance level", "By chance", "Label-borne", "Given the label", "Shared change"),
    *("Influence", "Jackknife interval", "Control floor", "Control", "Power", "Seed", "Run"),
    *("Embedding", "Decoder", "Fine-tuning"),
}


def test_every_term_that_pages_use_is_explained() -> None:
    assert set(glossary.TERMS) >= ASKED


@pytest.mark.parametrize("word", list(glossary.TERMS))
def test_a_term_is_explained_in_short_sentences(word: str) -> None:
    one = glossary.TERMS[word]
    for text in filter(None, (one.short, one.long)):
        assert text[0].isupper()
        assert text.endswith(".")
        assert all(len(sentence.split()) <= LONGEST for sentence in text.split(". "))


def test_help_takes_any_capitals_and_refuses_a_word_that_is_not_there() -> None:
    assert glossary.term("glcm").startswith("Grey-level co-occurrence matrix")
    assert glossary.term("label-borne").endswith("nothing was gained.")
    with pytest.raises(KeyError):
        glossary.term("GLXX")


def test_the_search_finds_names_first_and_then_explanations() -> None:
    assert [one.word for one in glossary.find("gl")][:4] == ["GLCM", "GLDM", "GLRLM", "GLSZM"]
    assert glossary.find("chance")[0].word == "Chance level"
    assert "Seed" in [one.word for one in glossary.find("random choices")]
    assert glossary.find("zebra") == []
    assert len(glossary.find(" ")) == len(glossary.TERMS)
