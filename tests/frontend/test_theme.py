"""The dashboard's own look reaches the browser; Streamlit keeps options per process, so it is asked in a new one."""

import subprocess
import sys
import tomllib
from pathlib import Path

CONFIG = Path(__file__).parents[2] / "frontend" / ".streamlit" / "config.toml"
READ = """
from pathlib import Path
import sys
from streamlit import config
from backend.settings import Settings
from backend.asgi import create_site
create_site(Settings(data_dir=Path(sys.argv[1])))
for name in sys.argv[2:]:
    print(config.get_option(name))
"""


def test_the_site_takes_the_themes_of_its_config_file_and_keeps_its_own_safety(tmp_path: Path) -> None:
    theme = tomllib.loads(CONFIG.read_text())["theme"]
    names = ["theme.light.primaryColor", "theme.dark.backgroundColor", "theme.baseRadius", "client.showErrorDetails"]
    answer = subprocess.run(
        [sys.executable, "-c", READ, str(tmp_path), *names],
        cwd=CONFIG.parents[2], capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    assert answer.stdout.split() == [
        theme["light"]["primaryColor"], theme["dark"]["backgroundColor"], theme["baseRadius"], "none",
    ]  # fmt: skip


def test_the_type_that_the_theme_names_is_in_the_package_and_served() -> None:
    from backend.asgi import ENTRANCE, FONTS

    faces = tomllib.loads(CONFIG.read_text())["theme"]["fontFaces"]
    assert {face["url"] for face in faces} == {f"/entrance/{name}" for name in FONTS}
    assert {face["family"] for face in faces} == {"Inter"}
    assert all((ENTRANCE / name).read_bytes()[:4] == b"wOF2" for name in FONTS)
