from dataclasses import replace

from backend.science.analysis.report_causes import ContentReport, GroupUse, ShareReport, UseReport
from backend.science.report.causes_text import content_sentence, use_sentences

GROUPS = (
    GroupUse("T2_glcm", 0.2, 0.1, 0.3, 0.05, "used"),
    GroupUse("ADC_firstorder", 0.345, 0.2, 0.48, 0.05, "used"),
    GroupUse("ADC_glrlm", 0.01, -0.02, 0.04, 0.05, "not_used"),
)
USE = UseReport("pirads <b> (4 classes)", False, 0.4, 0.2, 0.6, {}, GROUPS)


def test_what_the_task_uses_is_named_with_the_largest_loss_first():
    assert use_sentences(USE) == [
        "Used by a linear head on pirads b (4 classes): ADC First order (34 % of its skill is lost without it "
        "[20, 48]), T2 GLCM (20 % of its skill is lost without it [10, 30])."
    ]
    assert use_sentences(replace(USE, head_given=True))[0].startswith(
        "Used by the given head, scored on pirads b (4 classes): ADC"
    )
    assert use_sentences(replace(USE, groups=GROUPS[2:])) == [
        "No group of features is shown to be used by a linear head on pirads b (4 classes)."
    ]
    assert use_sentences(None) == []


def test_a_head_at_chance_says_nothing_of_use():
    for low in (None, -0.1, 0.0):
        assert use_sentences(replace(USE, head_low=low)) == [
            "A linear head on pirads b (4 classes) is not shown to be better than chance, so what it uses cannot be "
            "said."
        ]
    given = use_sentences(replace(USE, head_low=None, head_given=True))
    assert given[0].startswith("The given head, scored on pirads b (4 classes), is not shown")


def test_the_headline_of_new_content_is_a_sentence():
    content = ContentReport("nothing new beyond chance", 0.1, 0.1, 0.0, ShareReport(None, None, None), None, None, ())
    assert content_sentence(content) == "Nothing new beyond chance."
    assert content_sentence(None) == ""
