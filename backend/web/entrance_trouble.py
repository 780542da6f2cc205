"""A page of the entrance that says in one sentence why somebody did not get in."""

from html import escape

from fastapi.responses import HTMLResponse

POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; font-src 'self'; base-uri 'none'; frame-ancestors 'none'"
)
PAGE = """<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <meta name="robots" content="noindex" />
    <title>Sign in · RadiomicLens</title>
    <link rel="icon" href="/entrance/mark.svg" type="image/svg+xml" />
    <link rel="stylesheet" href="/entrance/enter.css" />
  </head>
  <body>
    <main>
      <h1>You are not signed in</h1>
      <p role="alert">{sentence}</p>
      <p><a href="/">To the sign-in page</a></p>
    </main>
  </body>
</html>
"""


def entrance_trouble(status: int, sentence: str) -> HTMLResponse:
    """The page with this sentence; it loads nothing but the entrance's own style."""
    page = PAGE.format(sentence=escape(sentence))
    return HTMLResponse(page, status, headers={"Content-Security-Policy": POLICY})
