// The hands of a drawn chart: what is pointed at or focused is told, arrow keys move, a choice goes into the address.

const STEP = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 };
const TIP = "drawn-tip";
const applied = new WeakMap(); // the choice that the server last sent to a chart, or was told of

function tip() {
  let found = document.querySelector(`.${TIP}`);
  if (!found) {
    found = Object.assign(document.createElement("div"), { className: TIP, hidden: true });
    document.body.append(found);
  }
  return found;
}

function tell(mark) {
  const box = tip();
  box.hidden = !mark;
  if (!mark) return;
  box.textContent = mark.dataset.tip;
  const at = mark.getBoundingClientRect();
  const left = at.left + at.width / 2 - box.offsetWidth / 2;
  const below = at.bottom + 6;
  box.style.left = `${Math.max(4, Math.min(left, innerWidth - box.offsetWidth - 4))}px`;
  box.style.top = `${below + box.offsetHeight > innerHeight ? at.top - box.offsetHeight - 6 : below}px`;
}

function move(event) {
  if (event.key === "Escape") return tell(null);
  const here = event.target.closest("[data-tip]");
  const step = STEP[event.key];
  if (!here || !step) return;
  event.preventDefault();
  const marks = [...here.closest(".view").querySelectorAll("[data-tip]")];
  const down = event.key === "ArrowDown" || event.key === "ArrowUp";
  const across = Number(here.closest("[data-across]")?.dataset.across ?? 1);
  const next = marks[marks.indexOf(here) + step * (down ? across : 1)];
  if (!next) return;
  here.tabIndex = -1;
  next.tabIndex = 0;
  next.focus();
}

function choose(place, chosen) {
  for (const input of place.querySelectorAll("input[data-parameter]")) {
    if (chosen[input.dataset.parameter] === input.value) input.checked = true;
  }
}

function chosenIn(place) {
  const checked = place.querySelectorAll("input[data-parameter]:checked");
  return Object.fromEntries([...checked].map((input) => [input.dataset.parameter, input.value]));
}

export default function mount({ parentElement, data, setStateValue }) {
  const place = document.querySelector(`.st-key-${CSS.escape(data.chart)}`);
  if (!place) return;
  const asked = JSON.stringify(data.chosen);
  if (applied.get(parentElement) !== asked) choose(place, data.chosen);
  applied.set(parentElement, asked);
  const mark = (event) => event.target.closest?.("[data-tip]") ?? null;
  const on = {
    pointerover: (event) => tell(mark(event)),
    pointerleave: () => tell(null),
    focusin: (event) => tell(mark(event)),
    focusout: () => tell(null),
    keydown: move,
    change: (event) => {
      if (!event.target.dataset?.parameter) return;
      const chosen = chosenIn(place);
      applied.set(parentElement, JSON.stringify({ ...data.chosen, ...chosen }));
      setStateValue("chosen", chosen);
    },
  };
  for (const [name, listener] of Object.entries(on)) place.addEventListener(name, listener);
  return () => {
    tell(null);
    for (const [name, listener] of Object.entries(on)) place.removeEventListener(name, listener);
  };
}
