// Keys that are pressed before the page's scripts are there: held, and pressed again in their order
// when all of them listen. What is pressed in a field, and what the browser does itself, stays.
{
  const held = [];
  const FIELDS = "input, textarea, select, [contenteditable=true]";
  const isText = (event) => event.key.length === 1 && !event.ctrlKey && !event.metaKey && !event.altKey;
  const isOurs = (event) =>
    isText(event) || event.key === "Escape" || (held.length > 0 && event.key === "Enter") ||
    ((event.ctrlKey || event.metaKey) && ["k", "Enter"].includes(event.key));
  const hold = (event) => {
    const target = event.target.closest ? event.target : document.documentElement;
    if (event.isComposing || !isOurs(event) || target.closest(FIELDS)) return;
    if (event.key === " " && (!held.length || target.closest("a, button, summary"))) return;
    held.push(event);
    event.preventDefault();
    event.stopImmediatePropagation();
  };
  const press = (one) => {
    const place = document.activeElement ?? document.body;
    const { key, code, ctrlKey, metaKey, shiftKey, altKey } = one;
    const again = new KeyboardEvent("keydown", {
      key, code, ctrlKey, metaKey, shiftKey, altKey, bubbles: true, cancelable: true,
    });
    const isFree = place.dispatchEvent(again);
    if (isFree && isText(one) && place.matches("input, textarea")) {
      place.setRangeText(key, place.selectionStart, place.selectionEnd, "end");
      place.dispatchEvent(new InputEvent("input", { bubbles: true, data: key, inputType: "insertText" }));
    }
  };
  addEventListener("keydown", hold, true);
  addEventListener("DOMContentLoaded", () => {
    removeEventListener("keydown", hold, true);
    held.forEach(press);
  }, { once: true });
}
