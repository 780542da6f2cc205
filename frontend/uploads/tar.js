// A folder as one tar file, which is read from the disk only while it is sent: the Blob holds headers and references.

const BLOCK = 512;
const LONGEST_NAME = 100;
const LARGEST = 8 ** 11;
const BYTES = new TextEncoder();

/** The header of an entry, by the ustar format of POSIX. */
function tarHeader(name, size, seconds, type) {
  const block = new Uint8Array(BLOCK);
  const put = (text, at) => block.set(BYTES.encode(text), at);
  const octal = (value, digits) => value.toString(8).padStart(digits, "0");
  put(name, 0);
  put("0000600\0" + "0000000\0".repeat(2), 100);
  put(`${octal(size, 11)}\0${octal(seconds, 11)}\0${" ".repeat(8)}${type}`, 124);
  put("ustar\x0000", 257);
  put(`${octal(block.reduce((sum, byte) => sum + byte, 0), 6)}\0 `, 148);
  return block;
}

/** `27 path=...\n`: the number is the length of the whole line, itself included. */
function paxLine(key, value) {
  const rest = BYTES.encode(` ${key}=${value}\n`).length;
  let length = rest + 1;
  while (String(length).length + rest !== length) length = String(length).length + rest;
  return BYTES.encode(`${length} ${key}=${value}\n`);
}

function padding(size) {
  return new Uint8Array((BLOCK - (size % BLOCK)) % BLOCK);
}

/** The tar file of `{ path, file }`; the same files give the same bytes, so that a transfer can go on later. */
function packed(entries) {
  const parts = [];
  for (const { path, file } of entries) {
    const seconds = Math.max(0, Math.floor(file.lastModified / 1000));
    const plain = /^[\x20-\x7e]*$/.test(path) && path.length <= LONGEST_NAME && file.size < LARGEST;
    if (!plain) {
      const lines = new Blob([paxLine("path", path), ...(file.size < LARGEST ? [] : [paxLine("size", file.size)])]);
      parts.push(tarHeader("pax", lines.size, seconds, "x"), lines, padding(lines.size));
    }
    parts.push(tarHeader(plain ? path : "file", plain || file.size < LARGEST ? file.size : 0, seconds, "0"));
    parts.push(file, padding(file.size));
  }
  return new Blob([...parts, new Uint8Array(2 * BLOCK)]);
}
