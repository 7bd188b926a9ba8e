/* A button that may be pressed again after a while says how long that is. */
import { announce } from "./copy.js";

/** @param {HTMLButtonElement} button */
function countDown(button) {
  const until = Date.now() + Number(button.dataset.wait) * 1000;
  const place = button.querySelector("[data-wait-left]");
  const left = () => Math.max(0, Math.ceil((until - Date.now()) / 1000));
  if (!place || !left()) return;
  const words = () => ` in ${left()} ${left() === 1 ? "second" : "seconds"}`;
  const tick = () => {
    place.textContent = left() ? words() : "";
    if (left()) return;
    clearInterval(clock);
    button.removeAttribute("aria-disabled");
    announce("You can ask for a new code now.");
  };
  const clock = setInterval(tick, 1000);
  button.setAttribute("aria-disabled", "true");
  button.addEventListener("click", (event) => {
    if (!left()) return;
    event.preventDefault();
    announce("");
    announce(`You can ask for a new code${words()}.`);
  });
  tick();
}

export function startCountdowns() {
  for (const button of document.querySelectorAll("button[data-wait]")) {
    if (button instanceof HTMLButtonElement) countDown(button);
  }
}
