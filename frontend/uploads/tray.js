// What is being sent from this browser's page, for all drop zones of it: transfers go on while one looks at other pages.

const AT_ONCE = 2;

class Tray {
  constructor() {
    this.transfers = [];
    this.uploads = [];
    this.refusal = "";
    this.listeners = new Set();
    this.looking = null;
    this.loaded = false;
    addEventListener("beforeunload", (event) => {
      if (this.transfers.some((one) => one.live)) event.preventDefault();
    });
  }

  changed() {
    for (const listener of this.listeners) listener();
  }

  /** Asks the server for the uploads it holds; again for as long as it looks at one. */
  async refresh() {
    clearTimeout(this.looking);
    const found = [];
    let cursor = null;
    do {
      const answer = await ask("GET", `${API}?limit=500${cursor ? `&cursor=${cursor}` : ""}`);
      if (answer.status !== 200) {
        this.refusal = answer.json().detail ?? NO_ANSWER;
        this.changed();
        return;
      }
      found.push(...answer.json().items);
      cursor = answer.json().next_cursor;
    } while (cursor);
    this.uploads = found;
    this.loaded = true;
    this.refusal = "";
    const known = new Set(found.map(({ id }) => id));
    this.transfers = this.transfers.filter((one) => one.state !== "cancelled" && (one.state !== "sent" || !known.has(one.id)));
    this.changed();
    if (found.some(({ state }) => state === "checking")) this.looking = setTimeout(() => this.refresh(), LOOK_MS);
  }

  add(things) {
    for (const thing of things) {
      if (this.transfers.some((one) => one.fingerprint === thing.fingerprint && one.state !== "stopped")) continue;
      this.transfers = this.transfers.filter((one) => one.fingerprint !== thing.fingerprint);
      this.transfers.push(new Transfer(thing, () => this.changed()));
    }
    this.changed();
    this.next();
  }

  retry(transfer) {
    transfer.tell("waiting");
    this.next();
  }

  async next() {
    const running = this.transfers.filter((one) => one.state === "sending").length;
    const waiting = this.transfers.filter((one) => one.state === "waiting");
    for (const transfer of waiting.slice(0, Math.max(0, AT_ONCE - running))) {
      transfer.state = "sending";
      this.send(transfer);
    }
  }

  async send(transfer) {
    await this.refresh();
    const taken = new Set(this.transfers.filter((one) => one !== transfer).map(({ id }) => id));
    if (transfer.state === "sending") await transfer.run(this.uploads.filter(({ id }) => !taken.has(id)));
    await this.refresh();
    this.next();
  }

  async remove(upload) {
    const answer = await ask("DELETE", `${API}/${upload.id}`);
    await this.refresh();
    if (![204, 404].includes(answer.status)) {
      this.refusal = answer.json().detail ?? NO_ANSWER;
      this.changed();
    }
  }
}

/** The one tray of the page. */
function tray() {
  globalThis.radiomiclensUploads ??= new Tray();
  return globalThis.radiomiclensUploads;
}
