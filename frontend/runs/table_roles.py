"""What each table is for, and the words of an import, proposed from names of files and columns: nobody has to type."""

import re
from collections.abc import Collection, Sequence

from shared import schemas as s

BEFORE, AFTER, CONTROL, RADIOMICS, CLINICAL, UNUSED = "pre", "ft", "control", "radiomics", "clinical", "unused"
UNSAID = ""
ROLES = {
    UNSAID: "choose what it is",
    BEFORE: "embeddings before fine-tuning",
    AFTER: "embeddings after fine-tuning",
    CONTROL: "embeddings of a control on shuffled labels",
    RADIOMICS: "radiomics",
    CLINICAL: "clinical table",
    UNUSED: "not used",
}
OF_KINDS = {"pre", "before", "base", "pretrained", "frozen", "ft", "after", "finetuned", "control", "shuffled"}
OF_KINDS |= {"embeddings", "embedding", "emb", "features", "feature", "radiomics", "rad", "clinical", "marksheet"}
OF_KINDS |= {"table", "tables", "labels", "metadata", "gland", "lesion", "run", "seed"}
REGIONS = {
    "gland": ("gland", "prostate", "wg"),
    "lesion": ("lesion", "lesions", "tumor", "tumour", "nodule", "nodules"),
}
PROSTATE_IMAGES = {"T2", "DWI", "ADC"}
KEPT_COLUMNS = ("pirads", "lesion_pirads", "volume_ml", "prostate_volume", "psa", "isup", "case_isup", "age",
                "patient_age", "center", "split")  # fmt: skip
"""Columns of a clinical table that an import keeps, beside that of the task; others may name people."""
NO_LABELS = ("center", "centre", "site", "scanner", "split", "age", "patient_age", "sex", "psa", "fold", "volume_ml")


def words_of(name: str) -> list[str]:
    """`study_ft-run2.csv` -> study, ft, run: words of a file's name in small letters, without its ending."""
    stem = name.lower().rsplit("/", 1)[-1].split(".", 1)[0]
    return [word for word in re.split(r"[^a-z]+", stem) if word]


def proposed_roles(tables: Sequence[s.CheckedTable]) -> list[str]:
    """The role of each table by its kind, and of embeddings by their names; unsaid where these do not tell."""
    roles = [_by_kind(one) for one in tables]
    embeddings = [place for place, one in enumerate(tables) if one.kind == "embeddings" and one.problem is None]
    unsaid = [place for place in embeddings if roles[place] == UNSAID]
    told = {roles[place] for place in embeddings}
    if len(unsaid) == 1 and len(told - {UNSAID, CONTROL}) == 1:  # of two, one has said what it is
        roles[unsaid[0]] = AFTER if BEFORE in told else BEFORE
    return roles


def _by_kind(table: s.CheckedTable) -> str:
    if table.problem is not None or table.kind == "unknown":
        return UNSAID
    if table.kind != "embeddings":
        return RADIOMICS if table.kind == "radiomics" else CLINICAL
    return table.stage or UNSAID


def proposed_name(names: Sequence[str], taken: Collection[str]) -> str:
    """A name for the cohort: what the files' names share, else `my-tables`; with a number where it is taken."""
    stems = [re.split(r"[^A-Za-z0-9]+", name.rsplit("/", 1)[-1].split(".", 1)[0]) for name in names]
    shared: list[str] = []
    for words in zip(*stems, strict=False):
        if len(stems) < 2 or len(set(words)) > 1:
            break
        shared.append(words[0])
    parts = [part for part in shared if part and part.lower() not in OF_KINDS]
    return free_name("-".join(parts) if len("".join(parts)) > 2 else "my-tables", taken)


def free_name(name: str, taken: Collection[str]) -> str:
    """The name, or with the first number from 2 on that makes it free."""
    number = 2
    found = name
    while found in taken:
        found, number = f"{name}-{number}", number + 1
    return found


def proposed_region(tables: Sequence[s.CheckedTable]) -> str:
    """The region that the radiomics' file names; the gland for images of the prostate, else just `region`."""
    measured = [one for one in tables if one.kind == "radiomics"]
    words = {word for one in measured for word in words_of(one.file)}
    for region, known in REGIONS.items():
        if words & set(known):
            return region
    modalities = {name for one in measured for name in one.modalities}
    return "gland" if modalities and modalities <= PROSTATE_IMAGES else "region"


def label_columns(tables: Sequence[s.CheckedTable]) -> list[str]:
    """Columns of the clinical tables that a fine-tuning may have learned: classes first, those that vary alone."""
    found = [one for table in tables for one in table.columns if one.n_values > 1]
    likely = [one.name for one in found if one.kind == "class" and one.name.lower() not in NO_LABELS]
    numbers = [one.name for one in found if one.kind == "number" and one.name.lower() not in NO_LABELS]
    return [*likely, *numbers]


def proposed_task(tables: Sequence[s.CheckedTable], protocol: s.Protocol) -> str:
    """What was learned: a target of the protocol whose column is there, else the likeliest column, else the default."""
    columns = {one.name.lower(): one.name for table in tables for one in table.columns}
    words = {word for table in tables for word in words_of(table.file)}
    for target in protocol.targets:
        if target.name in words:
            return target.name
    for target in protocol.targets:
        if target.column in columns and target.column not in NO_LABELS:
            return target.name
    return next(iter(label_columns(tables)), protocol.target_names[0])


def kept_columns(tables: Sequence[s.CheckedTable], task: str) -> tuple[list[str], list[str]]:
    """Clinical columns that an import keeps, and those that it leaves out."""
    names = [one.name for table in tables for one in table.columns]
    kept = [name for name in names if name.lower() in KEPT_COLUMNS or name.lower() == task.lower()]
    return kept, [name for name in names if name not in kept]
