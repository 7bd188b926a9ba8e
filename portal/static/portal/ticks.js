/* Says on the buttons of a list how many rows are ticked, and ticks all of a page at once. */

/** @param {ParentNode} root */
export function countTicks(root) {
  for (const form of root.querySelectorAll("form[data-ticks]")) {
    const head = form.querySelector("th.tick");
    if (!(form instanceof HTMLFormElement) || !head || form.querySelector("[data-all]")) continue;
    const all = document.createElement("input");
    all.type = "checkbox";
    all.dataset.all = "";
    all.setAttribute("aria-label", "Tick all on this page");
    head.replaceChildren(all);

    const boxes = () =>
      /** @type {HTMLInputElement[]} */ ([...form.querySelectorAll("input[name='chosen']")]);

    const say = () => {
      const ticked = boxes().filter((box) => box.checked).length;
      all.checked = ticked > 0 && ticked === boxes().length;
      all.indeterminate = ticked > 0 && !all.checked;
      for (const button of form.querySelectorAll("[data-ticked]")) {
        if (!(button instanceof HTMLButtonElement)) continue;
        button.disabled = ticked === 0;
        button.textContent = ticked ? `${button.dataset.ticked} ${ticked} ticked` : `${button.dataset.ticked} ticked`;
      }
    };

    all.addEventListener("change", () => {
      for (const box of boxes()) box.checked = all.checked;
      say();
    });
    form.addEventListener("change", say);
    say();
  }
}
