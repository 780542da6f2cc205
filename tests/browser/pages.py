"""The pages of the dashboard that a signed-in user opens: whatever stands in frontend/pages."""

from pathlib import Path

FOLDER = Path(__file__).parents[2] / "frontend" / "pages"
PAGES = sorted(path.stem for path in FOLDER.glob("[a-z]*.py") if path.stem != "shared")
