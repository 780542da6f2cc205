// What a reader sets for this browser: light or dark, and whether the rail shows its words.

const SLIM = "radiomiclens-rail";

/** Whether the page is dark now, whoever chose it. */
function isDark() {
  const parts = getComputedStyle(document.querySelector('[data-testid="stApp"]')).backgroundColor.match(/[\d.]+/g);
  return parts.slice(0, 3).reduce((sum, part) => sum + Number(part), 0) < 384;
}

/** Streamlit keeps the choice by the address that a visit began at, and reads it when it loads. */
function chooseTheme(name, pages) {
  for (const path of new Set(["/", location.pathname, ...pages.map((page) => `/${page.name}`)])) {
    remember(`stActiveTheme-${path}-v2`, JSON.stringify(name));
  }
  location.reload();
}

function railSlim(slim) {
  document.documentElement.dataset.rail = slim ? "slim" : "wide";
  remember(SLIM, slim ? "slim" : "wide");
}

/** The link of the open page says so to a screen reader; a slim rail names its icons when pointed at. */
function nameRail() {
  for (const link of document.querySelectorAll(".st-key-rail a")) {
    if (link.closest(".st-key-rail-here")) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
    link.title = document.documentElement.dataset.rail === "slim" ? link.textContent.replace(/^\s*\w*_\w*/, "") : "";
  }
}
