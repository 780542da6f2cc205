// The page behind a share link: slices by swipe, wheel, buttons and keys; outlines and map on and off; print.
// Sheets hold the slices as tiles, so moving to another one loads nothing.

const PIXELS_A_SLICE = 16;

document.documentElement.classList.add("script");

function slices(figure) {
  const pane = figure.querySelector(".pane");
  const range = figure.querySelector("input[type=range]");
  if (!range) return;
  const columns = Number(range.dataset.columns);
  const last = Number(range.max);

  function show() {
    const at = Number(range.value) - 1;
    pane.dataset.column = String(at % columns);
    pane.dataset.row = String(Math.floor(at / columns));
    range.setAttribute("aria-valuetext", `slice ${at + 1} of ${last}`);
  }
  // Whether there was a slice to go to: at either end the page scrolls on.
  function step(by) {
    const before = range.value;
    range.value = String(Number(before) + by);
    show();
    return range.value !== before;
  }

  range.addEventListener("input", show);
  figure.querySelector(".previous").addEventListener("click", () => step(-1));
  figure.querySelector(".next").addEventListener("click", () => step(1));
  pane.addEventListener(
    "wheel",
    (event) => {
      if (!event.ctrlKey && event.deltaY !== 0 && step(Math.sign(event.deltaY))) event.preventDefault();
    },
    { passive: false },
  );

  let from = null;
  pane.addEventListener("pointerdown", (event) => {
    from = event.isPrimary ? event.clientX : null; // a second finger zooms the page
    if (from !== null) pane.setPointerCapture(event.pointerId);
  });
  pane.addEventListener("pointermove", (event) => {
    if (from === null || !event.isPrimary) return;
    const by = Math.trunc((from - event.clientX) / PIXELS_A_SLICE);
    if (by !== 0) {
      step(by);
      from -= by * PIXELS_A_SLICE;
    }
  });
  for (const end of ["pointerup", "pointercancel"]) pane.addEventListener(end, () => (from = null));
  show();
}

for (const figure of document.querySelectorAll("figure.case")) slices(figure);

for (const button of document.querySelectorAll("[data-layer]")) {
  button.addEventListener("click", () => {
    const shown = button.getAttribute("aria-pressed") !== "true";
    button.setAttribute("aria-pressed", String(shown));
    for (const layer of document.querySelectorAll(`img.${button.dataset.layer}`)) layer.hidden = !shown;
  });
}

document.querySelector("button.print")?.addEventListener("click", () => window.print());
