// Lists: the pane beside the table, what is selected, the order of columns. Bound to the document;
// the list itself works without any of it.
const pane = () => document.getElementById("peek");
const rowOf = (element) => element?.closest?.(".list-card table.list tbody tr") ?? null;

// --- Peek -----------------------------------------------------------------------------------

let asked = 0;
let shown = null;

async function peek(row, { focus = false } = {}) {
  const place = pane();
  const address = row?.dataset.facts;
  if (!place || !address) return false;
  const mine = ++asked;
  const answer = await fetch(`${address}/peek`, { headers: { "HX-Request": "true" } });
  if (mine !== asked || !answer.ok) return true;
  place.innerHTML = await answer.text();
  place.hidden = false;
  globalThis.htmx?.process(place);
  for (const one of document.querySelectorAll("tr.peeked")) one.classList.remove("peeked");
  row.classList.add("peeked");
  shown = row;
  const title = place.querySelector("h2")?.textContent ?? "";
  document.dispatchEvent(new CustomEvent("trunkline:say", { detail: title }));
  if (focus) place.querySelector("[data-focus]")?.focus();
  return true;
}

function close() {
  const place = pane();
  if (!place || place.hidden) return false;
  asked += 1;
  document.dispatchEvent(new CustomEvent("trunkline:unpeek", { detail: { place, row: shown } }));
  shown = null;
  return true;
}

/* What may become of a row stands in its pane: the states unfold, else the first action has the focus. */
async function offerStates(row) {
  if (row !== shown || pane()?.hidden) await peek(row);
  const states = pane()?.querySelector("[data-states]");
  if (states) states.open = true;
  (states?.querySelector("button") ?? pane()?.querySelector(".peek-do button") ?? pane()?.querySelector("[data-focus]"))?.focus();
}

document.addEventListener("trunkline:key", (event) => {
  const { action, row } = event.detail;
  if (action === "list.peek" && row?.dataset.facts) {
    event.preventDefault();
    if (row === shown) close();
    else peek(row);
  } else if (action === "cancel" && pane() && !pane().hidden) {
    event.preventDefault();
    close();
  } else if (action === "list.filter" && document.querySelector(".add-filter")) {
    event.preventDefault();
    const box = document.querySelector(".add-filter");
    box.open = true;
    box.querySelector("select").focus();
  } else if (action === "list.edit" && row?.dataset.facts) {
    event.preventDefault();
    location.assign(`${row.dataset.facts}/edit`);
  } else if (action === "list.task" && row?.dataset.facts) {
    event.preventDefault();
    location.assign(`${row.dataset.facts}?tab=timeline#compose-task`);
  } else if (action === "list.status" && row?.dataset.facts) {
    event.preventDefault();
    offerStates(row);
  }
});
document.addEventListener("focusin", (event) => {
  const row = rowOf(event.target);
  if (row && shown && row !== shown && !pane()?.hidden) peek(row);
});
document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-peek-at]");
  if (button) {
    const row = rowOf(button);
    if (row === shown) close();
    else peek(row, { focus: true });
  }
  if (event.target.closest?.("[data-close-peek]")) close();
});

// --- Selection ------------------------------------------------------------------------------

function tell() {
  const form = document.getElementById("selection");
  if (!form) return;
  const boxes = [...form.querySelectorAll("td.choose input")];
  const count = boxes.filter((one) => one.checked).length;
  const head = form.querySelector("th.choose input");
  if (head) {
    head.checked = count > 0 && count === boxes.length;
    head.indeterminate = count > 0 && count < boxes.length;
  }
  const place = form.querySelector("[data-selected]");
  if (place && place.textContent !== String(count)) {
    place.textContent = String(count);
    const words = form.querySelector(".how-many")?.textContent.trim().replace(/\s+/g, " ");
    document.dispatchEvent(new CustomEvent("trunkline:say", { detail: words }));
  }
  if (!count) form.querySelector("[name=all]").checked = false;
}
document.addEventListener("change", (event) => {
  if (event.target.closest?.("#selection")) tell();
});
document.addEventListener("click", (event) => {
  if (!event.target.closest?.("[data-clear-selection]")) return;
  for (const one of document.querySelectorAll("#selection input[type=checkbox]")) one.checked = false;
  tell();
});
addEventListener("pageshow", tell);

// --- Columns: their order, and finding one ---------------------------------------------------

document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-move]");
  if (!button) return;
  const line = button.closest("li");
  if (button.dataset.move === "-1") line.previousElementSibling?.before(line);
  else line.nextElementSibling?.after(line);
  button.focus();
});
document.addEventListener("input", (event) => {
  if (!event.target.matches?.("[data-narrow]")) return;
  const wanted = event.target.value.trim().toLocaleLowerCase();
  for (const one of event.target.parentElement.querySelectorAll("li")) {
    one.hidden = !one.textContent.toLocaleLowerCase().includes(wanted);
  }
});
document.addEventListener("change", (event) => {
  const other = event.target.closest?.(".columns-sheet .others li");
  if (!other || !event.target.checked) return;
  document.querySelector(".columns-sheet [data-order]").append(other);
});

// --- A filter whose attribute was chosen is asked for by its value next ----------------------

document.addEventListener("toggle", (event) => {
  if (event.target.matches?.(".add-filter[open]")) event.target.querySelector("select")?.focus();
}, true);

// --- Many at once: the attribute that was chosen is asked for next -----------------------------

document.addEventListener("htmx:after:swap", () => {
  const all = document.querySelectorAll("#many .many-input");
  if (document.activeElement?.id !== "many-field" || !all.length) return;
  all[all.length - 1].querySelector("input:not([type=hidden]), select, textarea")?.focus();
});

// --- Files are taken where they are dropped --------------------------------------------------

document.addEventListener("change", (event) => {
  const input = event.target.closest?.("input[type=file][data-send]");
  if (input?.files.length) input.form.requestSubmit();
});
