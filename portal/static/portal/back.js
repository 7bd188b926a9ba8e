/* Who comes back to a form by "Back" finds what they sent, and sending it again makes nothing twice:
   what was typed and the form's own number stay with its place in the history of this tab. */

const NEVER = new Set(["csrfmiddlewaretoken"]);

/** @param {HTMLFormElement} form */
export function typed(form) {
  return [...new FormData(form)].filter(([name, value]) => typeof value === "string" && !NEVER.has(name));
}

/** @param {HTMLFormElement} form @param {[string, string][]} pairs */
export function restore(form, pairs) {
  for (const field of form.elements) {
    if (!("name" in field) || !pairs.some(([name]) => name === field.name)) continue;
    const values = pairs.filter(([name]) => name === field.name).map(([, value]) => value);
    if (field instanceof HTMLInputElement && (field.type === "radio" || field.type === "checkbox")) {
      field.checked = values.includes(field.value);
    } else if (
      (field instanceof HTMLInputElement && field.type !== "password") ||
      field instanceof HTMLTextAreaElement ||
      field instanceof HTMLSelectElement
    ) {
      field.value = values[0];
    }
  }
}

/** Takes who presses "Go back" to the page before; where there is none, the button goes. */
export function startBack() {
  for (const button of document.querySelectorAll("[data-back]")) {
    if (history.length < 2) button.remove();
    button.addEventListener("click", () => history.back());
  }
}

export function rememberForms() {
  const number = document.querySelector("form [name='submission']");
  const form = number instanceof HTMLInputElement ? number.form : null;
  if (!form) return;
  if (history.state?.typed) restore(form, history.state.typed);
  form.addEventListener("submit", () => {
    history.replaceState({ ...history.state, typed: typed(form) }, "");
  });
}
