/* Whoever is signed out half-way through a long form finds what they had typed when they are back.

   It is kept in this tab from the moment that the form is sent until the next page that somebody
   is signed in on, for an hour at most, and given back to the same person on the same page alone.
   Only forms that ask for it are kept, and none of them takes a secret. */
import { restore, typed } from "./back.js";

const PLACE = "draft";
const PATIENCE = 3_600_000;

const person = () => document.body.dataset.person ?? "";

/** @returns {HTMLFormElement | null} */
const kept = () => document.querySelector("form[data-draft]");

/** @param {SubmitEvent} event */
function remember(event) {
  const form = event.target;
  if (!(form instanceof HTMLFormElement)) return;
  // Whoever signs out leaves nothing behind.
  // Asked of the attribute, because a field named “action” would stand in for it.
  if (form.getAttribute("action")?.endsWith("/logout/")) sessionStorage.removeItem(PLACE);
  if (!person() || form !== kept()) return;
  const draft = { person: person(), page: location.pathname, at: Date.now(), typed: typed(form) };
  sessionStorage.setItem(PLACE, JSON.stringify(draft));
}

function giveBack() {
  const text = sessionStorage.getItem(PLACE);
  if (!text) return;
  const draft = JSON.parse(text);
  if (!person()) {
    // On the way to signing in.
    sessionStorage.setItem(PLACE, JSON.stringify({ ...draft, left: true }));
    return;
  }
  sessionStorage.removeItem(PLACE);
  const form = kept();
  const mine = draft.person === person() && draft.page === location.pathname;
  if (!form || !draft.left || !mine || Date.now() - draft.at > PATIENCE) return;
  restore(form, draft.typed);
  const words = document.createElement("div");
  words.className = "banner tone-info";
  words.setAttribute("role", "status");
  words.textContent = "You were signed out, so nothing was sent. What you had typed is still here.";
  document.getElementById("main")?.prepend(words);
}

/* A page that the browser kept as it was is a page like any other. */
export function keepDrafts() {
  giveBack();
  document.addEventListener("submit", remember);
  window.addEventListener("pageshow", (event) => {
    if (event.persisted && person()) sessionStorage.removeItem(PLACE);
  });
}
