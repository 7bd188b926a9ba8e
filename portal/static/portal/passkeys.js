/* Passkeys: asks the browser for one, puts the answer into the form, sends it. */
import { announce } from "./copy.js";

/* What ends the question that the browser has before it; a browser takes one at a time. */
/** @type {AbortController | null} */
let asking = null;

/** @param {string} words */
function bytes(words) {
  const plain = atob(words.replace(/-/g, "+").replace(/_/g, "/"));
  return Uint8Array.from(plain, (letter) => letter.charCodeAt(0));
}

/** @param {ArrayBuffer} buffer */
function words(buffer) {
  const plain = String.fromCharCode(...new Uint8Array(buffer));
  return btoa(plain).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

/** @param {any[]} [keys] */
const known = (keys) => (keys ?? []).map((key) => ({ ...key, id: bytes(key.id) }));

/** @param {any} options @param {AbortSignal} signal */
async function create(options, signal) {
  const { publicKey } = options;
  const made = await navigator.credentials.create({
    signal,
    publicKey: {
      ...publicKey,
      challenge: bytes(publicKey.challenge),
      user: { ...publicKey.user, id: bytes(publicKey.user.id) },
      excludeCredentials: known(publicKey.excludeCredentials),
      authenticatorSelection: {
        ...publicKey.authenticatorSelection,
        residentKey: "required",
        requireResidentKey: true,
        userVerification: "required",
      },
    },
  });
  const { response } = made;
  return {
    ...outside(made),
    response: {
      clientDataJSON: words(response.clientDataJSON),
      attestationObject: words(response.attestationObject),
      transports: response.getTransports?.() ?? [],
    },
  };
}

/** @param {any} options @param {AbortSignal} signal @param {CredentialMediationRequirement} mediation */
async function get(options, signal, mediation) {
  const { publicKey } = options;
  const found = await navigator.credentials.get({
    signal,
    mediation,
    publicKey: {
      ...publicKey,
      challenge: bytes(publicKey.challenge),
      allowCredentials: known(publicKey.allowCredentials),
    },
  });
  const { response } = found;
  return {
    ...outside(found),
    response: {
      clientDataJSON: words(response.clientDataJSON),
      authenticatorData: words(response.authenticatorData),
      signature: words(response.signature),
      userHandle: response.userHandle ? words(response.userHandle) : null,
    },
  };
}

/** @param {any} credential */
function outside(credential) {
  return {
    type: credential.type,
    id: credential.id,
    rawId: words(credential.rawId),
    authenticatorAttachment: credential.authenticatorAttachment,
    clientExtensionResults: credential.getClientExtensionResults(),
  };
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
    field.value = JSON.stringify(credential);
    form.submit();
  } finally {
    if (asking === mine) asking = null;
  }
}

/** @param {HTMLButtonElement} button */
async function use(button) {
  const form = button.form;
  if (!form || button.ariaDisabled === "true") return;
  button.ariaDisabled = "true";
  try {
    await ask(form, "optional");
  } catch {
    button.ariaDisabled = "false";
    const said = form.querySelector("[data-passkey-said]");
    const words = "No passkey was used, and nothing was changed. Try again, or choose another way.";
    if (said) said.textContent = words;
    announce(words);
  }
}

/* Nobody pressed anything, so what goes wrong is not said: the button and the password are there. */
/** @param {HTMLFormElement} form */
async function offer(form) {
  try {
    const able = await globalThis.PublicKeyCredential?.isConditionalMediationAvailable?.();
    if (able && !asking) await ask(form, "conditional");
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
