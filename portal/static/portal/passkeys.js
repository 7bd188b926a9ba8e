/* Passkeys: asks the browser for one, puts the answer into the form, sends it. */
import { announce } from "./copy.js";

/* What ends the question that the browser has before it; a browser takes one at a time. */
/** @type {AbortController | null} */
let asking = null;

/* Whether the browser reads and writes passkeys as JSON: Firefox 119, Chrome 129, Safari 18.4. */
const isAble = () => Boolean(globalThis.PublicKeyCredential?.parseCreationOptionsFromJSON);

/** @param {any} options @param {AbortSignal} signal */
function create({ publicKey }, signal) {
  const authenticatorSelection = {
    ...publicKey.authenticatorSelection,
    residentKey: "required",
    requireResidentKey: true,
    userVerification: "required",
  };
  const asked = { ...publicKey, authenticatorSelection };
  return navigator.credentials.create({
    signal,
    publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(asked),
  });
}

/** @param {any} options @param {AbortSignal} signal @param {CredentialMediationRequirement} mediation */
function get({ publicKey }, signal, mediation) {
  return navigator.credentials.get({
    signal,
    mediation,
    publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(publicKey),
  });
}

/** @param {HTMLFormElement} form */
async function fetched(form) {
  const answer = await fetch(form.action, { headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error(`the portal answered ${answer.status}`);
  return answer.json();
}

/* One after the other, because of all that it asked the portal knows the last alone. */
let before = Promise.resolve();

/** @param {HTMLFormElement} form */
function optionsOf(form) {
  const given = document.getElementById(form.dataset.options ?? "");
  if (given) return JSON.parse(given.textContent ?? "{}");
  const options = before.then(() => fetched(form));
  before = options.catch(() => {});
  return options;
}

/* Asks the browser in the place of whatever it was asked before, and sends what it answers. */
/** @param {HTMLFormElement} form @param {CredentialMediationRequirement} mediation */
async function ask(form, mediation) {
  asking?.abort();
  const mine = new AbortController();
  asking = mine;
  try {
    const options = await optionsOf(form);
    const credential = options.creation_options
      ? await create(options.creation_options, mine.signal)
      : await get(options.request_options, mine.signal, mediation);
    const field = form.querySelector("[name='credential']");
    if (!(field instanceof HTMLInputElement)) throw new Error("the form takes no passkey");
    if (!(credential instanceof PublicKeyCredential)) throw new Error("this is no passkey");
    field.value = JSON.stringify(credential.toJSON());
    form.submit();
  } finally {
    if (asking === mine) asking = null;
  }
}

/** @param {HTMLFormElement} form @param {string} words */
function say(form, words) {
  const place = form.querySelector("[data-passkey-said]");
  if (place) place.textContent = words;
  announce(words);
}

/** @param {HTMLButtonElement} button */
async function use(button) {
  const form = button.form;
  if (!form || button.ariaDisabled === "true") return;
  if (!isAble()) {
    say(form, "This browser cannot use passkeys here. Update it, or choose another way.");
    return;
  }
  button.ariaDisabled = "true";
  try {
    await ask(form, "optional");
  } catch {
    button.ariaDisabled = "false";
    say(form, "No passkey was used, and nothing was changed. Try again, or choose another way.");
  }
}

/* Nobody pressed anything, so what goes wrong is not said: the button and the password are there. */
/** @param {HTMLFormElement} form */
async function offer(form) {
  try {
    const offers = isAble() && (await PublicKeyCredential.isConditionalMediationAvailable?.());
    if (offers && !asking) await ask(form, "conditional");
  } catch {
    /* The page stays as it is without passkeys in the field. */
  }
}

/* Passkeys among what the browser fills into the field for the address. Once somebody turns to it:
   the portal keeps in a session what it asks, which whoever only opens the page does not need. */
function startOffering() {
  const field = document.querySelector("input[autocomplete~='webauthn']");
  const button = document.querySelector("[data-passkey]");
  if (!(field instanceof HTMLInputElement) || !(button instanceof HTMLButtonElement)) return;
  const { form } = button;
  if (!form) return;
  const first = new AbortController();
  for (const sign of ["focusin", "pointermove"]) {
    field.form?.addEventListener(
      sign,
      () => {
        first.abort();
        void offer(form);
      },
      { signal: first.signal },
    );
  }
}

export function startPasskeys() {
  document.addEventListener("click", (event) => {
    const button = event.target instanceof Element && event.target.closest("[data-passkey]");
    if (button instanceof HTMLButtonElement) void use(button);
  });
  startOffering();
}
