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

// Streamlit's own link leads past its menu; a strip of buttons, or a run, still stands before the
// settings.
document.addEventListener("DOMContentLoaded", () => {
  const link = document.createElement("a");
  Object.assign(link, { className: "to-settings", href: "#", textContent: "Go to the settings" });
  link.addEventListener("click", (event) => {
    event.preventDefault();
    document.querySelector(SETTINGS)?.querySelector("[role=tab][aria-selected=true]")?.focus();
  });
  document.body.prepend(link);
});

document.addEventListener("click", ({ target }) => {
  if (target.closest(".st-key-forget button")) memory((store) => store.clear());
});

// Back undoes the last change of a setting, see ui/experiment/current_run.py. What is no change,
// the name of a run or what is switched on in its picture, is no step on the way back; nor is the
// first address that a page writes. Streamlit knows only where the address has led: the page is
// told, with a mark that it takes off again.
const NO_CHANGES = ["run", "show", "back"];

function settingsIn(address) {
  const { pathname, searchParams } = new window.URL(address, location);
  for (const name of NO_CHANGES) searchParams.delete(name);
  return `${pathname}?${searchParams}`;
}

function markHistory({ history, History: { prototype: { pushState, replaceState } } }) {
  let path = location.pathname;
  history.replaceState = (state, ...rest) => {
    replaceState.call(history, { ...history.state, ...state }, ...rest);
    path = location.pathname;
  };
  history.pushState = (state, title, url) => {
    const here = new window.URL(url, location).pathname === location.pathname;
    const before = settingsIn(location.href);
    if (here && (before.endsWith("?") || settingsIn(url) === before)) {
      history.replaceState(state, title, url);
      return;
    }
    const changes = here ? (history.state?.changes ?? 0) + 1 : 0; // that one can go back over
    pushState.call(history, { ...state, changes }, title, url);
    path = location.pathname;
  };
  window.addEventListener("popstate", () => {
    const same = path === location.pathname && location.search;
    path = location.pathname;
    if (same && !location.search.includes("back=")) {
      history.replaceState({}, "", `${location.search}&back=1`);
    }
  });
}
markHistory(window);
