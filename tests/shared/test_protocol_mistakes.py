"""Every mistake in a protocol file is one sentence that names the file and the key."""

import pytest

from shared.protocols.reader import LARGEST_FILE, BadProtocol, built_in, own_protocol, read_protocol

GOOD = """
name: mine
modalities: [{name: CT, required: true, reference: true}]
regions: [{name: tumor}]
grid: {spacing_mm: [1, 1, 1], size_zyx: [64, 64, 64]}
"""


def mistakes(text: str) -> list[str]:
    with pytest.raises(BadProtocol) as caught:
        own_protocol(text, "mine.yaml")
    return list(caught.value.sentences)


def test_a_protocol_of_a_few_lines_is_read() -> None:
    found = own_protocol(GOOD, "mine.yaml")
    assert (found.modality_names, found.rois, found.reference) == (("CT",), ("tumor",), "CT")
    assert not found.is_prostate


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("name: mine", "name: Mine", "name is 'Mine'; write 1 to 24 small letters, digits or hyphens."),
        ("name: mine", "", "name is missing; add it."),
        ("name: mine", "name: mine\nregion: []", "region is no key of a protocol; check its spelling."),
        ("name: CT", "name: C T", "modalities[0].name is 'C T'; write 1 to 24 letters, digits or hyphens"),
        (
            "name: CT",
            "name: -CT",
            "modalities[0].name is '-CT'; write 1 to 24 letters, digits or hyphens, the first no hyphen",
        ),
        ("name: tumor", "name: tumor, within: lung", "regions[0].within names 'lung'; there is none."),
        ("name: tumor", "name: tumor, within: tumor", "regions[0].within names 'tumor'; there is none."),
        (
            "grid:",
            "targets: [{name: t, kind: class, column: c, classes: ['Yes', 'no', 'yes']}]\ngrid:",
            "targets[0] has the classes 'Yes' and 'yes', which one cell could mean both of; rename one.",
        ),
        (
            "grid:",
            "targets: [{name: t, kind: ordinal, column: c, classes: ['1-2', '2-3']}]\ngrid:",
            "targets[0] has the classes '1-2' and '2-3', which one cell could mean both of; rename one.",
        ),
        (
            "grid:",
            "targets: [{name: t, kind: class, column: c, classes: ['1', '1.0']}]\ngrid:",
            "targets[0] has the classes '1' and '1.0', which one cell could mean both of; rename one.",
        ),
        (
            "[{name: tumor}]",
            "[{name: tumor}, {name: z, kind: labels, codes: {1: a}}]\ntargets: [{name: t, kind: mask, region: z}]",
            "targets[0].region names 'z'; there is tumor.",
        ),
        ("name: CT", "name: labels", "modalities[0].name is 'labels', a word with a meaning of its own"),
        ("name: CT", "name: CT, window: [3, 1]", "modalities[0].window is [3.0, 1.0]; write the lower number first."),
        ("name: CT", "name: CT, window: wide", "modalities[0].window is 'wide': input should be 'auto'."),
        ("name: CT", "name: CT, colour: red", "modalities[0].colour is 'red'; write auto, or a colour such as"),
        ("required: true", "required: maybe", "modalities[0].required is 'maybe': write true or false."),
        ("reference: true", "reference: false", "modalities has 0 with reference: true; exactly one gives the grid."),
        ("required: true, ", "", "modalities has a reference that is not required"),
        ("name: tumor", "name: ct", "modalities and regions has the name 'ct' twice"),
        ("name: tumor", "name: tumor, kind: labels", "regions[0] has kind labels, so give it codes"),
        ("name: tumor", "name: tumor, codes: {1: a}", "regions[0] has codes, which only kind labels has; leave"),
        ("[{name: tumor}]", "[{name: a, aliases: [x]}, {name: b, aliases: [X]}]", "regions gives the word 'X' to both"),
        (
            "name: tumor",
            "name: tumor, aliases: [c-t]",
            "modalities and regions give the word 'c-t' to both CT",
        ),
        (
            "name: tumor",
            "name: tumor, aliases: [_]",
            "regions gives the word '_' to tumor, which has no letter",
        ),
        ("name: tumor", "name: tumor, aliases: ['ＣＴ']", "modalities and regions give the word 'ＣＴ' to both CT"),
        ("[1, 1, 1]", "[1, 1]", "grid.spacing_mm[2] is missing; add it."),
        ("[1, 1, 1]", "[1, 1, x]", "grid.spacing_mm[2] is 'x': write a number."),
        ("[64, 64, 64]", "[64, 64, 4]", "grid.size_zyx[2] is '4': input should be greater than or equal to 8."),
        ("grid:", "intensity: {T1: none}\ngrid:", "intensity names 'T1'; there is CT."),
        ("grid:", "intensity: {CT: log}\ngrid:", "intensity.CT is 'log': input should be 'z-score nonzero'"),
        ("grid:", "intensity: {CT: {range: 1}}\ngrid:", "intensity.CT is \"{'range': 1}\": write a word, {window:"),
        ("grid:", "intensity: {CT: {percentile: [1, 101]}}\ngrid:", "intensity.CT.percentile is [1.0, 101.0]; write"),
        ("grid:", "display_order: [CT, CT]\ngrid:", "display_order does not list every modality once; correct it."),
        ("grid:", "quality: [gland]\ngrid:", "quality names the rule gland, which looks at gland, but there is none."),
        ("grid:", "quality: [heart]\ngrid:", "quality[0] is 'heart': input should be 'gland', 'zones'"),
        ("grid:", "targets: [{name: a, kind: mask}]\ngrid:", "targets[0] is of kind mask, which needs the key region."),
        (
            "grid:",
            "targets: [{name: a, kind: mask, region: lung}]\ngrid:",
            "targets[0].region names 'lung'; there is tumor.",
        ),
        (
            "grid:",
            "targets: [{name: a, kind: class, column: a, classes: [yes, no]}]\ngrid:",
            "targets[0].classes[0] is 'True', which YAML does not read as text; write it in quotes.",
        ),
        (
            "grid:",
            "targets: [{name: a, kind: survival, column: days}]\ngrid:",
            "targets[0] is of kind survival, which has no use for the key column.",
        ),
    ],
)
def test_a_mistake_is_named_with_its_key(old: str, new: str, said: str) -> None:
    assert old in GOOD
    first = mistakes(GOOD.replace(old, new, 1))[0]
    assert first.startswith(f"mine.yaml: {said}")
    assert first.endswith(".")


def test_every_mistake_is_said() -> None:
    text = GOOD.replace("name: mine", "name: M").replace("name: CT", "nam: CT")
    assert mistakes(text) == [
        "mine.yaml: name is 'M'; write 1 to 24 small letters, digits or hyphens.",
        "mine.yaml: modalities[0].name is missing; add it.",
        "mine.yaml: modalities[0].nam is no key of a protocol; check its spelling.",
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: &x 1\nb: *x", "mine.yaml is not valid YAML: aliases are not allowed."),
        ("name: a\nname: b", "mine.yaml is not valid YAML: the key name is given twice."),
        ("[", "mine.yaml is not valid YAML: line 1, column 2: "),
        ("? {a: 1}\n: 2", "mine.yaml is not valid YAML: line 1, column 3: "),
        ("!!python/object/apply:os.system [ls]", "mine.yaml is not valid YAML: line 1, column 1: "),
        ("name: 2020-13-45", "mine.yaml holds a value that cannot be read"),
        ("- 1", "mine.yaml is no mapping of name, modalities, regions and so on"),
        ("", "mine.yaml is no mapping of name, modalities, regions and so on"),
        ("[" * 30000, "mine.yaml is nested too deeply"),
        ("x" * (LARGEST_FILE + 1), "mine.yaml is larger than 64 KB"),
    ],
    ids=["alias", "twice", "open", "key", "object", "date", "list", "empty", "deep", "large"],
)
def test_a_text_that_is_no_protocol_is_refused(text: str, said: str) -> None:
    (only,) = mistakes(text)
    assert only.startswith(said)


def test_the_name_of_a_built_in_protocol_is_not_free() -> None:
    (only,) = mistakes(GOOD.replace("mine", "lung-ct"))
    assert only == "mine.yaml: name is that of the built-in protocol lung-ct, which differs; choose another."
    assert built_in("lung-ct").name == "lung-ct"


RULED = """
name: mine
modalities: [{{name: CT, required: true, reference: true, dicom: {rule}}}]
grid: {{spacing_mm: [1, 1, 1], size_zyx: [64, 64, 64]}}
"""


@pytest.mark.parametrize(
    ("rule", "sentence"),
    [
        ("{}", "modalities[0].dicom is empty; give at least one condition, or leave the key out."),
        ("{word: [a]}", "modalities[0].dicom.word is no key of a protocol; check its spelling."),
        ("{words: a}", "modalities[0].dicom.words is 'a': write a list."),
        ("{words: ['++']}", "modalities[0].dicom.words[0] is '++', which has no letter or digit; write one that has."),
        ("{words: [a], not_words: [A]}", "modalities[0].dicom has 'a' among words and not_words."),
        ("{modality: MRI}", "modalities[0].dicom.modality is 'MRI': input should be 'MR', 'CT' or 'PT'."),
        (
            "{plane: oblique}",
            "modalities[0].dicom.plane is 'oblique': input should be 'axial', 'sagittal' or 'coronal'.",
        ),
        ("{b_value: high}", "modalities[0].dicom.b_value is 'high': input should be 'highest' or 'lowest'."),
        ("{b_value: -1}", "modalities[0].dicom.b_value is '-1': input should be greater than or equal to 0."),
        ("{echo_time_ms: [90, 60]}", "modalities[0].dicom.echo_time_ms is [90.0, 60.0]; write the lower number first."),
        ("{contrast: maybe}", "modalities[0].dicom.contrast is 'maybe': write true or false."),
        ("3", "modalities[0].dicom is '3': write a mapping of keys."),
    ],
)
def test_every_mistake_of_a_rule_for_dicom_is_named(rule: str, sentence: str) -> None:
    with pytest.raises(BadProtocol) as caught:
        read_protocol(RULED.format(rule=rule), "mine.yaml")
    assert caught.value.sentences == (f"mine.yaml: {sentence}",)


def test_a_protocol_without_rules_is_stored_as_before() -> None:
    text = RULED.format(rule="null")
    stored = read_protocol(text, "mine.yaml").model_dump(mode="json")
    assert "dicom" not in stored["modalities"][0]
    ruled = read_protocol(RULED.format(rule="{b_value: highest, contrast: false}"), "mine.yaml")
    again = type(ruled).model_validate(ruled.model_dump(mode="json"))
    assert again == ruled
    assert again.modalities[0].dicom.given == {"b_value", "contrast"}
