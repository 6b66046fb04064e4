// Runs in the head of every page, see ui/page_head.py: on a phone the menu covers the page, and
// Streamlit leaves it open when one has chosen.

document.addEventListener("click", ({ target }) => {
  if (window.innerWidth >= 768 || !target.closest("[data-testid=stSidebarNavLink]")) return;
  document.querySelector("[data-testid=stSidebarCollapseButton] button")?.click();
});
