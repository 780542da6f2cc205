"""The real server with `drop_page` in the place of the dashboard: `python -m tests.browser.drop_site serve ...`."""

from pathlib import Path

from backend import asgi
from backend.cli.main import main

asgi.DASHBOARD = Path(__file__).with_name("drop_page.py")

if __name__ == "__main__":
    main()
