/* Helps htmx keep a part of the page up to date without getting in anybody's way. */

/** An answer that differs only in the forms' tokens and in words like "4 minutes ago" is no news.
 * @param {string} html */
const comparable = (html) =>
  html.replace(/name="csrfmiddlewaretoken" value="[^"]*"/g, "").replace(/(<time[^>]*>)[^<]*/g, "$1");

/** @type {string} */
let lastAnswer = "";
/** @type {string[]} */
let openDetails = [];
/** @type {[string, string][]} */
let chosen = [];

/** @param {Element} element @param {number} delay */
function pollAgain(element, delay) {
  setTimeout(() => {
    if (element.isConnected) element.dispatchEvent(new Event("resume"));
  }, delay);
}

/** @param {Element} element */
function delayOf(element) {
  const seconds = /delay:(\d+)s/.exec(element.getAttribute("hx-trigger") ?? "");
  return Number(seconds?.[1] ?? 3) * 1000;
}

/** @param {CustomEvent} event */
function beforeRequest(event) {
  const element = event.detail.elt;
  if (!element.matches("[data-poll]")) return;
  if (element.querySelector("form[data-sent]")) {
    event.preventDefault();
    pollAgain(element, delayOf(element));
    return;
  }
  if (!document.hidden) return;
  event.preventDefault();
  document.addEventListener("visibilitychange", () => pollAgain(element, 0), { once: true });
}

/** @param {{requestPath: string, responsePath?: string}} paths */
function isElsewhere({ requestPath, responsePath }) {
  const pathOf = (/** @type {string} */ path) => path.split("?", 1)[0];
  return Boolean(responsePath) && pathOf(responsePath ?? "") !== pathOf(requestPath);
}

/** @param {CustomEvent} event */
function beforeSwap(event) {
  const { target, xhr, pathInfo } = event.detail;
  if (isElsewhere(pathInfo)) {
    // Whoever is signed out is led to a page that has no place within this one.
    event.detail.shouldSwap = false;
    if (target?.id === "live") location.reload();
    return;
  }
  if (!target?.matches("[data-poll]") || xhr.status >= 300) return;
  const answer = comparable(xhr.responseText);
  if (answer === lastAnswer) {
    event.detail.shouldSwap = false;
    pollAgain(target, delayOf(target));
    return;
  }
  lastAnswer = answer;
  chosen = [...target.querySelectorAll("select[id]")].map((select) => [select.id, select.value]);
  openDetails = [...target.querySelectorAll("details[open][id]")].map((details) => details.id);
}

/** @param {CustomEvent} event */
function requestFailed(event) {
  if (event.detail.elt?.matches("[data-poll]")) pollAgain(event.detail.elt, 10_000);
}

/**
 * @param {(root: ParentNode) => void} enhance
 * @param {(words: string) => void} announce
 */
export function startLive(enhance, announce) {
  let spoken = document.querySelector("[data-spoken]")?.textContent ?? "";

  /** @param {CustomEvent} event */
  function afterSwap(event) {
    if (event.detail.target?.id !== "live") return;
    for (const id of openDetails) document.getElementById(id)?.setAttribute("open", "");
    for (const [id, value] of chosen) {
      const select = document.getElementById(id);
      if (select instanceof HTMLSelectElement) select.value = value;
      if (select instanceof HTMLSelectElement && select.selectedIndex < 0) select.selectedIndex = 0;
    }
    const live = document.getElementById("live");
    if (live) enhance(live);
    if (live?.dataset.title) document.title = live.dataset.title;
    const now = document.querySelector("[data-spoken]")?.textContent ?? "";
    if (now && now !== spoken) announce(now);
    spoken = now;
  }

  const on = /** @type {(name: string, act: (event: any) => void) => void} */ (
    (name, act) => document.addEventListener(name, act)
  );
  on("htmx:beforeRequest", beforeRequest);
  on("htmx:beforeSwap", beforeSwap);
  on("htmx:afterSwap", afterSwap);
  on("htmx:sendError", requestFailed);
  on("htmx:responseError", requestFailed);
}
