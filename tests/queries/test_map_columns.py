"""What the studies on a map can be coloured by, from cases whose values are known."""

from backend.models import Case
from backend.queries.map_columns import MOST_LEVELS, map_columns
from shared.protocols.reader import built_in, prostate

BRAIN = built_in("brain-glioma-mri")


def case(number: int, **fields: object) -> Case:
    return Case(study_id=f"s{number}", patient_id=f"p{number}", **({"clinical": {}} | fields))


def brains() -> list[Case]:
    return [
        case(
            n,
            volumes_ml={"tumor": 10.5 + n},
            clinical={
                "IDH": "mutant" if n % 2 else "wildtype", "Grade": n % 3 + 2, "os_days": 100 + n, "death": n % 2,
                "hospital": f"h{n}", "vendor": f"v{n % 2}", "karnofsky": 70 + 10 * (n % 3), "same": "x",
            },
        )
        for n in range(12)
    ]  # fmt: skip


def test_targets_regions_and_clinical_columns_are_told_each_once() -> None:
    found = {column.name: column for column in map_columns(brains(), BRAIN)}
    assert list(found) == [
        "idh", "grade", "survival time", "survival event", "tumor", "vendor", "karnofsky",
    ], "ids, what is the same for all and the columns of targets are left out"  # fmt: skip
    assert found["idh"].kind == "class"
    assert (found["grade"].kind, found["grade"].levels) == ("grade", ["2", "3", "4"])
    assert found["grade"].values[:4] == ["2", "3", "4", "2"]
    assert found["survival time"].values[:2] == [100.0, 101.0]
    assert found["survival event"].levels == ["no", "yes"]
    assert (found["tumor"].of, found["tumor"].kind, found["tumor"].values[1]) == ("region", "number", 11.5)
    assert (found["karnofsky"].kind, found["karnofsky"].levels) == ("grade", ["70", "80", "90"])
    assert all(len(column.values) == 12 and column.missing == 0 for column in found.values())


def test_what_is_not_known_is_null_and_counted() -> None:
    cases = [case(0, clinical={}), case(1, clinical={"IDH": "mutant"}), case(2, clinical={"IDH": "wildtype"})]
    (idh,) = map_columns(cases, BRAIN)
    assert (idh.values, idh.missing, idh.levels) == ([None, "mutant", "wildtype"], 1, ["wildtype", "mutant"])


def test_rare_classes_are_one() -> None:
    names = [f"site {n}" for n in range(MOST_LEVELS + 2) for _ in range(4 if n < MOST_LEVELS else 1)]
    (site,) = map_columns([case(n, clinical={"site": name}) for n, name in enumerate(names)], prostate())
    assert site.levels == [*(f"site {n}" for n in range(MOST_LEVELS)), "others"]
    assert site.values[-2:] == ["others", "others"]


def test_the_prostate_has_its_target_its_volumes_and_its_columns() -> None:
    cases = [
        case(
            n, pirads=n % 5 + 1, gland_ml=40.5 + n, lesion_ml=float(n % 2), volume_ml=41.0 + n, psa=5.5 + n, center="A"
        )
        for n in range(10)
    ]
    found = {column.name: column for column in map_columns(cases, prostate())}
    assert list(found) == ["pirads", "gland", "lesion", "volume_ml", "psa"]
    assert (found["pirads"].of, found["pirads"].kind, found["pirads"].levels) == (
        "target", "grade", ["1-2", "3", "4", "5"],
    )  # fmt: skip
