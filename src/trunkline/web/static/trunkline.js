// Small comforts; every page works without them. One listener each, so nothing is bound twice.
"use strict";

document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input, textarea, select, [contenteditable]");
  if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
    const box = document.querySelector("[data-hotkey='/']");
    if (box) {
      event.preventDefault();
      box.focus();
      box.select();
    }
  }
  if (event.key === "Escape") {
    for (const open of document.querySelectorAll("details.person[open]")) {
      open.open = false;
      open.querySelector("summary").focus();
    }
  }
});

document.addEventListener("click", (event) => {
  for (const open of document.querySelectorAll("details.person[open]")) {
    if (!open.contains(event.target)) open.open = false;
  }
});

document.addEventListener("change", (event) => {
  const name = event.target.dataset.all;
  if (!name || !event.target.form) return;
  for (const box of event.target.form.querySelectorAll("input[type=checkbox]")) {
    if (box.name === name) box.checked = event.target.checked;
  }
});
