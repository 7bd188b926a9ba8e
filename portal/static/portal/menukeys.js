/* Menus by keyboard: arrows, Home, End, first letters. */

const PAUSE = 500;
let typed = "";
let typedAt = 0;

/** What can have the focus and is seen.
 * @param {Element} menu @returns {HTMLElement[]} */
const stops = (menu) =>
  [...menu.querySelectorAll("summary, input[type=search], a, button")].flatMap((one) =>
    one instanceof HTMLElement && one.offsetParent ? [one] : [],
  );

/** @param {Element} menu @param {number} step */
function step(menu, step) {
  const all = stops(menu);
  const at = all.findIndex((one) => one === document.activeElement);
  all[(at + step + all.length) % all.length]?.focus();
}

const isTyping = () => typed !== "" && Date.now() - typedAt < PAUSE;

/** Puts the focus where `letter` leads; whether that is all there is to do with it.
 * @param {Element} menu @param {string} letter */
function jump(menu, letter) {
  typed = isTyping() ? typed + letter : letter;
  typedAt = Date.now();
  const search = menu.querySelector("input[type=search]");
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

export function startMenuKeys() {
  document.addEventListener("keydown", onKey);
}
