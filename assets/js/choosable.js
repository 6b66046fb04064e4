// Small pictures with words below, of which one is chosen: buttons, with the chosen one pressed.

import { element } from "./dom.js";

const groups = new WeakMap(); // root element -> what it shows; a rerun calls the component again

export default function glassboxChoosable({ parentElement, data, setTriggerValue }) {
  const root = parentElement.querySelector('[data-part="pictures"]');
  const group = groups.get(root) ?? { shown: "", buttons: [] };
  groups.set(root, group);
  group.choose = (number) => setTriggerValue("chosen", number);
  const { pictures, chosen, label } = data;
  root.setAttribute("aria-label", label);
  const shown = JSON.stringify(pictures);
  if (shown !== group.shown) {
    group.shown = shown;
    layOut(root, group, pictures);
  }
  pictures.forEach(({ number }, i) => {
    group.buttons[i].setAttribute("aria-pressed", number === chosen);
  });
}

// A button that stays where it is keeps the focus, whatever picture it shows by now.
function layOut(root, group, pictures) {
  while (group.buttons.length > pictures.length) group.buttons.pop().remove();
  while (group.buttons.length < pictures.length) {
    const at = group.buttons.length;
    const button = element("button", { type: "button" }, element("img"), element("span"));
    button.addEventListener("click", () => group.choose(group.numbers[at]));
    group.buttons.push(button);
    root.append(button);
  }
  group.numbers = pictures.map(({ number }) => number);
  pictures.forEach(({ source, words }, i) => {
    const [image, text] = group.buttons[i].children;
    Object.assign(image, { src: source, alt: "" });
    text.textContent = words;
  });
}
