// A row of cases as pictures: a click opens one, j and k (or ] and [) walk through them from anywhere on the page.

const WALK = { j: 1, "]": 1, k: -1, "[": -1 };

class Strip {
  constructor(parent) {
    this.nav = parent.querySelector(".strip");
    this.list = this.nav.querySelector("ul");
    this.held = "";
    this.list.addEventListener("click", (event) => {
      const button = event.target.closest("button");
      if (button !== null) this.open(button.value);
    });
    this.list.addEventListener("keydown", (event) => this.move(event));
    this.onKey = (event) => this.walk(event);
    document.addEventListener("keydown", this.onKey);
  }

  update(data, trigger) {
    this.data = data;
    this.trigger = trigger;
    this.nav.setAttribute("aria-label", data.label);
    const wanted = JSON.stringify(data.items);
    const moved = this.here !== data.here || wanted !== this.held;
    if (wanted !== this.held) this.list.replaceChildren(...data.items.map(makeItem));
    this.held = wanted;
    this.here = data.here;
    for (const button of this.buttons) {
      const current = button.value === data.here;
      if (current) button.setAttribute("aria-current", "true");
      else button.removeAttribute("aria-current");
      button.tabIndex = current ? 0 : -1;
    }
    const [first] = this.buttons;
    if (first !== undefined && !this.buttons.some(({ tabIndex }) => tabIndex === 0)) first.tabIndex = 0;
    if (moved) this.show();
  }

  get buttons() {
    return [...this.list.querySelectorAll("button")];
  }

  /** Scrolls the row, and nothing else, until the current case is in it. */
  show() {
    const current = this.list.querySelector("[aria-current]");
    if (current === null) return;
    const item = current.parentElement;
    this.list.scrollLeft = item.offsetLeft - this.list.offsetLeft - (this.list.clientWidth - item.offsetWidth) / 2;
  }

  open(id) {
    if (id !== this.data.here) this.trigger("open", id);
  }

  /** The arrow keys move the focus along the row. */
  move(event) {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (step === undefined) return;
    const { buttons } = this;
    const next = buttons[buttons.indexOf(event.target.closest("button")) + step];
    if (next === undefined) return;
    next.focus();
    event.preventDefault();
  }

  walk(event) {
    const step = WALK[event.key];
    if (!this.data?.walks || step === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    const [at] = event.composedPath();
    if (at instanceof Element && at.closest("input, textarea, select, [contenteditable]") !== null) return;
    const place = this.data.items.findIndex(({ id }) => id === this.data.here);
    const next = this.data.items[place === -1 ? 0 : place + step];
    if (next !== undefined) this.open(next.id);
  }

  close() {
    document.removeEventListener("keydown", this.onKey);
  }
}

function makeItem({ id, title, words, picture }) {
  const item = document.createElement("li");
  const button = Object.assign(document.createElement("button"), { type: "button", value: id, title });
  const name = Object.assign(document.createElement("b"), { textContent: title });
  const small = Object.assign(document.createElement("small"), { textContent: words || "\u00a0" });
  const image = picture === null ? document.createElement("span") : document.createElement("img");
  if (picture === null) Object.assign(image, { className: "without", textContent: "no images" });
  else Object.assign(image, { loading: "lazy", alt: "", src: picture });
  button.append(image, name, small);
  item.append(button);
  return item;
}

const strips = new WeakMap();

/** Streamlit's entry: makes the row of an element once, then hands it the data of each run. */
export default function mount({ parentElement, data, setTriggerValue }) {
  if (!strips.has(parentElement)) strips.set(parentElement, new Strip(parentElement));
  const strip = strips.get(parentElement);
  strip.update(data, setTriggerValue);
  return () => {
    strip.close();
    strips.delete(parentElement);
  };
}
