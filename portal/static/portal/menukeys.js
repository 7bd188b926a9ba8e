/* Menus by keyboard: arrows, Home, End, first letters; and a search that the server answers. */

const PAUSE = 500;
let typed = "";
let typedAt = 0;

/** @param {Element} menu */
const stops = (menu) =>
  [...menu.querySelectorAll("summary, input[type=search], a, button")].filter(
    (one) => one instanceof HTMLElement && one.offsetParent,
  );

/** @param {Element} menu @param {number} step */
function step(menu, step) {
  const all = stops(menu);
  const at = all.indexOf(document.activeElement);
  all[(at + step + all.length) % all.length]?.focus();
}

const isTyping = () => typed !== "" && Date.now() - typedAt < PAUSE;

/** Puts the focus where `letter` leads; whether that is all there is to do with it.
 * @param {Element} menu @param {string} letter */
function jump(menu, letter) {
  typed = isTyping() ? typed + letter : letter;
  typedAt = Date.now();
  const search = menu.querySelector("[data-menu-search]");
  if (search instanceof HTMLInputElement) {
    search.focus();
    return false;
  }
  const words = typed.toLowerCase();
  const links = [...menu.querySelectorAll(".menu-list a")];
  const found = links.find((one) => one.textContent.trim().toLowerCase().startsWith(words));
  if (found instanceof HTMLElement) found.focus();
  return true;
}

/** @param {KeyboardEvent} event */
function onKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || !(event.target instanceof Element)) return;
  const menu = event.target.closest("details.menu");
  if (!menu) return;
  const inField = event.target.matches("input, select, textarea");
  const isSearch = event.target.matches("[type=search]");
  if (inField && !isSearch) return;
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    menu.setAttribute("open", "");
    step(menu, event.key === "ArrowDown" ? 1 : -1);
  } else if (!menu.hasAttribute("open") || inField) {
    return;
  } else if (event.key === "Home" || event.key === "End") {
    event.preventDefault();
    const all = stops(menu);
    all.at(event.key === "Home" ? 0 : -1)?.focus();
  } else if (event.key.length === 1 && (event.key !== " " || isTyping())) {
    // Where there is a search, the letter falls into it, as it has just got the focus.
    if (jump(menu, event.key)) event.preventDefault();
  }
}

/** @type {AbortController | undefined} */
let asking;

/** @param {HTMLInputElement} field */
async function search(field) {
  asking?.abort();
  asking = new AbortController();
  const list = document.getElementById(field.dataset.menuSearch ?? "");
  const form = field.form;
  if (!list || !form) return;
  const query = new URLSearchParams({ part: "1", q: field.value, at: form.elements.at.value });
  try {
    const answer = await fetch(`${form.action}?${query}`, { signal: asking.signal });
    if (answer.ok && !answer.redirected) list.innerHTML = await answer.text();
  } catch (error) {
    // A newer search took its place, or there is no network: Enter still asks for the page.
    if (!(error instanceof DOMException || error instanceof TypeError)) throw error;
  }
}

export function startMenuKeys() {
  document.addEventListener("keydown", onKey);
  document.addEventListener("input", ({ target }) => {
    if (target instanceof HTMLInputElement && "menuSearch" in target.dataset) void search(target);
  });
}
