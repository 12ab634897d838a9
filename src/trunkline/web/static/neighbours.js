// The records before and after one in the list that it was opened from, over the pages of the list.

const LIST = "trunkline-list"; // kept by keys.js: { from, links }
const PAGES = "trunkline-list-pages";
const SIDES = ["prev", "next"];
const kept = (name) => JSON.parse(sessionStorage.getItem(name) ?? "{}");
const keyOf = (link) => decodeURIComponent(new URL(link, location).pathname.split("/").pop());

/** Return where the pages before and after a list are. */
function pagesOf(page) {
  const of = (rel) => page.querySelector(`footer.pages a[rel=${rel}]`)?.getAttribute("href") ?? "";
  return Object.fromEntries(SIDES.map((rel) => [rel, of(rel)]));
}

document.addEventListener("click", (event) => {
  if (!event.target.closest?.("table.list tbody a")) return;
  sessionStorage.setItem(PAGES, JSON.stringify(pagesOf(document)));
});

/** Return the record at the near end of the page before or after, with what is to be kept then. */
async function beyond(rel) {
  const from = kept(PAGES)[rel];
  if (!from) return null;
  const answer = await fetch(from).catch(() => null);
  if (!answer?.ok) return null;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const links = [...page.querySelectorAll("table.list tbody a.row")].map((one) => one.getAttribute("href"));
  const to = rel === "next" ? links[0] : links.at(-1);
  return to ? { to, list: { from, links }, pages: pagesOf(page) } : null;
}

function lead(link, found) {
  if (!link || !found) return;
  link.href = found.to;
  link.hidden = false;
  link.onclick = () => {
    if (!found.list) return;
    sessionStorage.setItem(LIST, JSON.stringify(found.list));
    sessionStorage.setItem(PAGES, JSON.stringify(found.pages));
  };
}

function offerNext(button, found) {
  if (!button || !found) return;
  button.form.querySelector("[name=next]").value = keyOf(found.to);
  button.hidden = false;
  button.onclick = () => {
    if (found.list) sessionStorage.setItem(LIST, JSON.stringify(found.list));
    if (found.pages) sessionStorage.setItem(PAGES, JSON.stringify(found.pages));
  };
}

async function show() {
  const nav = document.querySelector("[data-neighbours]");
  const button = document.querySelector("[data-next-record]");
  const key = nav?.dataset.neighbours ?? button?.dataset.nextRecord;
  if (!key || (nav && !nav.hidden) || (button && !button.hidden)) return;
  const { links = [], from = "" } = kept(LIST);
  const at = links.findIndex((one) => keyOf(one) === key);
  if (at < 0) return;
  const back = document.querySelector(".path a");
  if (back && new URL(from, location).pathname === new URL(back.href).pathname) back.href = from;
  if (nav) nav.hidden = links.length < 2 && !kept(PAGES).next && !kept(PAGES).prev;
  for (const rel of SIDES) {
    if (button && rel === "prev") continue;
    const near = links[at + (rel === "next" ? 1 : -1)];
    const found = near ? { to: near } : await beyond(rel);
    lead(nav?.querySelector(`a[rel=${rel}]`), found);
    if (rel === "next") offerNext(button, found);
  }
}

show();
document.addEventListener("htmx:after:swap", show);
