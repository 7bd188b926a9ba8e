/* Keeps what is shown once: as a file, or on paper. */

/** @param {HTMLElement} button */
function save(button) {
  const source = document.getElementById(button.dataset.save ?? "");
  if (!source) return;
  const link = document.createElement("a");
  link.href = `data:text/plain;charset=utf-8,${encodeURIComponent(source.textContent ?? "")}`;
  link.download = button.dataset.name ?? "codes.txt";
  link.click();
}

export function startKeeping() {
  document.addEventListener("click", (event) => {
    const button = event.target instanceof Element && event.target.closest("[data-save], [data-print]");
    if (!(button instanceof HTMLElement)) return;
    if (button.dataset.save) save(button);
    else window.print();
  });
}
