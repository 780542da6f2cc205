// The explorer: the ranking of one analysis as list, picture and table, and beside it the feature that is chosen.

const TELL_MS = 300;

class Explorer {
  constructor(parent) {
    this.root = parent.querySelector(".explorer");
    [this.stars, this.state, this.seq] = [new Map(), {}, 0];
    this.head = el("h2", { class: "headline" });
    this.sentence = el("p", { class: "sentence", "aria-live": "polite" });
    this.said = el("p", { class: "unseen", role: "status" });
    this.notice = el("div", { class: "notice", hidden: true });
    this.filters = new Filters(this);
    this.list = new List(this);
    this.panel = new Panel(this);
    this.scatter = new Scatter(this);
    this.forest = new Forest(this);
    this.table = new Table(this);
    this.master = el("div", { class: "master" }, el("header", {}, this.head, this.sentence), this.filters.element, this.list.element);
    fill(this.root,
      this.notice, el("div", { class: "both" }, this.master, this.panel.element),
      el("div", { class: "below" }, this.scatter.element, this.forest.element, this.table.element), this.said);
    this.listeners = new AbortController();
    const { signal } = this.listeners;
    window.addEventListener("popstate", () => this.wentBack(), { signal });
    document.addEventListener("keydown", (event) => this.key(event), { signal });
    document.addEventListener("click", (event) => this.switched(event), { signal, capture: true });
    this.watch = new MutationObserver(() => this.coloured());
    for (const place of [document.documentElement, document.body]) this.watch.observe(place, { attributes: true });
    const soon = () => [100, 300, 1000, 2000].forEach((ms) => setTimeout(() => this.coloured(), ms)); // Streamlit takes them over without a word
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", soon, { signal });
  }

  /** The data of each run of the page: which analysis, which numbers lead, what the address says. */
  async update(data, tell) {
    this.tell = tell;
    const before = this.info;
    this.info = { ...data, trusted: data.sort === "trust" };
    this.look = this.lookNow();
    if (before === undefined) this.seq = data.seq;
    if (before?.analysis !== data.analysis || this.ranking === undefined) {
      await this.begin(before === undefined);
      return;
    }
    if (this.ranking === null) return; // it is on its way
    this.adopt(data);
    const shown = ({ seq, address, ...rest }) => JSON.stringify(rest);
    if (shown(before) !== shown(this.info)) {
      if (before.sort !== data.sort) this.turn(data.sort);
      this.filters.make();
      this.draw();
      this.panel.show(this.chosen, true);
    }
  }

  async begin(first) {
    const { analysis } = this.info;
    this.ranking = null;
    this.chosen = null;
    if (first) this.state = { order: "" };
    else Object.assign(this.state, { feature: "" });
    try {
      const [packed] = await Promise.all([api(`/analyses/${analysis}/ranking.packed`), readStars(this)]);
      if (analysis !== this.info.analysis) return;
      this.ranking = new Ranking(packed);
    } catch (problem) {
      this.ranking = undefined;
      this.say(problem.message);
      return;
    }
    const images = Object.fromEntries(this.ranking.image_type.map((name) => [name, imageWords(name)]));
    this.address = new Address({ flag: this.info.words.flags, feature_class: this.info.classes, image_type: images });
    Object.assign(this.state, this.read());
    this.filters.make();
    this.draw();
    this.open();
  }

  read(query = new URLSearchParams(location.search)) {
    const found = this.address.read(query);
    const orders = this.info.trusted ? TRUST_ORDERS : PAPER_ORDERS;
    const fields = Object.keys(IN_ADDRESS).map((field) => [field, found[field] ?? ""]);
    return { ...Object.fromEntries(fields), order: found.order in orders ? found.order : this.firstOrder() };
  }

  firstOrder() {
    return this.info.trusted ? "flag" : "rise";
  }

  /** The feature of the address, or the first of the list; one that is not there is said, with those named like it. */
  open() {
    const asked = this.state.feature;
    const place = asked ? this.ranking.place(asked) : undefined;
    this.notice.hidden = !asked || place !== undefined;
    if (!this.notice.hidden) this.offer(asked);
    this.chosen = place ?? this.places[0] ?? null;
    this.list.mark();
    this.scatter.mark();
    this.panel.show(this.chosen);
  }

  offer(asked) {
    const near = this.ranking.nearest(asked);
    const named = asked.length <= 60 ? asked : `${asked.slice(0, 60)}…`;
    const go = (name) => button(name, () => this.choose(this.ranking.place(name), true));
    fill(this.notice,
      el("p", {}, `This analysis has no feature ${named}. ${near.length > 0 ? "The nearest names:" : "Choose one below."}`),
      ...near.map(go), button("Close", () => this.set({ feature: "" })));
  }

  /** A switch of the line above is heard here at once; the server's answer to it follows, and has the last word. */
  switched(event) {
    const choice = event.target instanceof Element ? event.target.closest("[role=radio]") : null;
    const of = (name) => choice?.closest(`.st-key-${this.info?.switches[name]}`);
    if (!this.ranking || !choice) return;
    const words = choice.textContent.trim();
    const chosen = choice.getAttribute("aria-checked") === "true";
    if (of("modality") && this.ranking.modality.includes(words)) this.info.modality = chosen ? null : words;
    else if (of("sort") && !chosen && words in this.info.sorts) this.turn(this.info.sorts[words]);
    else return;
    this.filters.make();
    this.draw();
    this.panel.show(this.chosen, true);
  }

  turn(sort) {
    this.info.sort = sort;
    this.info.trusted = sort === "trust";
    this.state.order = this.firstOrder();
  }

  // --- what is chosen -------------------------------------------------------------------------------------------

  where() {
    const { flag, feature_class, image_type, text, starred } = this.state;
    return { flag, feature_class, image_type, text, modality: this.info.modality, only: starred ? this.stars : null };
  }

  set(change) {
    Object.assign(this.state, change);
    if ("feature" in change) this.notice.hidden = true;
    this.draw();
    this.tellAddress(false);
  }

  draw() {
    const kept = this.ranking.filtered(this.where());
    this.places = this.ranking.ordered(kept, this.state.order);
    const [head, text] = answer(this.ranking, kept, this.info);
    this.head.textContent = head;
    this.sentence.textContent = text;
    this.filters.show();
    this.list.show(this.places);
    this.scatter.draw(kept);
    this.forest.show(this.places);
    this.table.show(this.places);
  }

  choose(k, step = false) {
    if (k === null || k === this.chosen) return;
    this.chosen = k;
    this.state.feature = this.ranking.feature[k];
    this.notice.hidden = true;
    this.list.mark();
    this.scatter.mark();
    this.panel.show(k);
    this.tellAddress(step);
  }

  move(by) {
    this.choose(this.list.beyond(by));
  }

  /** j and k wherever no text is being typed, and Enter on what is no control. */
  key(event) {
    if (!this.ranking || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    const at = event.composedPath()[0];
    if (at instanceof Element && at.closest("input, textarea, select, [contenteditable], [role=dialog], [role=combobox]")) return;
    if (event.key === "j" || event.key === "k") this.move(event.key === "j" ? 1 : -1);
    else if (event.key === "Enter" && (at === this.list.box || at === document.body)) this.panel.openPatient();
    else return;
    event.preventDefault();
  }

  emptyWords() {
    if (this.state.starred && ![...this.stars.keys()].some((name) => this.ranking.place(name) !== undefined)) {
      return "You have starred no feature of this analysis. Open one and choose ☆ Star.";
    }
    return "No feature matches these filters. Take one away to see more.";
  }

  say(words) {
    this.notice.hidden = false;
    fill(this.notice, el("p", {}, words));
  }

  // --- the address ----------------------------------------------------------------------------------------------

  /** The browser's address at once, the server's a moment later: it needs it for the next run of the page. */
  tellAddress(step) {
    const told = this.address.told({ ...this.state, order: this.state.order === this.firstOrder() ? "" : this.state.order });
    this.address.write(told, step);
    this.seq += 1;
    clearTimeout(this.telling);
    this.telling = setTimeout(() => this.tell("address", { seq: this.seq, ...told }), TELL_MS);
  }

  wentBack() {
    if (!this.ranking || !location.pathname.endsWith("/shifts")) return;
    Object.assign(this.state, this.read());
    this.draw();
    this.open();
  }

  /** A run of the page that was opened by a link with another address; one that has not heard the last yet is older. */
  adopt(data) {
    if (data.seq !== this.seq) return;
    const asked = this.read(new URLSearchParams(data.address));
    if (JSON.stringify(this.address.told(asked)) === JSON.stringify(this.address.told(this.state))) return;
    Object.assign(this.state, asked);
    this.draw();
    this.open();
  }

  // --- colours --------------------------------------------------------------------------------------------------
  lookNow() {
    const [red, green, blue] = (getComputedStyle(this.root).getPropertyValue("--st-background-color").match(/[\da-f]{2}/gi) ?? ["ff", "ff", "ff"]).map((part) => parseInt(part, 16));
    this.root.classList.toggle("dark", red + green + blue < 380);
    return new Look(this.root, this.info.colours);
  }

  coloured() {
    if (!this.ranking) return;
    const look = this.lookNow();
    if (look.ground === this.look.ground) return;
    this.look = look;
    this.draw();
    this.panel.show(this.chosen, true);
  }

  close() {
    this.listeners.abort();
    this.watch.disconnect();
    this.panel.stop();
    clearTimeout(this.telling);
  }
}

const explorers = new WeakMap();

/** Streamlit's entry: makes the explorer of an element once, then hands it the data of each run. */
export default function mount({ parentElement, data, setStateValue }) {
  if (!explorers.has(parentElement)) explorers.set(parentElement, new Explorer(parentElement));
  const explorer = explorers.get(parentElement);
  explorer.update(data, setStateValue);
  return () => {
    explorer.close();
    explorers.delete(parentElement);
  };
}
