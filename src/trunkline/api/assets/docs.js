// The pages work without this: it narrows the list while one types, and opens the type that a
// link points at.
"use strict";

const field = document.getElementById("q");
const list = document.querySelector(".aside [data-search]");

function narrow() {
  const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
  let shown = 0;
  for (const row of list.children) {
    row.hidden = !words.every((word) => row.dataset.text.includes(word));
    shown += row.hidden ? 0 : 1;
  }
  document.querySelector(".nothing").hidden = shown > 0;
}

function open_target() {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (target instanceof HTMLDetailsElement) {
    target.open = true;
    target.scrollIntoView();
  }
}

if (list && !field.value) {
  field.addEventListener("input", narrow);
}
addEventListener("hashchange", open_target);
open_target();
