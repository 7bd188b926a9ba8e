/* Starts what makes the pages livelier. Everything works without it. */
import { announce, startCopy } from "./copy.js";
import { enhanceSelects } from "./combo.js";
import { guardForms } from "./guard.js";
import { startLive } from "./live.js";
import { startMenus } from "./menus.js";
import { showTimes } from "./times.js";

document.documentElement.classList.add("js");

/** @param {ParentNode} root */
function enhance(root) {
  showTimes(root);
  enhanceSelects(root);
}

enhance(document);
startCopy();
guardForms();
startMenus();
startLive(enhance, announce);
setInterval(() => showTimes(document), 30_000);

document.querySelector(".side [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });

const wrong = document.querySelector("[data-focus]");
if (wrong instanceof HTMLElement) wrong.focus();
