// The keyboard: which keys do what on the page, and where they mean something else.

// What has the keys for itself while it is focused.
const USES_KEYS = [
  "input:not([type=checkbox])",
  "textarea",
  "select",
  "dialog[open]",
  "[role=slider]",
  "[role=combobox]",
  "[role=listbox]",
  "[role=tab]",
  "[role=radiogroup]",
  "[data-testid=stButtonGroup]",
  "[contenteditable]",
].join();

const AT_WORK = ["running", "unwatched"]; // statuses of a run that trains when it is looked at

const STEP_BY_STEP = { ArrowLeft: "slow-back", ArrowRight: "slow-next" };

// What has Ctrl Z for itself; not a list that is closed, though one may type into it.
const WRITES = [
  "input:not([type=range], [type=checkbox], [role=combobox][aria-expanded=false])",
  "textarea",
  "[contenteditable]",
].join();

const undoes = ({ key, ctrlKey, metaKey, altKey, shiftKey }) =>
  key.toLowerCase() === "z" && (ctrlKey || metaKey) && !altKey && !shiftKey;

// Takes back the last change of a setting, if there is one: the browser's Back does the same.
export function undo(event) {
  if (!(window.history.state?.changes > 0)) return;
  event?.preventDefault();
  window.history.back();
}

// Does what a key means to a board, if it means anything.
export function pressKey(board, event) {
  const { keys: page } = board.data;
  const { key } = event;
  const [focus] = event.composedPath();
  if (page && undoes(event) && !focus.closest?.(WRITES)) {
    undo(event);
    return;
  }
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
  if (!page || board.parts.keys.open || focus.closest?.(USES_KEYS)) return;
  if (key === " " && !takesSpace(focus, page)) return;
  const button = (name) => document.querySelector(`.st-key-${page}-${name} button`);
  const press = (name) => button(name)?.click();
  if (STEP_BY_STEP[key] && button("slow-next")) press(STEP_BY_STEP[key]);
  else if (key === " ") press(board.root.dataset.status === "running" ? "pause" : "train");
  else if (key === "ArrowRight") press("step");
  else if (key === "ArrowLeft") board.view.goBack();
  else if (key === "0") press("reset"); // R and C are Streamlit's own: a press would be two wishes
  else if (key === "?") board.parts.keys.showModal();
  else return;
  event.preventDefault();
}

// The space bar presses a focused button, except for the two that it stands for anyway.
function takesSpace(focus, page) {
  const pressable = focus.closest?.("button, summary, a");
  // the focus stays in a dialog that was closed until the browser draws its next frame
  if (!pressable || pressable.closest("dialog:not([open])")) return true;
  if (!pressable.closest(`.st-key-${page}-train, .st-key-${page}-pause`)) return false;
  // or the browser would press it when the key comes up
  pressable.addEventListener("keyup", (event) => event.preventDefault(), { once: true });
  return true;
}

// Of Train and Pause only the one is in sight that does something; the focus goes along.
export function showOneOfTwo({ data: { buttons: page } }, status) {
  const { dataset } = document.documentElement;
  const run = AT_WORK.includes(status) ? "at work" : "at rest";
  if (!page || dataset.run === run) return;
  const [shown, hidden] = run === "at work" ? ["pause", "train"] : ["train", "pause"];
  const held = document.activeElement?.closest(`.st-key-${page}-${hidden}`);
  dataset.run = run;
  if (held) document.querySelector(`.st-key-${page}-${shown} button`)?.focus();
}
