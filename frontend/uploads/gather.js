// What was dropped or chosen, as things to send: a file as it is, a folder as one tar file.

const LEFT_OUT = new Set([".DS_Store", "Thumbs.db", "desktop.ini", "__MACOSX", "@eaDir"]);

/** A short word for a text: the same file chosen again is found by it. */
function wordFor(text) {
  let [a, b] = [0x811c9dc5, 0x9e3779b9];
  for (let i = 0; i < text.length; i += 1) {
    a = Math.imul(a ^ text.charCodeAt(i), 0x01000193);
    b = Math.imul(b ^ text.charCodeAt(i), 0x85ebca6b);
  }
  return [a, b].map((part) => (part >>> 0).toString(16).padStart(8, "0")).join("");
}

function alone(file) {
  const fingerprint = wordFor(`${file.name}/${file.size}/${file.lastModified}`);
  return { name: file.name, blob: file, fingerprint };
}

function asFolder(name, entries) {
  const kept = entries.filter(({ path }) => !path.split("/").some((part) => LEFT_OUT.has(part) || part.startsWith("._")));
  kept.sort((one, other) => (one.path < other.path ? -1 : 1));
  const told = kept.map(({ path, file }) => `${path}/${file.size}/${file.lastModified}`).join("\n");
  return { name: `${name}.tar`, blob: packed(kept), fingerprint: wordFor(told), empty: kept.length === 0 };
}

/** What an input of files or of a folder holds. */
function chosen(files) {
  const folders = new Map();
  const single = [];
  for (const file of files) {
    const path = file.webkitRelativePath;
    if (!path) {
      single.push(alone(file));
      continue;
    }
    const root = path.split("/")[0];
    if (!folders.has(root)) folders.set(root, []);
    folders.get(root).push({ path, file });
  }
  return [...single, ...[...folders].map(([name, entries]) => asFolder(name, entries))];
}

/** What was dropped; the entries must be taken before anything is awaited. */
async function dropped(transfer) {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  if (entries.length === 0) return chosen(transfer.files);
  return Promise.all(
    entries.map(async (entry) => {
      if (entry.isFile) return alone(await fileOf(entry));
      const found = [];
      await collect(entry, entry.name, found);
      return asFolder(entry.name, found);
    }),
  );
}

function fileOf(entry) {
  return new Promise((done, failed) => entry.file(done, failed));
}

async function collect(folder, path, found) {
  const reader = folder.createReader();
  for (;;) {
    const some = await new Promise((done, failed) => reader.readEntries(done, failed));
    if (some.length === 0) return;
    for (const entry of some) {
      const below = `${path}/${entry.name}`;
      if (entry.isDirectory) await collect(entry, below, found);
      else found.push({ path: below, file: await fileOf(entry) });
    }
  }
}
