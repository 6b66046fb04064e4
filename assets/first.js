// Runs in the head of every page, see ui/page_head.py.

// On a phone the menu covers the page, and Streamlit leaves it open when one has chosen.
document.addEventListener("click", ({ target }) => {
  if (window.innerWidth >= 768 || !target.closest("[data-testid=stSidebarNavLink]")) return;
  document.querySelector("[data-testid=stSidebarCollapseButton] button")?.click();
});

// Which settings are open, Data, Network or Training, is known to the browser alone: were the
// server told, the page would run again, and a list that is opened meanwhile would close.
const SOON_MS = 50; // after which the page has shown what was chosen
const SETTINGS = ":is(.st-key-playground-settings, .st-key-digits-settings)";
const nameOf = () => `settings ${location.pathname}`;

// What the browser keeps; a browser that keeps nothing refuses even to be asked.
function memory(use) {
  try {
    return use(localStorage);
  } catch {
    return null;
  }
}

function noteOpen({ target }) {
  const tabs = target.closest("[role=tab]")?.closest(SETTINGS);
  if (!tabs) return;
  setTimeout(() => {
    const open = tabs.querySelector("[role=tab][aria-selected=true]");
    if (open) memory((store) => store.setItem(nameOf(), open.innerText));
  }, SOON_MS);
}
for (const kind of ["click", "keyup"]) document.addEventListener(kind, noteOpen, true);

const opened = new WeakSet(); // tabs that stand as they did before
new MutationObserver(() => {
  const tabs = document.querySelector(SETTINGS);
  if (!tabs || opened.has(tabs) || !tabs.querySelector("[role=tab]")) return;
  opened.add(tabs);
  const before = memory((store) => store.getItem(nameOf()));
  const tab = [...tabs.querySelectorAll("[role=tab]")].find((t) => t.innerText === before);
  if (tab?.ariaSelected === "false") tab.click();
}).observe(document, { childList: true, subtree: true });

document.addEventListener("click", ({ target }) => {
  if (target.closest(".st-key-forget button")) memory((store) => store.clear());
});
