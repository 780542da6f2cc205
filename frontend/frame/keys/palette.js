// The command palette: one field that finds a place, and a list to choose from, by keyboard alone where wanted.

const MOST_SHOWN = 40;

class Palette {
  constructor(frame) {
    this.frame = frame;
    this.dialog = frame.root.querySelector(".palette");
    this.field = this.dialog.querySelector("input");
    this.list = this.dialog.querySelector("ul");
    this.said = this.dialog.querySelector(".said");
    this.places = new Places();
    this.lists = new Map();
    this.at = 0;
    this.field.addEventListener("input", () => this.look());
    this.dialog.addEventListener("keydown", (event) => this.key(event));
    this.dialog.addEventListener("click", (event) => event.target === this.dialog && this.dialog.close());
    this.dialog.addEventListener("close", () => this.returned());
    this.list.addEventListener("click", (event) => this.clicked(event));
  }

  open() {
    if (this.dialog.open) return;
    this.from = deepest();
    this.failed = false;
    this.lists = new Map([["known", this.places.known(this.frame.data, this.frame.commands())]]);
    this.field.value = "";
    this.dialog.showModal();
    this.look();
    this.asking = true;
    const found = (kind, places) => {
      this.lists.set(kind, places);
      this.look(true);
    };
    this.places.ask(this.frame.data, found, () => { this.failed = true; }).then(() => {
      this.asking = false;
      this.look(true);
    });
  }

  /** Shows what fits what was typed; `kept`: the list has grown, so what was chosen stays chosen. */
  look(kept = false) {
    const chosen = kept ? this.shown?.[this.at] : null;
    this.shown = best(this.field.value, [...this.lists.values()].flat(), MOST_SHOWN);
    this.at = Math.max(0, this.shown.indexOf(chosen));
    this.list.replaceChildren(...this.shown.map((place, row) => line(place, row)));
    this.said.textContent = this.sentence();
    this.mark();
  }

  sentence() {
    if (this.failed) return "The server did not answer; pages can be opened all the same.";
    if (this.shown.length) return "";
    return this.asking ? "Looking…" : "Nothing here is called like this.";
  }

  mark() {
    this.list.querySelectorAll("li").forEach((item, row) => item.setAttribute("aria-selected", String(row === this.at)));
    const chosen = this.list.children[this.at];
    if (chosen) this.field.setAttribute("aria-activedescendant", chosen.id);
    else this.field.removeAttribute("aria-activedescendant");
    chosen?.scrollIntoView({ block: "nearest" });
  }

  key(event) {
    const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: 8, PageUp: -8 };
    if (event.key in steps && this.shown.length) {
      this.at = Math.min(this.shown.length - 1, Math.max(0, this.at + steps[event.key]));
      this.mark();
    } else if (event.key === "Enter") {
      this.go(this.shown[this.at]);
    } else {
      return;
    }
    event.preventDefault();
  }

  clicked(event) {
    const item = event.target.closest("li");
    if (item) this.go(this.shown[Number(item.dataset.row)]);
  }

  go(place) {
    if (!place) return;
    this.left = true;
    this.dialog.close();
    if (place.run) place.run();
    else this.frame.go(place.page, place.query);
  }

  /** Where nothing was chosen, the focus goes back to where it came from. */
  returned() {
    if (!this.left) this.from?.focus?.();
    this.left = false;
  }
}

function line(place, row) {
  const item = document.createElement("li");
  item.id = `found-${row}`;
  item.dataset.row = String(row);
  item.setAttribute("role", "option");
  for (const [name, text] of [["kind", place.kind], ["name", place.name], ["also", place.also ?? ""]]) {
    const part = document.createElement("span");
    part.className = name;
    part.textContent = text;
    item.append(part);
  }
  return item;
}

/** The focused element, inside shadow roots too. */
function deepest() {
  let found = document.activeElement;
  while (found?.shadowRoot?.activeElement) found = found.shadowRoot.activeElement;
  return found;
}
