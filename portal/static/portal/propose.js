/* Proposes a name for the account while the website is typed, until somebody types one. */

const SECOND_LEVEL = new Set(["ac", "co", "com", "gov", "net", "org"]);

/** The website's name, as site_name() of the server says it. @param {string} typed */
function siteName(typed) {
  const host = typed.trim().replace(/^[a-z]+:\/\//i, "").replace(/[/:?#].*$/, "").toLowerCase().replace(/^www\./, "");
  const labels = host.split(".");
  if (labels.length < 2 || labels.some((label) => !label)) return "";
  const short = labels.length === 2 || (labels.length === 3 && SECOND_LEVEL.has(labels[1]));
  if (!short) return host;
  return labels[0].replaceAll("-", " ").replace(/(^|\s)\p{L}/gu, (letter) => letter.toUpperCase());
}

/** @param {ParentNode} root */
export function proposeNames(root) {
  for (const form of root.querySelectorAll("form[data-propose]")) {
    const website = form.querySelector("[name='website_url']");
    const name = form.querySelector("[name='account_name']");
    if (!(website instanceof HTMLInputElement) || !(name instanceof HTMLInputElement) || name.value) continue;
    const pattern = form instanceof HTMLElement ? form.dataset.propose ?? "{website}" : "{website}";
    let proposed = "";
    website.addEventListener("input", () => {
      if (name.value !== proposed) return;
      const site = siteName(website.value);
      proposed = site ? pattern.replaceAll("{website}", site).slice(0, 100) : "";
      name.value = proposed;
    });
  }
}
