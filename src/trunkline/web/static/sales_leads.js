// The board of leads: dropping a card on a column presses the button of its menu that says the
// same, so that hand and keyboard do one thing. Listeners sit on the document: the board is swapped.
let held = null;

const columnOf = (event) => event.target.closest?.("[data-stage]");
const wayTo = (stage) => held?.querySelector(`[data-to="${CSS.escape(stage)}"]`);

function clear() {
  for (const one of document.querySelectorAll("[data-over]")) delete one.dataset.over;
}

document.addEventListener("dragstart", (event) => {
  held = event.target.closest?.(".board-card[draggable]") ?? null;
  if (!held) return;
  event.dataTransfer.effectAllowed = "move";
  event.dataTransfer.setData("text/plain", held.dataset.key);
  for (const one of document.querySelectorAll("[data-stage]")) {
    one.toggleAttribute("data-open", Boolean(wayTo(one.dataset.stage)));
  }
});

document.addEventListener("dragover", (event) => {
  const column = columnOf(event);
  if (!held || !column || !wayTo(column.dataset.stage)) return;
  event.preventDefault();
  clear();
  column.dataset.over = "";
});

document.addEventListener("drop", (event) => {
  const column = columnOf(event);
  const way = column && held ? wayTo(column.dataset.stage) : null;
  if (!way) return;
  event.preventDefault();
  way.click();
});

document.addEventListener("dragend", () => {
  held = null;
  clear();
  for (const one of document.querySelectorAll("[data-open]")) one.removeAttribute("data-open");
});
