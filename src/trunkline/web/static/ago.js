// How long ago something was: the server writes it, and it stays true while a page stays open.

const EVERY_MS = 60_000;
const DAYS_MAX = 7;
const words = new Intl.RelativeTimeFormat(document.documentElement.lang || "en", { style: "short" });

/** Return an age in words as far as it is near, as the server says it; else nothing. */
function ago(seconds) {
  const minutes = Math.round(seconds / 60);
  if (Math.abs(minutes) < 60) return words.format(-minutes, "minute");
  const hours = Math.round(minutes / 60);
  if (Math.abs(hours) < 24) return words.format(-hours, "hour");
  const days = Math.round(hours / 24);
  return Math.abs(days) < DAYS_MAX ? words.format(-days, "day") : "";
}

/** Write every such moment of the page anew; one that is long ago by now becomes its date. */
function refresh() {
  if (document.hidden) return;
  for (const one of document.querySelectorAll("time[data-ago]")) {
    const passed = Date.now() - (Number(one.dataset.seen) || (one.dataset.seen = Date.now()));
    if (passed < EVERY_MS) continue;
    one.textContent = ago(Number(one.dataset.ago) + passed / 1000) || one.title;
  }
}

refresh();
document.addEventListener("htmx:after:swap", refresh);
document.addEventListener("visibilitychange", refresh);
setInterval(refresh, EVERY_MS);
