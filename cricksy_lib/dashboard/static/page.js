// The page's clock and its links to the kernel. The clock runs here, so a page that is closed or hidden asks for
// nothing, and its kernel can be culled. A tick waits for the answer to the one before it.
function render({ model, el }) {
  el.classList.add("cr-statusbar");
  el.innerHTML = '<div class="cr-noanswer" role="alert" hidden><span></span> <button type="button">Reload</button></div>' +
    '<div class="cr-note" role="status" hidden></div><div class="cr-updated" aria-live="off"></div>';
  const banner = el.querySelector(".cr-noanswer");
  const note = el.querySelector(".cr-note");
  const updated = el.querySelector(".cr-updated");
  let tick = model.get("tick");
  let unanswered = 0;
  let answeredAt = new Date();

  const period = () => Math.max(100, model.get("period_ms"));
  const allowed = () => Math.max(model.get("patience"), Math.ceil(5000 / period()));
  const clock = (date) => date.toLocaleTimeString("en-GB");

  const beat = () => {
    if (document.hidden) return;
    if (model.get("tock") === tick) {
      unanswered = 0;
      tick += 1;
      model.set("tick", tick);
      model.save_changes();
    } else {
      unanswered += 1;
      if (unanswered > allowed()) {
        banner.querySelector("span").textContent =
          `No answer since ${clock(answeredAt)}. What you see may be out of date.`;
        banner.hidden = false;
        document.body.classList.add("cr-stale");
      }
    }
  };
  const answered = () => {
    answeredAt = new Date();
    unanswered = 0;
    banner.hidden = true;
    document.body.classList.remove("cr-stale");
    updated.textContent = `Last updated ${clock(answeredAt)}`;
    el.dataset.ready = "1";
  };
  const say = () => {
    note.textContent = model.get("note");
    note.hidden = note.textContent === "";
  };
  const address = (job) => {
    const url = new URL(window.location.href);
    url.searchParams.delete("t");
    if (job) url.searchParams.set("job", job); else url.searchParams.delete("job");
    return url;
  };
  const show = (job) => {
    model.send({ open: job });
    window.scrollTo({ top: 0 });
  };
  const click = (event) => {
    const opener = event.target.closest("[data-open]");
    if (opener && !event.ctrlKey && !event.metaKey && !event.shiftKey && event.button === 0) {
      event.preventDefault();
      const job = opener.dataset.open;
      window.history.pushState({ job }, "", address(job));
      show(job);
      return;
    }
    const folder = event.target.closest("[data-fold]");
    if (folder) {
      const open = folder.closest(".cr-fold").classList.toggle("cr-open");
      folder.setAttribute("aria-expanded", String(open));
      return;
    }
    const action = event.target.closest("[data-action]");
    if (action) {
      if (action.dataset.confirm && !window.confirm(action.dataset.confirm)) return;
      action.disabled = true;
      model.send({ action: action.dataset.action, job: action.dataset.job });
    }
  };
  const back = () => show(new URL(window.location.href).searchParams.get("job") ?? "");
  const visible = () => { if (!document.hidden) { unanswered = 0; beat(); } };

  let timer = window.setInterval(beat, period());
  const retime = () => { window.clearInterval(timer); timer = window.setInterval(beat, period()); };
  banner.querySelector("button").addEventListener("click", () => window.location.reload());
  document.addEventListener("click", click);
  document.addEventListener("visibilitychange", visible);
  window.addEventListener("popstate", back);
  model.on("change:tock", answered);
  model.on("change:note", say);
  model.on("change:period_ms", retime);
  say();
  beat();
  return () => {
    window.clearInterval(timer);
    document.removeEventListener("click", click);
    document.removeEventListener("visibilitychange", visible);
    window.removeEventListener("popstate", back);
    model.off("change:tock", answered);
    model.off("change:note", say);
    model.off("change:period_ms", retime);
  };
}
export default { render };
