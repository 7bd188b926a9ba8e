/* Closes menus as people expect, and puts the cursor into the search at "/". */

/** @param {KeyboardEvent} event */
function closeOnEscape(event) {
  if (event.key !== "Escape") return;
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    menu.removeAttribute("open");
    if (menu.contains(document.activeElement)) menu.querySelector("summary")?.focus();
  }
}

/** @param {Event} event */
function closeOthers(event) {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (event.target instanceof Node && !menu.contains(event.target)) menu.removeAttribute("open");
  }
}

/** @param {KeyboardEvent} event */
function searchOnSlash(event) {
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
  const at = event.target;
  if (at instanceof HTMLElement && at.closest("input, select, textarea, [contenteditable]")) return;
  const search = document.querySelector("[data-search], .filters input[name='q']");
  if (!(search instanceof HTMLInputElement) || !search.offsetParent) return;
  event.preventDefault();
  search.focus();
  search.select();
}

export function startMenus() {
  document.addEventListener("keydown", closeOnEscape);
  document.addEventListener("keydown", searchOnSlash);
  document.addEventListener("click", closeOthers);
  document.addEventListener("focusin", closeOthers);
}
