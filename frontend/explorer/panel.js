// The panel of the chosen feature: its name and number at once, the picture and the evidence as they arrive.

const NEXT_MS = 250;

class Panel {
  constructor(explorer) {
    this.explorer = explorer;
    this.answers = new Answers();
    this.pictures = new Pictures(explorer);
    this.notes = new Notes(explorer);
    this.bar = el("div", { class: "bar" });
    this.name = el("h3", {});
    this.number = el("div", { class: "number" });
    this.about = el("div", { class: "about" });
    this.body = el("div", { class: "body" });
    this.element = el("section", { class: "panel", "aria-label": "Feature" }, this.bar, this.notes.element, this.name, this.number, this.about, this.pictures.element, this.body);
    this.token = 0;
  }

  show(k, again = false) {
    const token = ++this.token;
    clearTimeout(this.waiting);
    clearTimeout(this.looking);
    this.element.hidden = k === null;
    if (k === null) return;
    const { info, ranking } = this.explorer;
    const feature = ranking.feature[k];
    this.drawBar(k);
    this.drawTitle(k, null);
    if (!again || this.pictures.feature !== feature) this.pictures.show(feature, ranking.words[k]);
    this.waiting = setTimeout(() => this.body.classList.add("waiting"), NEXT_MS);
    this.answers.feature(info, feature).then(
      ({ kind, found }) => this.filled(token, k, kind, found),
      (refusal) => token === this.token && this.settled(el("p", { class: "refused" }, refusal.message)));
  }

  filled(token, k, kind, found) {
    if (token !== this.token) return;
    this.found = found;
    this.drawTitle(k, found.definition);
    const { explorer } = this;
    this.settled(...(kind === "evidence" ? evidenceParts(explorer, found) : paperParts(explorer, found)), this.feet(found, kind));
    this.looking = setTimeout(() => this.ahead(), NEXT_MS);
  }

  settled(...parts) {
    clearTimeout(this.waiting);
    this.body.classList.remove("waiting");
    fill(this.body, ...parts.filter(Boolean));
  }

  /** The features before and after, so that they open at once. */
  ahead() {
    const { list, ranking, info, chosen } = this.explorer;
    for (const by of [1, -1]) {
      const k = list.beyond(by);
      if (k !== null && k !== chosen) this.answers.feature(info, ranking.feature[k]).catch(() => null);
    }
  }

  drawBar(k) {
    const { explorer } = this;
    const place = explorer.list.at.get(k);
    const count = explorer.places.length;
    const step = (words, by, name, off) => button(words, () => explorer.move(by), { "aria-label": name, title: `${name} (${by > 0 ? "j" : "k"})`, disabled: off });
    fill(this.bar,
      step("‹", -1, "Previous feature", place === undefined || place === 0),
      el("span", { class: "where" }, place === undefined ? "outside the filters" : `${numbers.count(place + 1)} of ${numbers.count(count)}`),
      step("›", 1, "Next feature", place === count - 1),
      el("span", { class: "gap" }), starButton(explorer, k), this.notes.toggle(explorer.ranking.feature[k]));
    this.notes.show(explorer.ranking.feature[k]);
  }

  drawTitle(k, definition) {
    const { ranking, info } = this.explorer;
    const chip = `${ranking.modality[k]} · ${classWords(ranking.feature_class[k], info)} · ${imageWords(ranking.image_type[k])}`;
    const told = definition === null ? " " : `${definition.sentence} ${definition.image_type_words}`;
    const formula = () => el("div", {},
      el("pre", {}, definition.formula || "No formula is recorded for this feature."),
      definition.ibsi ? el("p", { class: "quiet" }, `IBSI: ${definition.ibsi}`) : null);
    fill(this.name, capital(ranking.words[k]), " ", el("span", { class: "chip" }, chip));
    fill(this.about, el("p", { class: "told" }, told),
      el("div", { class: "pyradiomics" }, el("code", {}, ranking.feature[k]), definition && lazyFold("Formula", formula)));
    if (info.trusted) this.trusted(k);
    else this.papers(k);
  }

  /** The number that can be trusted, large, with all that says how sure it is; the paper's below it, small. */
  trusted(k) {
    const { ranking, info } = this.explorer;
    const value = (name) => ranking.at(name, k);
    const flag = ranking.flag[k];
    const runs = value("n_runs");
    const given = value("effect_given_label");
    const label = info.trust.labels.length > 0 ? info.trust.labels.join(" and ") : "the label";
    this.number.className = `number ${TINT[flag] ?? "same"}`;
    fill(this.number,
      el("b", {}, numbers.change(value("effect"))),
      el("span", {}, numbers.interval(value("ci_low"), value("ci_high")), runs === null || runs === 1 ? " · 1 run" : ` · ${value("n_runs_agree")} of ${runs} runs`),
      given !== null && el("span", {}, `given ${label} ${numbers.effect(given, value("given_label_low"), value("given_label_high"))}`),
      el("span", { class: "flag" }, `${flagMark(flag, info)} ${flagWords(flag, info)}`.trim()),
      el("span", { class: "small" }, `paper: ΔI ${numbers.importanceChange(value("delta_i"), value("i_pre"), value("i_ft"))}, rank ${numbers.count(value("rank_paper"))}`));
  }

  papers(k) {
    const { ranking, info } = this.explorer;
    const value = (name) => ranking.at(name, k);
    const shift = value("delta_i");
    const effect = value("effect");
    this.number.className = `number ${shift > 0 ? "up" : shift < 0 ? "down" : "same"}`;
    fill(this.number,
      el("b", {}, numbers.importanceChange(shift, value("i_pre"), value("i_ft"))),
      el("span", {}, `ΔI, rank ${numbers.count(value("rank_paper"))} of ${numbers.count(info.n_features)}`),
      el("span", {}, `importance ${numbers.importance(value("i_pre"))} → ${numbers.importance(value("i_ft"))}`),
      el("span", {}, `paper's held-out R² ${numbers.r2(value("paper_r2_pre"))} → ${numbers.r2(value("paper_r2_ft"))}`),
      effect !== null && el("span", { class: "small" }, `trust: effect ${numbers.effect(effect, value("ci_low"), value("ci_high"))}, ${flagWords(ranking.flag[k], info)}`));
  }

  feet(found, kind) {
    const { info } = this.explorer;
    const table = kind === "evidence" ? "evidence" : "cases-for-feature";
    const href = `/api/v1${pathOf("analyses", info.analysis)}/${table}${pathOf(found.definition.feature)}.csv`;
    return el("p", { class: "feet" }, el("a", { href, download: `${found.definition.feature}.csv` }, "Values of every study as CSV"));
  }

  /** The way to a patient, on the slice where it is known. */
  caseHref(caseId, more = {}) {
    const { info, ranking, chosen } = this.explorer;
    return `/cases?${new URLSearchParams({ ...info.query, case: caseId, feature: ranking.feature[chosen], ...more })}`;
  }

  openPatient() {
    const href = this.pictures.firstHref() ?? (this.found === undefined ? null : this.firstCarrier());
    if (href !== null) visit(href);
  }

  firstCarrier() {
    const first = (this.found.points ?? this.found.cases)[0];
    return first === undefined ? null : this.caseHref(first.case_id);
  }

  stop() {
    this.token += 1;
    clearTimeout(this.waiting);
    clearTimeout(this.looking);
    this.pictures.stop();
  }
}
