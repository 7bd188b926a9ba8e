/* Starts what makes the pages livelier. Everything works without it. */
import { announce, startCopy } from "./copy.js";
import { rememberForms, startBack } from "./back.js";
import { enhanceSelects } from "./combo.js";
import { keepDrafts } from "./drafts.js";
import { guardForms } from "./guard.js";
import { startKeeping } from "./keep.js";
import { startLive } from "./live.js";
import { startMenuKeys } from "./menukeys.js";
import { startMenus } from "./menus.js";
import { proposeNames } from "./propose.js";
import { startPasskeys } from "./passkeys.js";
import { proposePlaces } from "./zones.js";
import { countTicks } from "./ticks.js";
import { showTimes, tellZone } from "./times.js";
import { startCountdowns } from "./wait.js";

document.documentElement.classList.add("js");

/** @param {ParentNode} root */
function enhance(root) {
  showTimes(root);
  proposePlaces(root);
  enhanceSelects(root);
  countTicks(root);
  proposeNames(root);
}

// Before lists become boxes to search in, which show what their list holds.
rememberForms();
keepDrafts();
tellZone();
enhance(document);
startCopy();
startBack();
guardForms();
startKeeping();
startMenus();
startMenuKeys();
startPasskeys();
startCountdowns();
startLive(enhance, announce);
setInterval(() => showTimes(document), 30_000);

document.querySelector(".side [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });

// What is wrong comes first; then what was done, unless the page has a field to type in at once.
// Going to the fragment of the address takes the focus away, as late as when all is loaded.
function focusWhatCounts() {
  const first =
    document.querySelector("[data-focus]") ??
    (document.querySelector("[autofocus]") ? null : document.querySelector("[data-notice]"));
  if (first instanceof HTMLElement && document.activeElement === document.body) first.focus();
}
focusWhatCounts();
addEventListener("load", () => requestAnimationFrame(focusWhatCounts), { once: true });
