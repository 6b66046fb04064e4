// Small pictures with words below, of which one is chosen: buttons, with the chosen one pressed.
// Tab reaches one of them, arrow keys go on from there.

import { element } from "./dom.js";

const STEPS = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };

const groups = new WeakMap(); // root element -> what it shows; a rerun calls the component again

export default function glassboxChoosable({ parentElement, data, setTriggerValue }) {
  const root = parentElement.querySelector('[data-part="pictures"]');
  const group = groups.get(root) ?? { shown: "", buttons: [] };
  if (!groups.has(root)) root.addEventListener("keydown", (event) => move(group, event));
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
  const held = group.buttons.indexOf(root.getRootNode().activeElement);
  const pressed = pictures.findIndex(({ number }) => number === chosen);
  reach(group, Math.max(held >= 0 ? held : pressed, 0));
}

function reach(group, at) {
  group.buttons.forEach((button, i) => Object.assign(button, { tabIndex: i === at ? 0 : -1 }));
}

function move(group, event) {
  const step = STEPS[event.key];
  const at = group.buttons.indexOf(event.target) + (step ?? 0);
  if (!step || !group.buttons[at]) return;
  event.preventDefault();
  event.stopPropagation();
  reach(group, at);
  group.buttons[at].focus();
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
