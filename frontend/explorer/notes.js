// The star and the notes of a feature, written to the API at once.

/** Sets or takes away the visitor's star; only they see it. */
function starButton(explorer, k) {
  const feature = explorer.ranking.feature[k];
  const set = explorer.stars.has(feature);
  const act = async (event) => {
    event.target.disabled = true;
    try {
      if (set) {
        await api(`/stars${pathOf(explorer.stars.get(feature))}`, { method: "DELETE" });
        explorer.stars.delete(feature);
      } else {
        const star = await api("/stars", sent({ analysis_id: explorer.info.analysis, feature }));
        explorer.stars.set(feature, star.id);
      }
      explorer.draw();
      explorer.panel.drawBar(k);
      explorer.panel.bar.querySelector(".starring").focus();
    } catch (refusal) {
      event.target.disabled = false;
      explorer.say(refusal.message);
    }
  };
  return button(set ? "★ Starred" : "☆ Star", act, {
    class: "starring", "aria-pressed": String(set),
    title: set ? "Only you see your stars. Choose it again to take this one away." : "Mark this to find it again; only you see your stars.",
  });
}

class Notes {
  constructor(explorer) {
    this.explorer = explorer;
    this.open = false;
    this.element = el("div", { class: "notes", hidden: true });
  }

  toggle(feature) {
    const act = () => {
      this.open = !this.open;
      this.show(feature);
      this.button.setAttribute("aria-expanded", String(this.open));
    };
    this.button = button("Notes", act, { "aria-expanded": String(this.open) });
    return this.button;
  }

  async show(feature) {
    this.element.hidden = !this.open;
    this.feature = feature;
    if (!this.open) return;
    const { analysis, me } = this.explorer.info;
    try {
      const found = await listed("/notes", { analysis_id: analysis, feature });
      if (feature === this.feature) this.draw(found, me);
    } catch (refusal) {
      fill(this.element, el("p", { class: "refused" }, refusal.message));
    }
  }

  draw(found, me) {
    const field = el("textarea", { maxlength: 2000, rows: 3, placeholder: "What should others know?", "aria-label": "Add a note" });
    const write = () => this.act(() => {
      if (field.value.trim() === "") throw new Error("The note is empty; write something first.");
      return api("/notes", sent({ analysis_id: this.explorer.info.analysis, feature: this.feature, text: field.value }));
    });
    const form = me.role === "viewer"
      ? el("p", { class: "quiet" }, "Your role reads notes; a researcher writes them.")
      : el("div", { class: "writing" }, field, button("Add note", write));
    const none = "No note yet. A note is plain text that everybody signed in can read, with its author and time.";
    fill(this.element, ...found.map((note) => this.note(note, me)), found.length === 0 ? el("p", { class: "quiet" }, none) : "", form);
    this.button.textContent = found.length === 0 ? "Notes" : numbers.counted(found.length, "note");
  }

  note(note, me) {
    const remove = () => this.act(() => api(`/notes${pathOf(note.id)}`, { method: "DELETE" }));
    const own = note.by === me.name || me.role === "admin";
    return el("article", {}, el("p", { class: "quiet" }, el("b", {}, note.by), `, ${numbers.day(note.at)}`), el("p", { class: "words" }, note.text),
      own ? button("Delete", remove, { class: "plain", title: `Delete this note of ${note.by} for everybody.` }) : null);
  }

  async act(change) {
    try {
      await change();
      await this.show(this.feature);
    } catch (refusal) {
      this.element.querySelector(".refused")?.remove();
      this.element.append(el("p", { class: "refused", role: "alert" }, refusal.message));
    }
  }
}
