"""Keys under protocols: every field that images depend on changes them; those of the prostate are the old ones."""

from typing import Any

import pytest

from backend.errors import BadSettings
from backend.jobs.data.channels import channels_of, intensities
from backend.jobs.data.embeddings import Wanted
from backend.jobs.data.encoder_inputs import EncoderInputs, input_file_key
from backend.jobs.resume.training_keys import import_key, pretrain_key, seen_by
from backend.models import Case, Encoder, Volume
from backend.science.imaging.intensity import NONZERO, Intensity
from backend.storage.cache_keys import IMAGES, encoder_input_key
from backend.storage.seen_images import check_seen, own_grid, seen_images
from shared import schemas as s
from shared.protocols.reader import built_in, prostate

FIELDS: dict[str, Any] = {
    "name": "mine",
    "modalities": [{"name": "A", "required": True, "reference": True}, {"name": "B", "required": True}, {"name": "C"}],
    "regions": [{"name": "tumor"}],
    "targets": [{"name": "grade", "kind": "class", "column": "g", "classes": ["1", "2"], "modalities": ["A"]}],
    "grid": {"spacing_mm": [1, 1, 2], "size_zyx": [32, 64, 64]},
    "intensity": {"A": {"window": [0, 100]}, "B": "z-score"},
}
INPUT = s.EncoderInput(modalities=("A", "B"))


def test_a_modality_without_an_intensity_has_that_of_voxels_that_are_not_zero() -> None:
    protocol = s.Protocol.model_validate(FIELDS)
    assert intensities(protocol, ["C", "B", "A"]) == {
        "C": NONZERO, "B": Intensity("z-score"), "A": Intensity("window", (0, 100)),
    }  # fmt: skip


def volume(kind: str, number: int) -> Volume:
    direction = [1, 0, 0, 0, 1, 0, 0, 0, 1]
    return Volume(
        kind=kind, sha256=f"{number}" * 64, dtype="<i2", size=[4, 5, 6], spacing=[1, 1, 3], origin=[0, 0, 0],
        direction=direction,
    )  # fmt: skip


def case_of(*kinds: str) -> Case:
    volumes = [volume(kind, number) for number, kind in enumerate(kinds, start=1)]
    return Case(study_id="s1", patient_id="p1", volumes=volumes)


def encoder_of(protocol: s.Protocol, given: s.EncoderInput) -> Encoder:
    """An encoder as an import records it."""
    settings: dict[str, Any] = {"input": given.model_dump(mode="json")}
    seen = seen_images(protocol, channels_of(given, None, protocol))
    settings |= {} if seen is None else {"seen": seen}
    return Encoder(name="e", arch="convnextv2-atto", sha256="a" * 64, settings=settings)


def keys(protocol: s.Protocol, given: s.EncoderInput, case: Case, task: str | None = None) -> dict[str, str]:
    given = given.model_copy(update=own_grid(protocol))
    encoder = encoder_of(protocol, given)
    seen, key = encoder.settings.get("seen"), encoder_input_key(encoder, task)
    imported = s.ImportEncoderParams(cohort_id="c", path="x", input=given)
    return {
        "input": key,
        "content": Wanted(encoder, protocol, given, task, key, [case]).content_key(case),
        "pretrain": pretrain_key(s.PretrainParams(cohort_id="c", input=given), [case], seen),
        "import": import_key(imported, "0" * 64, None, None, seen),
        "parent": str(seen_by(encoder, task)),
        "images": EncoderInputs(None, [case], protocol, given)._key(case),  # type: ignore[arg-type] # nothing is read
    }


@pytest.mark.parametrize(
    ("task", "input_key", "content_key"),
    [
        (
            "pirads",
            "7c94f8bcdb92864023a9822126d6b5756cadad561cc7776c01794f54067210c7",
            "54a60a8d0e3a6ab55a2578da97fe4c9aef19e847978071c15b119c29ae091953",
        ),
        (
            "volume",
            "dd21750f20c9efc0c179af8874deab787d3ec204627ee7dcbcff3bc1a5790672",
            "fc1fd26b206486ed833f2d0baf2041e4493c8684e8f4e0ac94704e68cca117d6",
        ),
    ],
)
def test_the_keys_of_the_prostate_are_those_of_earlier_versions(task, input_key, content_key) -> None:
    """The hashes were made by the version before encoders saw other organs."""
    case = case_of("T2", "DWI", "ADC", "gland", "lesion")
    found = keys(prostate(), s.EncoderInput(), case, task)
    assert (found["input"], found["content"]) == (input_key, content_key)
    assert found["pretrain"] == "48d7d497335e9359c24a227b30d53a898837834b9b408974b7a552393c9885dd"
    assert found["images"] == "28cd4aabf616741c5aba506a609b73cff8b312822e00c13343e6022410a7f76a"
    lesion = input_file_key(case, prostate(), s.EncoderInput(), "lesion", ("T2", "lesion"))
    assert lesion == "f7503d0dc991b623a9e5adb048c9f03381c2e2a75d7f5d985f30175ffa944747"
    assert found["parent"] == "{}"
    assert IMAGES == ("T2", "DWI", "ADC")
    assert own_grid(prostate()) == {name: getattr(s.EncoderInput(), name) for name in own_grid(prostate())}


CHANGES: dict[str, dict[str, Any]] = {
    "intensity": {"intensity": {"A": {"window": [0, 101]}, "B": "z-score"}},
    "undeclared": {"intensity": {"A": {"window": [0, 100]}}},
    "rule": {"intensity": {"A": {"percentile": [0, 100]}, "B": "z-score"}},
    "spacing": {"grid": {"spacing_mm": [1, 1, 1], "size_zyx": [32, 64, 64]}},
    "size": {"grid": {"spacing_mm": [1, 1, 2], "size_zyx": [32, 64, 32]}},
    "axes": {"grid": {"spacing_mm": [1, 1, 2], "size_zyx": [32, 64, 64], "orientation": "as_stored"}},
    "reference": {"modalities": [FIELDS["modalities"][0] | {"reference": False},
                                 FIELDS["modalities"][1] | {"reference": True}, {"name": "C"}]},
}  # fmt: skip


@pytest.mark.parametrize("change", CHANGES)
def test_what_images_depend_on_changes_every_key(change) -> None:
    first, second = (s.Protocol.model_validate(fields) for fields in (FIELDS, FIELDS | CHANGES[change]))
    case = case_of("A", "B", "C", "tumor")
    before, after = keys(first, INPUT, case), keys(second, INPUT, case)
    assert all(before[name] != after[name] for name in before)


def test_which_modalities_are_seen_and_in_which_order_changes_every_key() -> None:
    protocol, case = s.Protocol.model_validate(FIELDS), case_of("A", "B", "C", "tumor")
    chosen = [("A", "B"), ("B", "A"), ("A",), ("A", "A"), ("A", "B", "C")]
    found = [keys(protocol, s.EncoderInput(modalities=names), case) for names in chosen]
    assert all(len({each[name] for each in found}) == len(chosen) for name in found[0])


def test_what_images_do_not_depend_on_changes_no_key() -> None:
    case = case_of("A", "B", "C", "tumor")
    others = FIELDS | {"name": "other", "description": "words", "display_order": ["B", "A", "C"]}
    others |= {"intensity": FIELDS["intensity"] | {"C": "none"}}
    assert keys(s.Protocol.model_validate(FIELDS), INPUT, case) == keys(s.Protocol.model_validate(others), INPUT, case)


def test_a_target_learnt_from_some_modalities_has_an_input_of_its_own() -> None:
    case, protocol = case_of("A", "B", "C"), s.Protocol.model_validate(FIELDS)
    target = FIELDS["targets"][0]
    other = s.Protocol.model_validate(FIELDS | {"targets": [target | {"modalities": ["B"]}]})
    found = [keys(protocol, INPUT, case), keys(protocol, INPUT, case, "grade"), keys(other, INPUT, case, "grade")]
    assert all(len({each[name] for each in found}) == 3 for name in ("input", "content"))


def test_an_encoder_is_not_used_on_images_that_it_was_not_made_of() -> None:
    mine = s.Protocol.model_validate(FIELDS)
    encoder = encoder_of(mine, INPUT)
    check_seen(encoder, mine)
    check_seen(encoder_of(prostate(), s.EncoderInput()), prostate())
    for change, word in (("intensity", "intensity"), ("spacing", "grid"), ("reference", "reference")):
        with pytest.raises(BadSettings, match=f"was made of images with another {word} than the protocol mine"):
            check_seen(encoder, s.Protocol.model_validate(FIELDS | CHANGES[change]))
    for made, used in ((encoder, prostate()), (encoder_of(prostate(), s.EncoderInput()), built_in("lung-ct"))):
        with pytest.raises(BadSettings, match="import its weights for this cohort"):
            check_seen(made, used)
