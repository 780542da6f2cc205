"""What a browser is called in its user's list of sessions: `Firefox on Windows`, by its User-Agent header."""

BROWSERS = (
    *(("Edg", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("FxiOS", "Firefox")),
    *(("CriOS", "Chrome"), ("Chrome/", "Chrome"), ("Safari/", "Safari")),
)
"""Part of the header and name, the more exact first: nearly all say Safari, too."""
SYSTEMS = (
    *(("Windows", "Windows"), ("Android", "Android"), ("iPhone", "iOS"), ("iPad", "iOS")),
    *(("Mac OS X", "macOS"), ("CrOS", "ChromeOS"), ("Linux", "Linux")),
)


def browser_words(user_agent: str) -> str:
    """Browser and system; `a program` for what is no known browser. Nothing of the header itself is kept."""
    browser = next((name for part, name in BROWSERS if part in user_agent), "a program")
    system = next((name for part, name in SYSTEMS if part in user_agent), "")
    return f"{browser} on {system}" if system else browser
