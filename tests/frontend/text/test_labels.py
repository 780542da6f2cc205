"""Words for tasks, regions and columns, which the cohort's protocol gives."""

from frontend.text import labels
from shared.protocols.reader import built_in, prostate

BRAIN = built_in("brain-glioma-mri")


def test_tasks_are_called_as_the_protocol_calls_them() -> None:
    assert [labels.task(prostate(), name) for name in prostate().target_names] == [
        "PI-RADS", "Lesion segmentation", "Gland volume",
    ]  # fmt: skip
    assert labels.task_within(prostate(), "lesion_seg") == "lesion segmentation"
    assert [labels.task(BRAIN, name) for name in BRAIN.target_names] == [
        "IDH status", "Tumour grade", "Survival", "Tumour segmentation",
    ]  # fmt: skip
    assert labels.task_within(BRAIN, "grade") == "tumour grade"


def test_a_name_that_came_with_tables_stays_as_it_is() -> None:
    assert labels.task(prostate(), "os_24m") == labels.task_within(BRAIN, "os_24m") == "os_24m"
    assert labels.task(BRAIN, "pirads") == "pirads", "the word is another protocol's"


def test_the_papers_columns_are_the_prostates_alone() -> None:
    assert labels.analysed_pairs(prostate()) == [
        ("pirads", "gland"), ("volume", "gland"), ("lesion_seg", "lesion"), ("lesion_seg", "gland"),
    ]  # fmt: skip
    assert labels.table_one_column(prostate(), "volume", "gland") == "REG"
    assert labels.table_one_column(BRAIN, "idh", "tumor") == "IDH status, tumor"
    lung = built_in("lung-ct")
    assert labels.analysed_pairs(lung)[:3] == [("malignant", "nodule"), ("malignant", "lung"), ("survival", "nodule")]
