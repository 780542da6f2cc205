// The rows under a drop zone: a transfer, or a file that the server holds, each with what can be done about it.

const UNITS = ["B", "KB", "MB", "GB", "TB"];

function sizeWords(bytes) {
  let [value, unit] = [bytes, 0];
  while (value >= 1000 && unit < UNITS.length - 1) [value, unit] = [value / 1000, unit + 1];
  return `${unit && value < 10 ? value.toFixed(1) : Math.round(value)} ${UNITS[unit]}`;
}

function percent(share) {
  return `${Math.floor(100 * share)} %`;
}

/** What a row of a transfer says, and what can be done. */
function rowOfTransfer(one, tray) {
  const words = { waiting: "Waits for the files before it.", sending: percent(one.share), sent: "Sent.", stopped: one.sentence };
  const acts = [];
  if (one.state === "stopped") acts.push(["Retry", () => tray.retry(one)]);
  if (one.state !== "sent") acts.push(["Cancel", () => one.cancel().then(() => tray.refresh())]);
  const share = one.state === "sent" ? null : one.share;
  return { key: `file ${one.fingerprint}`, name: one.name, size: one.blob.size, said: words[one.state], share, acts,
    bad: one.state === "stopped" };
}

/** The same of a file that the server holds. */
function rowOfUpload(one, tray, wanted) {
  const words = {
    receiving: `Stopped at ${percent(one.n_received / one.n_bytes)}. Choose the same file again to go on.`,
    checking: "The server looks at it.",
    ready: wanted ? one.sentence : `${one.sentence} It is not used here.`,
    refused: one.sentence,
  };
  const acts = one.in_use ? [] : [["Remove", () => tray.remove(one)]];
  const share = one.state === "receiving" ? one.n_received / one.n_bytes : null;
  return { key: `upload ${one.id}`, name: one.name, size: one.n_bytes, share, acts, bad: one.state === "refused",
    said: one.in_use ? `${words[one.state]} A job reads it.` : words[one.state] };
}

/** Draws rows into a list; a row that stays keeps its elements, and with them the focus. */
class RowList {
  constructor(list) {
    this.list = list;
    this.rows = new Map();
  }

  draw(rows) {
    const keys = new Set(rows.map(({ key }) => key));
    for (const [key, item] of this.rows) {
      if (!keys.has(key)) {
        item.remove();
        this.rows.delete(key);
      }
    }
    rows.forEach((row, place) => {
      if (!this.rows.has(row.key)) this.rows.set(row.key, this.made());
      const item = this.rows.get(row.key);
      if (this.list.children[place] !== item) this.list.insertBefore(item, this.list.children[place] ?? null);
      this.fill(item, row);
    });
  }

  made() {
    const item = document.createElement("li");
    item.className = "row";
    for (const [kind, name] of [["span", "name"], ["span", "said"], ["span", "acts"], ["progress", "bar"]]) {
      const part = document.createElement(kind);
      part.className = name;
      item.append(part);
    }
    return item;
  }

  fill(item, row) {
    const [name, said, acts, bar] = item.children;
    name.textContent = row.name;
    const size = document.createElement("span");
    size.className = "size";
    size.textContent = sizeWords(row.size);
    name.append(size);
    said.textContent = row.said;
    said.classList.toggle("bad", row.bad);
    bar.hidden = row.share === null;
    bar.value = row.share ?? 0;
    bar.setAttribute("aria-label", `${row.name}, sent`);
    const wanted = row.acts.map(([label]) => label);
    if ([...acts.children].map(({ textContent }) => textContent).join() !== wanted.join()) {
      acts.replaceChildren(...wanted.map((label) => {
        const button = document.createElement("button");
        button.type = "button";
        button.textContent = label;
        button.setAttribute("aria-label", `${label} ${row.name}`);
        return button;
      }));
    }
    row.acts.forEach(([, act], place) => { acts.children[place].onclick = act; });
  }
}
