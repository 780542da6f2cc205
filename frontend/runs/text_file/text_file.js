// Reads a small text file in the browser and hands name and text to the page; nothing is uploaded.

export default function ({ parentElement, data, setTriggerValue }) {
  const box = parentElement.querySelector("input");
  const told = parentElement.querySelector("p");
  box.accept = data.endings;
  box.onchange = async () => {
    const [file] = box.files;
    box.value = ""; // the same file may be opened again after it was corrected
    told.textContent = "";
    if (!file) return;
    if (file.size > 1024 * data.largest_kb) {
      told.textContent = `${file.name} is larger than ${data.largest_kb} KB; open a text file.`;
      return;
    }
    try {
      const text = new TextDecoder("utf-8", { fatal: true }).decode(await file.arrayBuffer());
      setTriggerValue("opened", { name: file.name, text });
    } catch {
      told.textContent = `${file.name} is not text; open a YAML file.`;
    }
  };
}
