"""Every rule of the house finds what breaks it, on a small made-up tree."""

from pathlib import Path

import pytest

from tests.source_tree import (
    Tree,
    banned_imports,
    circle,
    crowded,
    forbidden_imports,
    long_files,
    room_of,
    unknown_modules,
)

ROOMS = {"house": [], "house.cellar": [], "house.kitchen": ["house.cellar"], "house.kitchen.oven": []}
SOUND = {
    "house/__init__.py": "",
    "house/cellar/__init__.py": "",
    "house/cellar/jars.py": "import json\n",
    "house/kitchen/__init__.py": "",
    "house/kitchen/soup.py": "from house.cellar import jars\nimport numpy as np\n",
    "house/kitchen/oven.py": "HEAT = 200\n",
}


def tree(folder: Path, **changed: str) -> Tree:
    """The sound tree with other texts in some files; `cellar__jars` stands for house/cellar/jars.py."""
    texts = SOUND | {f"house/{name.replace('__', '/')}.py": text for name, text in changed.items()}
    for name, text in texts.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return Tree.of(folder, ("house",))


def test_a_sound_tree_breaks_nothing(tmp_path: Path) -> None:
    sound = tree(tmp_path)
    assert forbidden_imports(sound, ROOMS) == banned_imports(sound, {"house.cellar": {"numpy"}}) == []
    assert circle(sound) == crowded(sound, {"house": 0, "house.kitchen": 2}) == unknown_modules(sound) == []
    assert sound.drawn(2) == "house/ 0 of 3\n  cellar/ 1 of 1\n  kitchen/ 2 of 2"


@pytest.mark.parametrize(
    "text",
    [
        "import house.kitchen.soup",
        "from house.kitchen import soup",
        "from house.kitchen.soup import STOCK",
        "def late():\n    from house.kitchen import soup",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from house.kitchen import soup",
    ],
)
def test_an_arrow_that_runs_back_up_is_found(tmp_path: Path, text: str) -> None:
    broken = tree(tmp_path, cellar__jars=text)
    found = forbidden_imports(broken, ROOMS)
    assert len(found) == 1
    assert found[0].startswith("house.cellar.jars imports house.kitchen")
    assert found[0].endswith("house.cellar may not import house.kitchen")
    assert set(circle(broken)) == {"house.cellar.jars", "house.kitchen.soup"}


def test_the_longest_name_is_the_room(tmp_path: Path) -> None:
    assert room_of("house.kitchen.oven", ROOMS) == "house.kitchen.oven"
    assert room_of("house.kitchens", ROOMS) == "house"
    assert room_of("garden", ROOMS) is None
    broken = tree(tmp_path, kitchen__oven="from house.kitchen import soup")
    assert forbidden_imports(broken, ROOMS) == [
        "house.kitchen.oven imports house.kitchen.soup: house.kitchen.oven may not import house.kitchen"
    ]


def test_a_module_without_a_room_and_a_relative_import_are_found(tmp_path: Path) -> None:
    without = {name: allowed for name, allowed in ROOMS.items() if name.startswith("house.kitchen")}
    assert "house.cellar.jars lies in no room" in forbidden_imports(tree(tmp_path), without)
    broken = tree(tmp_path, kitchen__soup="from .oven import HEAT")
    assert forbidden_imports(broken, ROOMS) == ["house.kitchen.soup uses a relative import"]


@pytest.mark.parametrize("text", ["import numpy", "from numpy.linalg import svd", "def f():\n    import numpy.fft"])
def test_a_banned_package_is_found(tmp_path: Path, text: str) -> None:
    found = banned_imports(tree(tmp_path, cellar__jars=text), {"house.cellar": {"numpy"}})
    assert len(found) == 1
    assert found[0].startswith("house.cellar.jars imports numpy")


def test_a_longer_circle_is_found(tmp_path: Path) -> None:
    texts = {"a": "from house import b", "b": "import house.c", "c": "def late():\n    from house.a import x"}
    assert set(circle(tree(tmp_path, **texts))) == {"house.a", "house.b", "house.c"}


def test_too_many_loose_modules_are_found(tmp_path: Path) -> None:
    assert crowded(tree(tmp_path), {"house.kitchen": 1}) == ["house.kitchen: 2 loose modules, at most 1"]


def test_a_long_file_is_found_unless_it_is_excused_by_name(tmp_path: Path) -> None:
    long = tree(tmp_path, kitchen__soup="x = 1\n" * 11)
    files = list(long.modules.values())
    assert long_files(files, tmp_path, 10, {}) == ["house/kitchen/soup.py: 11 lines, at most 10"]
    assert long_files(files, tmp_path, 10, {"house/kitchen/soup.py": "a reason"}) == []
    assert long_files(files, tmp_path, 11, {}) == []


def test_a_module_that_only_a_text_names_must_exist(tmp_path: Path) -> None:
    texts = '"house.kitchen.oven", "house.kitchen.oven.HEAT", "house.kitchen.oven:HEAT"'
    assert unknown_modules(tree(tmp_path, kitchen__soup=f"NAMES = {texts}")) == []
    broken = tree(tmp_path, kitchen__soup='NAMES = "house.kitchen.stove", "house.kitchen.oven.COLD"')
    assert unknown_modules(broken) == [
        "house.kitchen.soup names house.kitchen.stove",
        "house.kitchen.soup names house.kitchen.oven.COLD",
    ]
