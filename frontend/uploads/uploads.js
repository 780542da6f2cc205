// A place to drop files, or to browse for them; below it what was sent. The page hears only which uploads are ready.

class DropZone {
  constructor(parent) {
    this.root = parent.querySelector(".uploads");
    this.rows = new RowList(this.find(".rows"));
    this.tray = tray();
    this.own = new Set();
    this.said = new Map();
    this.heard = null;
    this.draw = () => this.show();
    this.tray.listeners.add(this.draw);
    const drop = this.find(".drop");
    for (const [type, over] of [["dragenter", true], ["dragover", true], ["dragleave", false], ["drop", false]]) {
      drop.addEventListener(type, (event) => {
        event.preventDefault();
        drop.classList.toggle("over", over);
        if (type === "drop") this.take(dropped(event.dataTransfer));
      });
    }
    for (const way of ["files", "folder"]) {
      const input = this.find(`[data-input="${way}"]`);
      this.find(`[data-do="${way}"]`).onclick = () => input.click();
      input.onchange = () => {
        this.take(Promise.resolve(chosen(input.files)));
        input.value = "";
      };
    }
    this.tray.refresh();
  }

  find(selector) {
    return this.root.querySelector(selector);
  }

  update(data, tell) {
    Object.assign(this, { data, tellPage: tell });
    this.find(".drop").setAttribute("aria-label", data.label);
    this.find(".words").textContent = data.label;
    this.find(".hint").textContent = data.hint;
    this.find('[data-input="files"]').multiple = data.many;
    this.find('[data-do="folder"]').hidden = !data.folder;
    this.show();
  }

  async take(promise) {
    let things = [];
    try {
      things = await promise;
    } catch {
      this.tray.refusal = "The browser cannot read what was chosen; choose it again.";
    }
    const empty = things.filter(({ blob, empty: none }) => none || blob.size === 0);
    if (empty.length) this.tray.refusal = `${empty[0].name} is empty; choose another one.`;
    const whole = things.filter((thing) => !empty.includes(thing));
    for (const { fingerprint } of whole) this.own.add(fingerprint);
    this.tray.add(this.data.many ? whole : whole.slice(0, 1));
    this.show();
  }

  show() {
    if (!this.data) return;
    const sending = new Set(this.tray.transfers.flatMap(({ id, fingerprint }) => [id, fingerprint]));
    const wanted = (one) => this.data.kinds.includes(one.kind);
    const uploads = this.tray.uploads.filter((one) => !sending.has(one.id)
      && !(one.state === "receiving" && sending.has(one.fingerprint))
      && (one.state !== "ready" || wanted(one) || this.own.has(one.fingerprint)));
    this.rows.draw([
      ...this.tray.transfers.filter(({ state }) => state !== "cancelled").map((one) => rowOfTransfer(one, this.tray)),
      ...uploads.map((one) => rowOfUpload(one, this.tray, wanted(one))),
    ]);
    this.find(".refusal").textContent = this.tray.refusal;
    this.announce(uploads);
    const ready = this.tray.uploads.filter((one) => one.state === "ready" && wanted(one)).map(({ id }) => id).sort().join();
    if (this.heard === null) this.heard = this.data.ready;
    if (this.tray.loaded && ready !== this.heard) {
      this.heard = ready;
      this.tellPage("changed", ready || "none");
    }
  }

  /** Says to a screen reader what has come to an end, once each. */
  announce(uploads) {
    for (const one of uploads) {
      const before = this.said.get(one.id);
      this.said.set(one.id, one.state);
      if (before && before !== one.state && ["ready", "refused"].includes(one.state)) {
        this.find("[aria-live]").textContent = `${one.name}: ${one.state}. ${one.sentence}`;
      }
    }
  }

  stop() {
    this.tray.listeners.delete(this.draw);
  }
}

const ZONES = new WeakMap();

export default function ({ parentElement, data, setTriggerValue }) {
  const root = parentElement.querySelector(".uploads");
  if (!ZONES.has(root)) ZONES.set(root, new DropZone(parentElement));
  const zone = ZONES.get(root);
  zone.update(data, setTriggerValue);
  return () => {
    zone.stop();
    ZONES.delete(root);
  };
}
