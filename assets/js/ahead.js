// Changes after which a run begins anew: the server hears of them over the live route before
// Streamlit has brought them there, and the new run is on the board when the page comes round to
// it. Whatever is not told here, or told wrongly, the page does by itself.

const BUTTONS = ["new_weights", "new_points", "reset"];
const MENUS = { all_activations: "activation", problem: "problem" };
const FEATURES = "[class*=st-key-][class*=-features] [aria-pressed]";

// Called by a component of the page that has something to tell the board.
export function announceChange(what, chosen) {
  document.dispatchEvent(new CustomEvent("glassbox-change", { detail: { what, chosen } }));
}

export function listenAhead(board) {
  const { signal } = board.leaving;
  const on = (kind, act) => document.addEventListener(kind, act, { signal, capture: true });
  const inside = (target, name) =>
    target?.closest?.(`[class*=st-key-${board.data.keys}-${name}]`) ?? null;
  const tell = (what, chosen = null) => {
    const { socket, data } = board;
    if (!socket || !data.keys || !data.tab) return; // the page alone knows which run is to go
    socket.send(JSON.stringify({ redraw: { what, chosen } }));
  };
  const choose = (option) => {
    const list = option?.closest("[role=listbox]");
    const box = list && ownerOf(list);
    for (const [name, what] of Object.entries(MENUS)) {
      if (inside(box, name)) tell(what, option.innerText.trim());
    }
  };

  on("glassbox-change", ({ detail: { what, chosen } }) => tell(what, chosen));
  on("click", ({ target }) => {
    const button = target.closest?.("button");
    const name = BUTTONS.find((each) => inside(button, each));
    if (name) tell(name);
    const feature = inside(button, "dataset") && button.closest(FEATURES);
    if (feature) tell("feature", [...feature.parentElement.children].indexOf(feature));
  });
  on("pointerup", ({ target, pointerType }) => {
    if (pointerType === "mouse") choose(target.closest?.("[role=option]")); // a finger may scroll
  });
  on("keydown", ({ key, target }) => {
    const id = key === "Enter" && target.getAttribute?.("aria-activedescendant");
    if (id) choose(document.getElementById(id));
  });
}

// The box on the page that has opened a list.
function ownerOf({ id }) {
  return document.querySelector(`[aria-controls="${id.replaceAll('"', '\\"')}"]`);
}
