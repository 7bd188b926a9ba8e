/* Says moments in the viewer's own zone and language of the page, and tells the server the zone. */

const PAGE = document.documentElement.lang || "en";
const LANGUAGE = PAGE === "en" ? "en-GB" : PAGE; // day before month, as the server writes it
const relative = new Intl.RelativeTimeFormat(LANGUAGE, { numeric: "auto" });
/** @type {Intl.DateTimeFormatOptions} */
const CLOCK = { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZoneName: "short" };
/** @type {Intl.DateTimeFormatOptions} */
const DAY = { day: "numeric", month: "short" };
/** @type {Intl.DateTimeFormatOptions} */
const DATE = { ...DAY, year: "numeric" };
const clock = new Intl.DateTimeFormat(LANGUAGE, CLOCK);
const day = new Intl.DateTimeFormat(LANGUAGE, DATE);
const full = new Intl.DateTimeFormat(LANGUAGE, { ...DATE, ...CLOCK });
const dayAndClock = new Intl.DateTimeFormat(LANGUAGE, { ...DAY, ...CLOCK });
const ZONE = full.resolvedOptions().timeZone;

/** What the server writes from the next page on is in the same zone. */
export function tellZone() {
  const told = `zone=${encodeURIComponent(ZONE)}`;
  if (document.cookie.split("; ").includes(told)) return;
  const secure = location.protocol === "https:" ? "; secure" : "";
  document.cookie = `${told}; path=/; max-age=31536000; samesite=lax${secure}`;
}

/** @type {[Intl.RelativeTimeFormatUnit, number][]} */
const UNITS = [["day", 86_400], ["hour", 3_600], ["minute", 60]];

/** @param {Date} moment */
function ago(moment) {
  const seconds = (moment.getTime() - Date.now()) / 1000;
  if (Math.abs(seconds) > 30 * 86_400) return day.format(moment);
  for (const [unit, size] of UNITS) {
    if (Math.abs(seconds) >= size) return relative.format(Math.trunc(seconds / size), unit);
  }
  return seconds > 0 ? "in a few seconds" : "just now";
}

/** @param {Date} moment */
function shortClock(moment) {
  const today = moment.toDateString() === new Date().toDateString();
  return today ? clock.format(moment) : dayAndClock.format(moment);
}

/** @param {ParentNode} root */
export function showTimes(root) {
  for (const element of root.querySelectorAll("time[datetime][data-as]")) {
    if (!(element instanceof HTMLTimeElement)) continue;
    const moment = new Date(element.dateTime);
    if (Number.isNaN(moment.getTime())) continue;
    const how = element.dataset.as;
    const words = how === "clock" ? shortClock(moment) : how === "full" ? full.format(moment) : ago(moment);
    if (element.textContent !== words) element.textContent = words;
    element.title = full.format(moment);
  }
}
