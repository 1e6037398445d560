// A stretch of escaped HTML. Open details and the focus survive a new text, so polling does not disturb a reader.
function render({ model, el }) {
  el.classList.add("cr-section");
  const draw = () => {
    const open = new Set([...el.querySelectorAll("details[open][data-key]")].map((d) => d.dataset.key));
    const active = el.contains(document.activeElement) ? document.activeElement.closest("[data-key]") : null;
    const focused = active && active.dataset.key;
    el.innerHTML = model.get("html");
    el.hidden = model.get("html") === "";
    for (const d of el.querySelectorAll("details[data-key]")) if (open.has(d.dataset.key)) d.open = true;
    // The fold around a button knows whether it is open; the button's text is newer than that.
    for (const b of el.querySelectorAll("[data-fold]")) b.setAttribute("aria-expanded", String(b.closest(".cr-open") !== null));
    if (focused) el.querySelector(`[data-key="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
  };
  model.on("change:html", draw);
  draw();
  return () => model.off("change:html", draw);
}
export default { render };
