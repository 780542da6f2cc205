"""Files for a form: dropped or browsed for and sent by the browser itself, or chosen in the server's own folders."""

from frontend.uploads.drop_zone import drop_zone
from frontend.uploads.folder_browser import folder_browser

__all__ = ["drop_zone", "folder_browser"]
