"""The mutation sample: what is changed and what is left out, the draw, which tests are near, what counts as caught."""

from collections import Counter
from pathlib import Path

import pytest

from benchmarks.mutants.judge import Judge
from benchmarks.mutants.left_out import FROZEN, STRICT, TYPES, TYPING_ONLY, spans
from benchmarks.mutants.nearness import nearness_in
from benchmarks.mutants.sample import shares
from tests.source_tree import ROOT

CODE = """from dataclasses import dataclass
from typing import TYPE_CHECKING, cast
if TYPE_CHECKING:
    LIMIT = 1
Name = int | None
é = [(2, "é")]; age: int | None = 3
@dataclass(frozen=True)
class One:
    size: int | None = 4
    def of(self, a: int | str = 5) -> int | None:
        '''6'''
        return cast(int | None, sum(x * 7 for x, _ in zip([a], [a], strict=True)))
"""


def test_types_and_guards_that_linters_hold_are_left_out() -> None:
    assert Counter(span.why for span in spans(CODE)) == {TYPES: 6, FROZEN: 1, STRICT: 1, TYPING_ONLY: 1}


def test_what_a_run_reads_is_changed_in_every_way_of_the_operators_and_nothing_else() -> None:
    pytest.importorskip("cosmic_ray")
    from benchmarks.mutants.places import changed, mutants_of

    found = mutants_of("one.py", CODE, left_out := Counter())
    numbers = [one for one in found if one.operator == "NumberReplacer"]
    assert sorted({CODE.splitlines()[one.line - 1][one.column] for one in numbers}) == ["2", "3", "4", "5", "7"]
    assert left_out == {TYPES: 4, FROZEN: 1, STRICT: 1, TYPING_ONLY: 2}  # places; `int | None` has one
    product = [one for one in found if one.operator == "ReplaceBinaryOperator_Mul_Div"]
    assert [changed(one, CODE) for one in product] == [CODE.replace("x * 7", "x / 7")]


def test_a_draw_is_its_seeds_alone_and_small_rooms_get_more_than_their_size() -> None:
    pytest.importorskip("cosmic_ray")
    from benchmarks.mutants.places import mutants_of
    from benchmarks.mutants.sample import drawn

    paths = ["backend/access/scopes.py", "backend/storage/cache_keys.py", "backend/storage/uploads.py"]
    found = {
        room: [one for path in paths if room in path for one in mutants_of(path, (ROOT / path).read_text(), Counter())]
        for room in ("access", "storage")
    }
    first, again, other = (drawn(ROOT, found, seed, 12) for seed in (1, 1, 2))
    assert first == again != other
    assert len({one.place for one in first}) == 12
    assert shares({"science": 10_000, "access": 400, "jobs": 2_500}, 17) == {"science": 10, "access": 2, "jobs": 5}


@pytest.fixture
def small_tree(tmp_path: Path) -> Path:
    """One module with one test that looks at its sum, and one that fails whatever the module does."""
    for folder in ("backend/access", "tests/access"):
        (tmp_path / folder).mkdir(parents=True)
        for part in (folder, Path(folder).parent):
            (tmp_path / part / "__init__.py").touch()
    (tmp_path / "pyproject.toml").write_text('[tool.pytest.ini_options]\nmarkers = ["browser", "slow"]\n')
    (tmp_path / "backend/access/sums.py").write_text("A = 1\nB = 1\n\n\ndef total(x):\n    return x + A\n")
    test = "from backend.access.sums import total\ndef test_total():\n    assert total(2) == 3\n"
    (tmp_path / "tests/access/test_sums.py").write_text(test + "def test_broken():\n    assert total(0) == 5\n")
    return tmp_path


def test_the_own_tests_of_a_module_come_first_then_those_of_its_name_and_those_that_import_it(small_tree: Path) -> None:
    for name, code in {
        "backend/access/users.py": "from backend.access import sums",
        "tests/access/test_a_total.py": "from backend.access.sums import total",
        "tests/access/test_users.py": "COMMAND = 'backend.access.users:run'",
        "tests/access/test_another.py": "",
        "tests/test_users_of_sums.py": "from backend.access.sums import total",
        "tests/test_something_else.py": "",
    }.items():
        (small_tree / name).write_text(code)
    order = [file for _, file in nearness_in(small_tree).order("backend/access/sums.py")]
    names = [
        "access/test_sums",
        "test_users_of_sums",
        "access/test_a_total",
        "access/test_another",
        "access/test_users",
    ]
    assert order == [f"tests/{name}.py" for name in names]


@pytest.mark.slow  # a test process for each of four changes, and again without it
def test_caught_is_what_fails_with_the_change_and_passes_without_it(small_tree: Path) -> None:
    pytest.importorskip("cosmic_ray")
    from benchmarks.mutants.places import mutants_of

    path = small_tree / "backend/access/sums.py"
    before = path.read_bytes(), path.stat().st_mtime_ns
    mutants = mutants_of("backend/access/sums.py", path.read_text(), Counter())
    judge = Judge(small_tree, nearness_in(small_tree), 20.0)
    numbers = [judge.verdict(one) for one in mutants if one.operator == "NumberReplacer"]
    assert [(one.before, one.after, one.caught) for one in numbers] == [
        ("A = 1", "A = 2", "tests/access/test_sums.py::test_total"),
        ("A = 1", "A = 0", "tests/access/test_sums.py::test_total"),
        ("B = 1", "B = 2", None),
        ("B = 1", "B = 0", None),
    ]
    assert judge.known_bad == ["tests/access/test_sums.py::test_broken"]
    assert (path.read_bytes(), path.stat().st_mtime_ns) == before
