/* Copy buttons: what was copied is seen on the button and spoken. */

/** @param {string} words */
export function announce(words) {
  const place = document.getElementById("spoken");
  if (place && place.textContent !== words) place.textContent = words;
}

/** @param {HTMLElement} source */
async function copyText(source) {
  const text = source.textContent ?? "";
  if (navigator.clipboard && window.isSecureContext) {
    await navigator.clipboard.writeText(text);
    return;
  }
  const range = document.createRange();
  range.selectNodeContents(source);
  const selection = window.getSelection();
  selection?.removeAllRanges();
  selection?.addRange(range);
  const done = document.execCommand("copy");
  selection?.removeAllRanges();
  if (!done) throw new Error("copying was refused");
}

/** @param {HTMLElement} button */
async function copyFrom(button) {
  const source = document.getElementById(button.dataset.copy ?? "");
  const word = button.querySelector("[data-copy-word]");
  if (!source || !word) return;
  let said = "Copied";
  try {
    await copyText(source);
  } catch {
    said = "Not copied";
  }
  word.textContent = said;
  announce("");
  announce(said);
  setTimeout(() => { word.textContent = "Copy"; }, 2000);
}

export function startCopy() {
  document.addEventListener("click", (event) => {
    const button = event.target instanceof Element && event.target.closest("[data-copy]");
    if (button instanceof HTMLElement) void copyFrom(button);
  });
}
