// The keys of the whole dashboard: Ctrl-K finds, ? tells the keys, the first Tab offers to skip the rail.

const KEYS = [
  ["Ctrl K, ⌘ K", "Find a page, analysis, feature or case"],
  ["?", "This list; on a picture, the keys of the picture"],
  ["Tab", "The first one of a page offers to skip the rail"],
  ["j, k", "Next and previous line of a list"],
  ["Enter", "Open what is chosen"],
  ["Esc", "Close what lies on top"],
];
const TYPING = "input, textarea, select, [contenteditable='true'], [role='textbox']";

class Frame {
  constructor(parent) {
    this.root = parent.querySelector(".frame");
    this.palette = new Palette(this);
    this.visit = new Visit(this);
    this.help = this.root.querySelector(".help");
    this.fillHelp();
    this.root.querySelector(".find").addEventListener("click", () => this.palette.open());
    this.root.querySelector(".begin").addEventListener("click", () => { this.help.close(); this.visit.begin(); });
    this.pressed = (event) => this.key(event);
    this.clicked = (event) => this.skip(event);
    this.asked = (event) => this.do(event.detail);
    document.addEventListener("keydown", this.pressed);
    document.addEventListener("click", this.clicked, true);
    document.addEventListener("radiomiclens", this.asked);
    railSlim(remembered(SLIM) === "slim");
    this.watch = new MutationObserver(nameRail);
    this.watch.observe(document.querySelector(".st-key-rail"), { childList: true, subtree: true });
    nameRail();
    this.visit.offer();
  }

  update(data, trigger) {
    this.data = data;
    this.trigger = trigger;
  }

  /** Opens a page through the dashboard, which keeps its connection: nothing is loaded again. */
  go(page, query) {
    this.trigger("go", { page, query });
  }

  commands() {
    const other = isDark() ? "Light" : "Dark";
    return [
      { name: `${other} colours`, also: "theme dark light", run: () => chooseTheme(other, this.data.pages) },
      { name: "Colours of the system", also: "theme dark light", run: () => chooseTheme("System", this.data.pages) },
      { name: "Keys", also: "help shortcuts", run: () => this.help.showModal() },
      { name: "Show me around", also: "guided visit help tour", run: () => this.visit.begin() },
    ];
  }

  do(what) {
    if (what === "help") this.help.showModal();
    if (what === "theme") chooseTheme(isDark() ? "Light" : "Dark", this.data.pages);
    if (what === "rail") {
      railSlim(document.documentElement.dataset.rail !== "slim");
      nameRail();
    }
  }

  key(event) {
    if ((event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && event.key.toLowerCase() === "k") {
      event.preventDefault();
      this.palette.open();
    } else if (event.key === "?" && !event.defaultPrevented && !event.ctrlKey && !event.metaKey) {
      const at = event.composedPath()[0];
      if (at.matches?.(TYPING) || at.closest?.(".viewer") || this.root.querySelector("dialog[open]")) return;
      this.help.showModal();
    }
  }

  /** Streamlit's link to skip leads before the rail, which lies in its main part: it leads to the page's heading. */
  skip(event) {
    if (!event.target.closest?.('[data-testid="stSkipToContent"]')) return;
    const heading = document.querySelector('[data-testid="stMain"] :is(h1, h2)');
    if (!heading) return;
    event.preventDefault();
    event.stopPropagation();
    heading.tabIndex = -1;
    heading.focus();
  }

  fillHelp() {
    const parts = KEYS.flatMap(([keys, words]) => [["dt", keys], ["dd", words]]);
    this.help.querySelector("dl").replaceChildren(...parts.map(([name, text]) => {
      const part = document.createElement(name);
      part.textContent = text;
      return part;
    }));
  }

  close() {
    document.removeEventListener("keydown", this.pressed);
    document.removeEventListener("click", this.clicked, true);
    document.removeEventListener("radiomiclens", this.asked);
    this.watch.disconnect();
    this.visit.close();
  }
}

const frames = new WeakMap();

/** Streamlit's entry: makes the frame of an element once, then hands it the data of each run. */
export default function mount({ parentElement, data, setTriggerValue }) {
  if (!frames.has(parentElement)) frames.set(parentElement, new Frame(parentElement));
  const frame = frames.get(parentElement);
  frame.update(data, setTriggerValue);
  return () => {
    frame.close();
    frames.delete(parentElement);
  };
}
