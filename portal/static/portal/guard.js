/* A form is sent once, however often its button is pressed. */

const PATIENCE = 15_000;

/** @param {HTMLFormElement} form */
function release(form) {
  delete form.dataset.sent;
  for (const button of form.querySelectorAll("[aria-disabled='true']")) {
    button.removeAttribute("aria-disabled");
  }
}

/** @param {SubmitEvent} event */
function guard(event) {
  const form = event.target;
  if (!(form instanceof HTMLFormElement) || form.method !== "post") return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "yes";
  event.submitter?.setAttribute("aria-disabled", "true");
  // No answer came and the page is still here: the person may try again.
  setTimeout(() => release(form), PATIENCE);
}

export function guardForms() {
  document.addEventListener("submit", guard);
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) document.querySelectorAll("form").forEach(release);
  });
}
