// The row of filters: each choice says how many features it would leave.

class Filters {
  constructor(explorer) {
    this.explorer = explorer;
    this.boxes = {};
    this.element = el("div", { class: "filters", role: "group", "aria-label": "Filters" });
    const search = (event) => explorer.set({ text: event.target.value });
    this.search = el("input", { type: "search", placeholder: "words or a name", "aria-label": "Search features", maxlength: 100, input: search });
    this.starred = button("★", () => explorer.set({ starred: explorer.state.starred ? "" : "yes" }), {
      class: "only", title: "Only what you have starred", "aria-label": "Only starred features", "aria-pressed": "false",
    });
    this.clear = button("Clear", () => explorer.set({ flag: "", feature_class: "", image_type: "", text: "", starred: "" }), { class: "clear", hidden: true });
  }

  /** The boxes for one analysis; one without flags has no box for them. */
  make() {
    const { ranking, info } = this.explorer;
    const known = (column, order) => [...new Set(ranking[column].filter((value) => value !== null))].sort(order);
    const byFlag = (a, b) => FLAG_ORDER.indexOf(a) - FLAG_ORDER.indexOf(b);
    this.boxes = {};
    this.box("flag", "Flag", known("flag", byFlag), (flag) => `${flagMark(flag, info)} ${flagWords(flag, info)}`.trim());
    this.box("feature_class", "Class", known("feature_class"), (name) => classWords(name, info));
    this.box("image_type", "Image", known("image_type"), imageWords);
    const orders = info.trusted ? TRUST_ORDERS : PAPER_ORDERS;
    this.order = el("select", { "aria-label": "Order", change: (event) => this.explorer.set({ order: event.target.value }) },
      Object.entries(orders).map(([order, words]) => el("option", { value: order }, words)));
    fill(this.element, ...Object.values(this.boxes).map((box) => box.element), el("span", { class: "finding" }, this.search, this.starred), this.clear);
    fill(this.explorer.list.order, "Order: ", this.order);
  }

  box(field, title, values, words) {
    if (values.length < 2 && !this.explorer.state[field]) return;
    const change = (event) => this.explorer.set({ [field]: event.target.value });
    const options = new Map(values.map((value) => [value, el("option", { value }, words(value))]));
    const all = el("option", { value: "" }, `${title}: all`);
    const element = el("select", { "aria-label": title, change }, all, [...options.values()]);
    this.boxes[field] = { element, options, words };
  }

  /** Marks what is chosen and counts what every other choice would leave. */
  show() {
    const { ranking, state } = this.explorer;
    const where = this.explorer.where();
    for (const [field, { element, options, words }] of Object.entries(this.boxes)) {
      const counts = new Map();
      for (const k of ranking.filtered({ ...where, [field]: "" })) counts.set(ranking[field][k], (counts.get(ranking[field][k]) ?? 0) + 1);
      for (const [value, option] of options) option.textContent = `${words(value)} (${numbers.count(counts.get(value) ?? 0)})`;
      element.value = state[field] ?? "";
      element.classList.toggle("chosen", Boolean(state[field]));
    }
    this.order.value = state.order;
    if (this.search.value !== (state.text ?? "")) this.search.value = state.text ?? "";
    this.starred.setAttribute("aria-pressed", String(Boolean(state.starred)));
    this.clear.hidden = !["flag", "feature_class", "image_type", "text", "starred"].some((field) => state[field]);
  }
}
