/* The browser's own time zone is proposed where none is known; the region follows the zone. */

const OWN_ZONE = Intl.DateTimeFormat().resolvedOptions().timeZone;

/** The browser's own zone, under the name that a list has for it.
    @param {HTMLSelectElement} select */
export function ownZone(select) {
  const named = (/** @type {HTMLOptionElement} */ { value, dataset }) =>
    value === OWN_ZONE || (dataset.words ?? "").split(" ").includes(OWN_ZONE);
  return [...select.options].find(named)?.value;
}

/** @param {HTMLSelectElement} select */
const country = (select) => select.selectedOptions[0]?.dataset.region ?? "";

/** Before lists become boxes to search in, which show what their list holds.
    @param {ParentNode} root */
export function proposePlaces(root) {
  for (const form of root.querySelectorAll("form")) {
    const zone = form.querySelector('[data-combo="zone"] select');
    const region = form.querySelector('[data-combo="region"] select');
    if (!(zone instanceof HTMLSelectElement) || !(region instanceof HTMLSelectElement)) continue;
    if (!zone.value) zone.value = ownZone(zone) ?? "";
    let before = country(zone);
    const follow = () => {
      // What somebody has chosen otherwise stays.
      if (country(zone) && (!region.value || region.value === before)) {
        region.value = country(zone);
        region.dispatchEvent(new Event("change", { bubbles: true }));
      }
      before = country(zone) || before;
    };
    follow();
    zone.addEventListener("change", follow);
  }
}
