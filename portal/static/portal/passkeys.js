/* Passkeys: asks the browser for one, puts the answer into the form, sends it. */
import { announce } from "./copy.js";

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

/** @param {any} options */
async function create(options) {
  const { publicKey } = options;
  const made = await navigator.credentials.create({
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

/** @param {any} options */
async function get(options) {
  const { publicKey } = options;
  const found = await navigator.credentials.get({
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
async function optionsOf(form) {
  const given = document.getElementById(form.dataset.options ?? "");
  if (given) return JSON.parse(given.textContent ?? "{}");
  const answer = await fetch(form.action, { headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error(`the portal answered ${answer.status}`);
  return answer.json();
}

/** @param {HTMLButtonElement} button */
async function use(button) {
  const form = button.form;
  const field = form?.querySelector("[name='credential']");
  const said = form?.querySelector("[data-passkey-said]");
  if (!form || !(field instanceof HTMLInputElement) || button.ariaDisabled === "true") return;
  button.ariaDisabled = "true";
  try {
    const options = await optionsOf(form);
    const credential = options.creation_options
      ? await create(options.creation_options)
      : await get(options.request_options);
    field.value = JSON.stringify(credential);
    form.submit();
  } catch {
    button.ariaDisabled = "false";
    const words = "No passkey was used, and nothing was changed. Try again, or choose another way.";
    if (said) said.textContent = words;
    announce(words);
  }
}

export function startPasskeys() {
  document.addEventListener("click", (event) => {
    const button = event.target instanceof Element && event.target.closest("[data-passkey]");
    if (button instanceof HTMLButtonElement) void use(button);
  });
}
