// The small buttons at the foot of the rail; the frame does what they ask.

export default function mount({ parentElement }) {
  for (const button of parentElement.querySelectorAll("button")) {
    button.onclick = () => document.dispatchEvent(new CustomEvent("radiomiclens", { detail: button.dataset.do }));
  }
}
