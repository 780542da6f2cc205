"""A datasheet of a cohort: the questions of Gebru et al. (Datasheets for Datasets, 2021), answered from what is known.

What the database does not hold is said to be unknown, and who could know it.
"""

from collections import Counter
from collections.abc import Iterable

from backend.interchange.cohort_tables import CohortTables
from backend.interchange.markdown import UNKNOWN, facts, page, plain, table
from backend.interchange.typed_table import Column, Table
from backend.models import Case
from backend.science.text_format import counted
from backend.version import VERSION

OWNER = f"{UNKNOWN} to this program; ask the owner of the data"
MOST_CLASSES = 5
Answers = dict[str, str]


def datasheet(tables: CohortTables, licence: str | None) -> str:
    """The page."""
    sections: dict[str, Answers] = {
        "Motivation": dict.fromkeys(("Why was it made?", "Who made it?", "Who paid for it?"), OWNER),
        "Composition": _composition(tables),
        "Collection": _collection(tables),
        "Preparation and labels": _preparation(tables),
        "Uses": {
            "What has it been used for here?": "Radiomics and encoders of images; model cards name the encoders.",
            "What should it not be used for?": "Decisions about patients. It is for research, and no medical device.",
            "What could go wrong in use?": "Labels and outlines were not checked again against the images' reports. "
            "A model learns the scanners and centres of this cohort, too.",
        },
        "Distribution": {
            "Under which licence?": UNKNOWN if licence is None else plain(licence),
            "May it be handed on?": OWNER,
            "How is a copy checked?": "`SHA256SUMS` and `croissant.json` hold the hash of every file.",
        },
        "Maintenance": {
            "Who keeps it?": OWNER,
            "Will it change?": "A later export may differ: studies can be added, excluded or measured again.",
            "Which program wrote it?": f"RadiomicLens {VERSION}",
        },
    }
    return page(
        [
            f"# Datasheet: {plain(tables.cohort.name)}",
            "Answers come from the database of the cohort. What it does not hold is called unknown.",
            *(part for name, answers in sections.items() for part in (f"## {name}", facts(answers))),
            "## Tables",
            *(_columns(one) for one in tables.all),
        ]
    )


def _composition(tables: CohortTables) -> Answers:
    cases, studies = tables.cases, tables.studies
    several = sum(n > 1 for n in Counter(case.patient_id for case in cases).values())
    left = ", ".join(f"{tables.statuses[one]} {one}" for one in ("rejected", "excluded") if tables.statuses.get(one))
    answers = {
        "What is one row?": "A study of a patient.",
        "How many are there?": f"{counted(len(cases), 'study', 'studies')} of {counted(tables.n_patients, 'patient')}; "
        f"{several} patients have several",
        "Is it all there was?": f"Studies left out: {left or 'none known'}. What was never imported is {UNKNOWN}.",
        "Which images and masks?": _kinds(cases) or "none: it was imported as tables",
        "Are the images in it?": "No. `images.parquet` lists them with their hashes."
        if tables.images.rows
        else "No, and none are known.",
        "Is there a recommended split?": _counts(studies, "split") or "no",
    }
    for target in tables.protocol.targets:
        found = [one for one in studies.columns if one.name in (target.name, f"{target.name}_event")]
        for column in found:
            answers[f"How is the label {plain(target.label or target.name)} spread?"] = _spread(column)
    return answers | {
        "Is anything missing?": _missing(studies) or "no cell of `studies.parquet` is empty",
        "Is it about people?": "Yes. Ids are pseudonymous; the key to them is not part of this.",
        "Are groups of people named (age, sex, origin)?": "No such column is part of it.",
    }


def _collection(tables: CohortTables) -> Answers:
    return {
        "How were images acquired?": OWNER,
        "At which centres?": _counts(tables.studies, "center") or UNKNOWN,
        "With which scanners?": _counts(tables.studies, "scanner") or UNKNOWN,
        "At which field strengths?": _counts(tables.studies, "field_strength_t") or UNKNOWN,
        "Over which time?": OWNER,
        "Did people consent, and did a board approve?": OWNER,
        "When was it imported here?": f"{tables.cohort.created_at:%Y-%m-%d}",
        "What did whoever imported it note?": plain(tables.cohort.note or "nothing"),
    }


def _preparation(tables: CohortTables) -> Answers:
    reviewed = sum(case.review == "approved" for case in tables.cases)
    measured = "; ".join(
        f"{plain(one.roi)}: {one.table.rows} studies, {one.names.rows} features, settings {one.settings_hash}"
        for one in tables.features
    )
    return {
        "Which protocol declares images, regions and labels?": tables.protocol.name,
        "Who drew the masks, and who gave the labels?": OWNER,
        "Was it looked at?": f"{reviewed} of {len(tables.cases)} studies were approved by a person in this program.",
        "Which findings did the import have?": _findings(tables.cases) or "none",
        "Which features were measured?": measured or "none",
        "Are the raw images kept?": "The server keeps the voxels as they were read, on their own grid."
        if tables.images.rows
        else "Not here.",
    }


def _kinds(cases: Iterable[Case]) -> str:
    counts = Counter(volume.kind for case in cases for volume in case.volumes)
    return ", ".join(f"{plain(kind)}: {n}" for kind, n in sorted(counts.items()))


def _findings(cases: Iterable[Case]) -> str:
    counts = Counter(str(one.get("code", "")) for case in cases for one in case.findings)
    return ", ".join(f"{plain(code)}: {n}" for code, n in sorted(counts.items()))


def _counts(studies: Table, name: str) -> str:
    """How often which value occurs in a column; empty where there is no such column."""
    column = next((one for one in studies.columns if one.name == name), None)
    return "" if column is None else _spread(column)


def _spread(column: Column) -> str:
    """Counts of classes; of numbers the least, the median and the largest."""
    known = sorted(value for value in column.values if value is not None)
    if column.kind == "number" and len(set(known)) > MOST_CLASSES:
        return f"{known[0]:g} to {known[-1]:g}, median {known[len(known) // 2]:g}, {len(known)} known"
    return ", ".join(f"{plain(value)}: {n}" for value, n in sorted(Counter(known).items()))


def _missing(studies: Table) -> str:
    counts = {one.name: sum(value is None for value in one.values) for one in studies.columns}
    return ", ".join(f"{plain(name)}: {n} without a value" for name, n in counts.items() if n)


def _columns(one: Table) -> str:
    lines = [(f"`{column.name}`", column.kind, plain(column.words)) for column in one.columns]
    head = ("column", "type", "what")
    return page([f"### {one.name}.parquet", f"{one.words} {counted(one.rows, 'row')}.", table(head, lines)])
