// The first visit: five cards that stand beside what they speak of. It is offered once; the browser remembers.

const VISITED = "radiomiclens-visited";
const OFFER = {
  title: "New here?",
  text: "Five short cards show how to read a result. You find them again under the question mark.",
};
const STEPS = [
  {
    at: ".st-key-analysis-box",
    title: "What you look at",
    text: "Cohort and task. Beside it: the region, the modality, and how many patients stand behind the page. The address keeps it all, so a copied link shows the same.",
  },
  {
    at: ".st-key-sort-switch",
    title: "Whose numbers lead",
    text: "Trust leads: R² above chance, before and after, with intervals. Paper shows ΔI as published. The switch changes every sentence and list of the page.",
  },
  {
    at: ".st-key-rail-pages",
    title: "One question a page",
    text: "Overview: what changed. Shifts: which features. Cases: what it looks like in a patient. Blue means stronger, orange weaker, gold means that it only goes with the label.",
  },
  {
    at: ".st-key-rail-run",
    title: "Bring your own",
    text: "Run takes tables or images. Jobs follows what runs. On Data you approve or exclude studies.",
  },
  {
    at: ".st-key-rail-words",
    title: "Words and ways",
    text: "Every term is explained under Words. Ctrl-K or ⌘K finds pages, features and patients; ? lists the keys.",
  },
];

class Visit {
  constructor(frame) {
    this.card = frame.root.querySelector(".visit");
    this.ring = frame.root.querySelector(".ring");
    this.part = (name) => this.card.querySelector(name);
    this.part(".next").addEventListener("click", () => this.show(this.step + 1));
    this.part(".back").addEventListener("click", () => this.show(this.step - 1));
    this.part(".leave").addEventListener("click", () => this.end());
    this.card.addEventListener("keydown", (event) => event.key === "Escape" && this.end());
    this.moved = () => this.place();
  }

  offer() {
    if (remembered(VISITED)) return;
    this.step = -1;
    this.fill(OFFER, "", "Not now", "Show me");
    this.card.removeAttribute("style");
    this.card.hidden = false;
  }

  begin() {
    this.from = deepest();
    addEventListener("resize", this.moved);
    this.card.hidden = false;
    this.show(0);
  }

  show(step) {
    if (step >= STEPS.length) return this.end();
    if (this.step === -1) addEventListener("resize", this.moved);
    this.step = step;
    const last = step === STEPS.length - 1;
    this.fill(STEPS[step], `${step + 1} of ${STEPS.length}`, "Leave", last ? "Done" : "Next");
    this.place();
    this.part(".title").focus({ preventScroll: true });
  }

  fill({ title, text }, place, leave, next) {
    this.part(".title").textContent = title;
    this.part("p").textContent = text;
    this.part(".place").textContent = place;
    this.part(".leave").textContent = leave;
    this.part(".back").hidden = this.step < 1;
    this.part(".next").textContent = next;
  }

  /** The ring around what a card speaks of, and the card beside it, inside the window. */
  place() {
    const target = document.querySelector(STEPS[this.step]?.at ?? "none");
    const box = target?.getBoundingClientRect();
    this.ring.hidden = !box;
    this.card.removeAttribute("style");
    if (!box) return;
    const put = (name, value) => this.ring.style.setProperty(name, `${value}px`);
    put("left", box.left - 4);
    put("top", Math.max(2, box.top - 4));
    put("width", box.width + 8);
    put("height", Math.min(innerHeight - 4, box.height + 8));
    if (innerWidth < 700) return;
    const tall = box.height > innerHeight / 2;
    const beside = tall || box.left < 80;
    const left = beside ? box.right + 16 : box.left;
    const top = beside ? (tall ? 120 : box.top) : box.bottom + 14;
    const { width, height } = this.card.getBoundingClientRect();
    this.card.style.left = `${Math.max(8, Math.min(left, innerWidth - width - 12))}px`;
    this.card.style.top = `${Math.max(8, Math.min(top, innerHeight - height - 12))}px`;
    this.card.style.right = this.card.style.bottom = "auto";
  }

  end() {
    remember(VISITED, "yes");
    removeEventListener("resize", this.moved);
    this.card.hidden = this.ring.hidden = true;
    this.from?.focus?.();
    this.from = null;
  }

  close() {
    removeEventListener("resize", this.moved);
  }
}

/** What this browser keeps; nothing where it keeps nothing. */
function remembered(name) {
  try {
    return localStorage.getItem(name);
  } catch {
    return null;
  }
}

function remember(name, value) {
  try {
    localStorage.setItem(name, value);
  } catch {
    // a browser that keeps nothing asks again next time
  }
}
