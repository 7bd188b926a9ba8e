/* Turns a long <select> into a searchable combobox; the select keeps the value. */

import { choiceOf, matching, plain } from "./combo_search.js";
import { ownZone } from "./zones.js";

const MOST = 60;

/** @typedef {import("./combo_search.js").Choice} Choice */

/** One enhanced select. */
class Combo {
  /** @param {HTMLSelectElement} select @param {boolean} isZone */
  constructor(select, isZone) {
    this.select = select;
    this.own = isZone ? ownZone(select) : undefined;
    /** @type {Choice[]} */
    this.choices = [...select.options]
      .filter((option) => option.value || (!select.required && /\p{L}/u.test(option.label)))
      .map(choiceOf);
    this.active = -1;
    /** @type {Choice[]} */
    this.shown = [];
    this.box = document.createElement("div");
    this.input = document.createElement("input");
    this.list = document.createElement("ul");
    this.build();
  }

  build() {
    const { select } = this;
    const id = select.id;
    this.box.className = "combo";
    select.id = `${id}-native`;
    this.list.id = `${id}-list`;
    this.list.className = "combo-list";
    this.list.setAttribute("role", "listbox");
    this.list.setAttribute("aria-label", "Matches");
    this.list.hidden = true;
    Object.assign(this.input, { id, type: "text", autocomplete: "off", spellcheck: false });
    const attributes = {
      role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false",
      "aria-controls": this.list.id,
    };
    for (const [name, value] of Object.entries(attributes)) this.input.setAttribute(name, value);
    for (const name of ["aria-describedby", "aria-invalid"]) {
      const value = select.getAttribute(name);
      if (value) this.input.setAttribute(name, value);
    }
    this.input.required = select.required;
    select.required = false;
    this.input.value = this.current()?.label ?? "";
    select.hidden = true;
    select.after(this.box);
    this.box.append(this.input, this.list);
    this.listen();
  }

  current() {
    return this.choices.find((choice) => choice.value === this.select.value);
  }

  listen() {
    this.select.addEventListener("change", () => this.show());
    this.input.addEventListener("focus", () => this.input.select());
    this.input.addEventListener("click", () => this.open(""));
    this.input.addEventListener("input", () => this.open(this.input.value));
    this.input.addEventListener("keydown", (event) => this.key(event));
    this.input.addEventListener("blur", () => this.settle());
    this.list.addEventListener("pointerdown", (event) => event.preventDefault());
    this.list.addEventListener("click", (event) => {
      const row = event.target instanceof Element && event.target.closest("[data-at]");
      if (row instanceof HTMLElement) this.choose(this.shown[Number(row.dataset.at)]);
    });
  }

  /** @param {string} typed */
  matches(typed) {
    const found = matching(this.choices, typed);
    if (typed.trim()) return found.slice(0, MOST);
    const isOwn = (/** @type {Choice} */ { value }) => value === this.own;
    return [...found.filter(isOwn), ...found.filter((one) => !isOwn(one))].slice(0, MOST);
  }

  /** @param {string} typed */
  open(typed) {
    this.shown = this.matches(typed);
    this.active = this.shown.length ? 0 : -1;
    if (!typed) this.active = Math.max(0, this.shown.findIndex(({ value }) => value === this.select.value));
    this.list.replaceChildren(...this.shown.map((choice, at) => this.row(choice, at)));
    if (!this.shown.length) {
      const none = document.createElement("li");
      none.className = "combo-none";
      none.setAttribute("role", "option");
      none.setAttribute("aria-disabled", "true");
      none.textContent = "Nothing matches";
      this.list.append(none);
    }
    this.list.hidden = false;
    this.input.setAttribute("aria-expanded", "true");
    this.mark();
  }

  /** @param {Choice} choice @param {number} at */
  row(choice, at) {
    const row = document.createElement("li");
    row.id = `${this.list.id}-${at}`;
    row.setAttribute("role", "option");
    row.dataset.at = String(at);
    row.textContent = choice.label;
    if (choice.value === this.own) {
      const note = document.createElement("span");
      note.className = "combo-note";
      note.textContent = "your browser’s";
      row.append(note);
    }
    return row;
  }

  mark() {
    [...this.list.children].forEach((row, at) => {
      row.setAttribute("aria-selected", String(at === this.active));
      if (at === this.active) row.scrollIntoView({ block: "nearest" });
    });
    if (this.active < 0) this.input.removeAttribute("aria-activedescendant");
    else this.input.setAttribute("aria-activedescendant", `${this.list.id}-${this.active}`);
  }

  close() {
    this.list.hidden = true;
    this.input.setAttribute("aria-expanded", "false");
    this.input.removeAttribute("aria-activedescendant");
  }

  /** @param {Choice | undefined} choice */
  choose(choice) {
    if (choice) {
      this.select.value = choice.value;
      this.select.dispatchEvent(new Event("change", { bubbles: true }));
    }
    this.show();
    this.close();
  }

  show() {
    this.input.value = this.current()?.label ?? "";
  }

  /** Leaving keeps what was chosen; words that name exactly one choice choose it. */
  settle() {
    const typed = plain(this.input.value).trim();
    const exact = this.choices.find(({ label, value }) => [plain(label), plain(value)].includes(typed));
    this.choose(exact);
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    const closed = this.list.hidden;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (closed) this.open("");
      else if (this.shown.length) {
        const step = event.key === "ArrowDown" ? 1 : -1;
        this.active = (this.active + step + this.shown.length) % this.shown.length;
        this.mark();
      }
    } else if (event.key === "Tab" && !closed && this.input.value !== this.current()?.label) {
      this.choose(this.input.value ? this.shown[this.active] : undefined);
    } else if (event.key === "Enter" && !closed) {
      event.preventDefault();
      this.choose(this.shown[this.active]);
    } else if (event.key === "Escape" && !closed) {
      event.stopPropagation();
      this.choose(undefined);
    }
  }
}

/** @param {ParentNode} root */
export function enhanceSelects(root) {
  for (const place of root.querySelectorAll("[data-combo]")) {
    const select = place.querySelector("select");
    if (!(place instanceof HTMLElement) || !select || place.querySelector(".combo")) continue;
    new Combo(select, place.dataset.combo === "zone");
  }
}
