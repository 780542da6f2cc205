"""The cases a fine-tuning learns from, and the keys that follow from them."""

import pytest

from backend.errors import BadSettings
from backend.jobs.data.labels import Labels, labels_of
from backend.jobs.planning.learnable import check_labels, check_learnable, check_options
from backend.jobs.resume.training_keys import finetune_key
from backend.models import Case, Encoder, Volume
from backend.science.tables.target_values import Survival
from backend.storage.cohort_protocol import UnknownName
from shared import schemas as s
from shared.protocols.reader import built_in, prostate
from shared.schemas.protocol_parts import ProtocolTarget

BRAIN = built_in("brain-glioma-mri")
SIDES = {f"s{number}": side for number, side in enumerate(["train"] * 4 + ["val", "test"])}
PARENT = Encoder(
    name="mine", sha256="1" * 64, arch="convnextv2-tiny", settings={"input": s.EncoderInput().model_dump(mode="json")}
)


def volume(kind: str, number: int) -> Volume:
    return Volume(
        kind=kind,
        sha256=f"{number:064d}",
        dtype="<i2",
        size=[4, 5, 6],
        spacing=[1.0, 1.0, 3.0],
        origin=[0.0, 0.0, 0.0],
        direction=[1.0, 0, 0, 0, 1.0, 0, 0, 0, 1.0],
    )


def case(number: int, kinds: tuple[str, ...], **fields: object) -> Case:
    return Case(
        **{
            "study_id": f"s{number}",
            "patient_id": f"p{number}",
            "clinical": {},
            "volumes": [volume(kind, 10 * number + at) for at, kind in enumerate(kinds)],
            **fields,
        }
    )


def prostates() -> list[Case]:
    kinds = ("T2", "DWI", "ADC", "gland", "lesion", "zones")
    return [case(n, kinds, pirads=2 + n, gland_ml=40.5 + n, lesion_ml=0.5 * n) for n in range(3)]


def brains(**columns: list[object]) -> list[Case]:
    rows = [dict(zip(columns, cells, strict=True)) for cells in zip(*columns.values(), strict=True)]
    return [case(n, ("T1ce", "FLAIR", "tumor"), clinical=row) for n, row in enumerate(rows)]


def learnt(task: str, cases: list[Case]) -> Labels:
    return labels_of(BRAIN, task, cases, ("T1ce", "FLAIR"))


def seeing_t1(task: str, cases: list[Case]) -> Labels:
    return labels_of(BRAIN, task, cases, ("T1ce", "FLAIR", "T1"))


@pytest.mark.parametrize(
    ("task", "key"),
    [
        ("pirads", "22eb70e53fb509da21d953e95a8b3c3bd36b6f2736b7315844de3853ec87af25"),
        ("lesion_seg", "a76ce91999b4b85b752bd4382e31bd8150761991036b922f011ec907f3c96b8e"),
        ("volume", "e7cbe7bb3e42ec5369dd900bd911e4fbfe928b033b2b594ab5bda06e4627442d"),
    ],
)
def test_keys_of_the_prostate_are_those_before_other_protocols(task: str, key: str) -> None:
    """The hashes are those that the version before protocols gave for these cases."""
    parts = labels_of(prostate(), task, prostates(), ("T2", "DWI", "ADC")).key_parts(
        {"s0": "train", "s1": "val", "s2": "test"}
    )
    assert finetune_key(s.FinetuneParams(cohort_id="a" * 8, task=task), PARENT, parts) == key
    many = s.FinetuneParams(cohort_id="a" * 8, task=task, seed=3, seeds=2)
    control = finetune_key(many, PARENT, parts, "shuffled_labels")
    assert (control == "54f7950fd5552e95eda6af646a65eb532cf3360d86796dd8ccfd5ecfff754f16") == (task == "volume")


def test_every_part_of_another_protocols_labels_counts_in_the_key() -> None:
    params = s.FinetuneParams(cohort_id="a" * 8, task="idh")

    def key(labels: Labels, sides: dict[str, str] = SIDES) -> str:
        return finetune_key(params, PARENT, labels.key_parts(sides))

    plain = learnt("idh", brains(IDH=["mutant", "wildtype", "mutant", "wildtype"]))
    other_value = learnt("idh", brains(IDH=["mutant", "wildtype", "wildtype", "wildtype"]))
    spelled = learnt("idh", brains(IDH=["Mutant", "WILDTYPE", "mutant", "wildtype"]))
    swapped = BRAIN.targets[0].model_copy(update={"classes": ("mutant", "wildtype")})
    other_classes = labels_of(
        BRAIN.model_copy(update={"targets": (swapped,)}), "idh", list(plain.cases), ("T1ce", "FLAIR")
    )
    further = learnt("idh", [*plain.cases[:3], case(3, ("T1ce", "FLAIR", "T1"), clinical={"IDH": "wildtype"})])
    keys = [key(plain), key(other_value), key(other_classes), key(further), key(plain, SIDES | {"s0": "test"})]
    assert len(set(keys)) == 5
    assert key(spelled) == keys[0]
    life = learnt("survival", brains(os_days=[3, 4], death=[0, 1]))
    assert life.values == (Survival(3.0, False), Survival(4.0, True))
    assert life.key_parts(SIDES)["labels"] == {"s0": (3.0, False), "s1": (4.0, True)}


def test_cases_without_a_value_or_an_image_are_left_out_and_said() -> None:
    words = ["mutant", "NOS", "?", "wildtype"]
    cases = [case(n, ("T1ce", "FLAIR", "T1"), clinical={"IDH": word}) for n, word in enumerate(words)]
    cases.append(case(4, ("T1ce", "FLAIR"), clinical={"IDH": "mutant"}))
    assert len(learnt("idh", cases).cases) == 3
    labels = seeing_t1("idh", cases)
    assert [one.study_id for one in labels.cases] == ["s0", "s3"]
    assert labels.values == (1, 0)
    assert labels.cautions == [
        "1 study has no value of IDH status that can be read: IDH is 'NOS', none of wildtype, mutant (1).",
        "Study s4 is left out: it has no T1 image.",
    ]


def test_a_name_that_is_no_target_lists_what_there_is() -> None:
    with pytest.raises(UnknownName, match="has no target 'pirads'; there is idh, grade, survival, tumor_seg"):
        learnt("pirads", [])


@pytest.mark.parametrize(
    ("task", "cases", "words"),
    [
        (
            "idh",
            brains(IDH=["mutant"] * 5 + ["NOS"]),
            r"IDH status cannot be learned: of 6 accepted studies \(1 study has no value of IDH status that can be "
            r"read: IDH is 'NOS', none of wildtype, mutant \(1\)\) 0 are wildtype, 5 are mutant; two classes are "
            "needed; import a clinical table with the column IDH, filled in.",
        ),
        ("grade", brains(IDH=["mutant"] * 6), "Tumour grade cannot be learned: of 6 accepted studies 0 are 2, 0 are 3"),
        (
            "survival",
            brains(os_days=[3] * 6, death=["alive"] * 6),
            "of 6 accepted studies 6 have a time, and none of these has the event; import a clinical table with the "
            "columns os_days and death",
        ),
        (
            "tumor_seg",
            [case(n, ("T1ce", "FLAIR")) for n in range(6)],
            "Tumour segmentation cannot be learned: of 6 accepted studies none has a tumor mask with anything drawn",
        ),
        (
            "idh",
            brains(IDH=["mutant"] * 4 + ["wildtype"] * 2),
            "cannot be learned from the training patients: of their studies 0 are wildtype, 4 are mutant",
        ),
        ("idh", brains(IDH=["mutant", "wildtype", "mutant"]), "3 patients cannot be split for fine-tuning"),
    ],
)
def test_what_nobody_can_learn_is_refused_with_column_and_counts(task: str, cases: list[Case], words: str) -> None:
    with pytest.raises(BadSettings, match=words):
        check_labels(learnt(task, cases), SIDES)


def test_a_number_that_is_always_the_same_is_refused() -> None:
    target = ProtocolTarget(name="age", kind="number", column="age")
    age = BRAIN.model_copy(update={"targets": (target,)})
    same = [case(n, ("T1ce", "FLAIR"), age=60.0) for n in range(6)]
    with pytest.raises(BadSettings, match="Age cannot be learned: of 6 accepted studies 6 have a number, and two"):
        check_labels(labels_of(age, "age", same, ("T1ce", "FLAIR")), SIDES)


def test_a_mask_is_not_learned_on_an_input_of_unknown_place() -> None:
    own = Encoder(name="mine", settings={"input": PARENT.settings["input"], "facts": {"prepare": "1"}})
    flat = Encoder(name="flat", settings={"input": PARENT.settings["input"], "facts": {"segments": False}})
    masks = labels_of(prostate(), "lesion_seg", prostates(), ("T2",))
    with pytest.raises(BadSettings, match="cuts its own input, so it is not known where in it a lesion mask lies"):
        check_learnable(own, masks)
    with pytest.raises(BadSettings, match=r"which segmentation needs; choose a target on the embedding \(pirads, vol"):
        check_learnable(flat, masks)
    with pytest.raises(BadSettings, match="The target volume sees T2 alone"):
        check_learnable(own, labels_of(prostate(), "volume", prostates(), ("T2",)))
    check_learnable(own, labels_of(prostate(), "pirads", prostates(), ("T2",)))


def test_options_that_mean_nothing_are_refused_before_images_are_read() -> None:
    life = learnt("survival", brains(os_days=[3] * 6, death=[1] * 4 + [0] * 2))
    params = s.FinetuneParams(cohort_id="c", task="survival")
    check_options(params, life, SIDES)
    for change, words in (
        ({"balanced": True}, "Balanced sampling needs classes, which survival has not"),
        ({"dice_cross_entropy": True}, "the loss of a mask, which survival is not; switch it off"),
        ({"keep": "best"}, "Keeping the best epoch needs an event of survival among the validation patients"),
        ({"patience": 3}, "Early stopping needs an event of survival"),
    ):
        with pytest.raises(BadSettings, match=words):
            check_options(params.model_copy(update=change), life, SIDES)
    with pytest.raises(BadSettings, match="needs validation patients with a value of survival"):
        check_options(params.model_copy(update={"keep": "best"}), life, SIDES | {"s4": "test"})
