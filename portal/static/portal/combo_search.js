/* Which choices of a list are meant by what is typed, best first. */

/** @typedef {{value: string, label: string, names: string[], others: string[], offset: string}} Choice */

/** @param {string} text */
export const plain = (text) =>
  text.normalize("NFKD").replace(/\p{M}/gu, "").replace(/[_/,()-]+/g, " ").toLowerCase();

/** @param {string} text */
const wordsOf = (text) => plain(text).split(/\s+/).filter(Boolean);

/** `+05:30` for `utc+5:30`, `GMT +0530` and the like; empty for what is no offset.
    @param {string} text */
const offsetIn = (text) => {
  const found = /^(?:utc|gmt)?([+\u2212-])(\d{1,2})(?::?(\d{2}))?$/i.exec(text);
  return found ? `${found[1] === "+" ? "+" : "-"}${found[2].padStart(2, "0")}:${found[3] ?? "00"}` : "";
};

/** @param {HTMLOptionElement} option @returns {Choice} */
export function choiceOf({ value, label, dataset }) {
  // Every zone of the world has "UTC" in its label: it is looked for by its offset.
  const offset = /\(UTC([+-]\d{2}:\d{2})\)$/.exec(label);
  return {
    value,
    label,
    names: wordsOf(offset ? label.slice(0, offset.index) : label),
    others: wordsOf(`${value} ${dataset.words ?? ""}`),
    offset: offset?.[1] ?? "",
  };
}

/** How well a choice is named by a word, 0 best; infinity where it is not.
    @param {Choice} choice @param {string} word */
function rank({ names, others }, word) {
  if (names.some((name) => name === word)) return 0;
  if (names.some((name) => name.startsWith(word))) return 1;
  if (others.some((name) => name.startsWith(word))) return 2;
  if ([...names, ...others].some((name) => name.includes(word))) return 3;
  return Infinity;
}

/** @param {Choice[]} choices @param {string} typed */
export function matching(choices, typed) {
  const joined = typed.replace(/\b(utc|gmt)\s+(?=[+\u2212-])/gi, "$1");
  const tokens = joined.split(/\s+/).filter(Boolean);
  const offsets = tokens.map(offsetIn).filter(Boolean);
  const words = tokens.filter((token) => !offsetIn(token)).flatMap(wordsOf);
  return choices
    .filter((choice) => offsets.every((offset) => choice.offset === offset))
    .map((choice) => ({ choice, ranks: words.map((word) => rank(choice, word)) }))
    .filter(({ ranks }) => ranks.every(Number.isFinite))
    .map(({ choice, ranks }) => ({ choice, total: ranks.reduce((sum, one) => sum + one, 0) }))
    .sort((one, other) => one.total - other.total)
    .map(({ choice }) => choice);
}
