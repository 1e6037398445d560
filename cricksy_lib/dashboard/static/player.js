// The video with its controls. Everything that moves it happens here, so "Jump to" works while the kernel is busy
// or gone. Any element with data-jump (seconds of the clip) and perhaps data-until plays that moment.
const SPEEDS = [0.25, 0.5, 1];
// A delivery's moments lie a tenth of a second apart: at full speed nobody sees the one that was jumped to. This is
// of real time; a clip that is slow already is slowed by so much less.
const JUMP_SPEED = 0.25;
const LOOP_MARGIN_S = 0.5;

function render({ model, el }) {
  el.classList.add("cr-player");
  const make = (tag, className, text, parent) => {
    const node = document.createElement(tag);
    if (className) node.className = className;
    if (text) node.textContent = text;
    (parent ?? el).append(node);
    return node;
  };
  const stage = make("div", "cr-stage");
  const video = make("video", "", "", stage);
  Object.assign(video, { controls: true, muted: true, playsInline: true, preload: "metadata" });
  video.setAttribute("aria-label", "The clip");
  const message = make("p", "cr-stage-message", "", stage);
  const strip = make("div", "cr-strip");
  const bar = make("div", "cr-controls");
  const button = (text, label, action) => {
    const node = make("button", "cr-control", text, bar);
    node.type = "button";
    node.title = label;
    node.setAttribute("aria-label", label);
    node.addEventListener("click", action);
    return node;
  };
  const rate = () => Math.max(1, model.get("frame_rate"));
  let stopAt = null;
  let loopFrom = null;
  let wanted = null;
  let speedNow = 1;
  let speedChosen = false;

  button("‹ Frame", "One frame back", () => step(-1));
  button("Frame ›", "One frame on", () => step(1));
  const speeds = make("span", "cr-speeds", "", bar);
  for (const speed of SPEEDS) {
    const node = make("button", "cr-control", `${speed}×`, speeds);
    node.type = "button";
    node.setAttribute("aria-label", `Play at ${speed} times the speed`);
    node.addEventListener("click", () => { speedChosen = true; setSpeed(speed); });
    node.dataset.speed = speed;
  }
  const loop = button("Loop", "Repeat the moment that was jumped to", () => toggle(loop));
  const overlay = button("Skeleton", "Show the measured skeleton on the video", () => { toggle(overlay); load(); });
  const where = make("span", "cr-where", "", bar);

  const pressed = (node) => node.getAttribute("aria-pressed") === "true";
  const toggle = (node) => node.setAttribute("aria-pressed", String(!pressed(node)));
  loop.setAttribute("aria-pressed", "false");
  overlay.setAttribute("aria-pressed", "false");

  // The fastest that a button shows and that is not above what is wanted; 1.998 times slow counts as twice.
  const jumpSpeed = () => {
    const wantedSpeed = JUMP_SPEED * model.get("slow_motion") * 1.05;
    return Math.max(SPEEDS[0], ...SPEEDS.filter((speed) => speed <= wantedSpeed));
  };
  function setSpeed(speed) {
    speedNow = speed;
    video.defaultPlaybackRate = speed;
    video.playbackRate = speed;
    for (const node of speeds.children) node.setAttribute("aria-pressed", String(Number(node.dataset.speed) === speed));
  }
  const rated = () => {
    // Chosen in the browser's own menu: the buttons follow, and jumps keep to it.
    if (video.playbackRate === speedNow) return;
    speedChosen = true;
    setSpeed(video.playbackRate);
  };
  function step(frames) {
    video.pause();
    stopAt = loopFrom = null;
    const frame = Math.floor(video.currentTime * rate() + 0.001) + frames;
    video.currentTime = Math.max(0, (frame + 0.5) / rate());
  }
  function land(time) {
    // Half a frame in: a seek to a frame's very first instant may show the one before it.
    const end = Number.isFinite(video.duration) ? video.duration - 0.001 : time + 1;
    video.currentTime = Math.max(0, Math.min(time + 0.5 / rate(), end));
  }
  function jump(time, until) {
    wanted = null;
    if (video.readyState < 1) {
      wanted = [time, until];
      if (video.dataset.src) video.load();
      return;
    }
    const looping = pressed(loop);
    const from = looping && until === null ? Math.max(0, time - LOOP_MARGIN_S) : time;
    stopAt = until ?? (looping ? time + LOOP_MARGIN_S : null);
    if (stopAt !== null && stopAt - from < 0.3) stopAt = from + 0.3;
    loopFrom = from;
    // Whoever has chosen a speed keeps it.
    if (!speedChosen) setSpeed(jumpSpeed());
    land(from);
    video.play().catch(() => {});
    const box = stage.getBoundingClientRect();
    if (box.top < 0 || box.bottom > window.innerHeight) stage.scrollIntoView({ block: "start" });
  }
  function load() {
    const layer = model.get("overlay_src");
    overlay.hidden = !layer;
    if (!layer) overlay.setAttribute("aria-pressed", "false");
    const next = (pressed(overlay) && layer) || model.get("src") || "";
    if ((video.dataset.src ?? "") === next) return;
    const again = { time: video.currentTime, playing: !video.paused && !video.ended };
    video.dataset.src = next;
    el.classList.toggle("cr-empty", !next);
    if (!next) {
      // Another job follows: a jump's speed was this one's, and only what somebody chose is kept.
      if (!speedChosen) setSpeed(1);
      video.removeAttribute("src");
      video.load();
      message.textContent = model.get("empty_text");
      return;
    }
    message.textContent = "";
    video.addEventListener("loadedmetadata", () => {
      if (wanted !== null) jump(...wanted);
      else if (again.time > 0) {
        video.currentTime = again.time;
        if (again.playing) video.play().catch(() => {});
      }
    }, { once: true });
    video.src = next;
    draw();
  }
  function draw() {
    const duration = Number.isFinite(video.duration) && video.duration > 0 ? video.duration : model.get("duration_s");
    strip.replaceChildren();
    if (!(duration > 0)) return;
    for (const mark of model.get("marks")) {
      const node = make("button", `cr-mark cr-mark-${mark.kind}`, "", strip);
      node.type = "button";
      node.title = `${mark.label}, ${mark.time_s.toFixed(2)} s`;
      node.setAttribute("aria-label", `Jump to ${node.title}`);
      node.dataset.jump = mark.time_s;
      node.style.left = `${Math.min(100, (100 * mark.time_s) / duration)}%`;
      if (mark.end_s != null) {
        node.dataset.until = mark.end_s;
        node.style.width = `${Math.max(0.6, (100 * (mark.end_s - mark.time_s)) / duration)}%`;
      }
    }
    make("span", "cr-head", "", strip);
    moved();
  }
  function moved() {
    const duration = Number.isFinite(video.duration) && video.duration > 0 ? video.duration : model.get("duration_s");
    const head = strip.querySelector(".cr-head");
    if (head && duration > 0) head.style.left = `${(100 * video.currentTime) / duration}%`;
    const last = Math.max(0, Math.round(duration * rate()) - 1);
    const frame = Math.min(last, Math.floor(video.currentTime * rate() + 0.001));
    where.textContent = `${video.currentTime.toFixed(2)} s · frame ${frame}`;
    if (stopAt !== null && video.currentTime >= stopAt && !video.paused) {
      if (pressed(loop)) land(loopFrom);
      else { video.pause(); stopAt = null; }
    }
  }
  const watch = () => {
    moved();
    if (!video.paused && el.isConnected) window.requestAnimationFrame(watch);
  };
  const failed = () => {
    if (video.dataset.src) message.textContent = "This browser cannot play the clip, or it can no longer be fetched. Reload the page to try again.";
  };
  const click = (event) => {
    const target = event.target.closest("[data-jump]");
    if (target) {
      const until = target.dataset.until === undefined ? null : Number(target.dataset.until);
      jump(Number(target.dataset.jump), until);
      return;
    }
    // A click in a chart of the clip plays the moment under the pointer.
    const chart = event.target.closest(".js-plotly-plot");
    if (chart?.layout?.meta?.time_axis !== "clip") return;
    // One plane for each unit, one above the other over the same time.
    for (const drag of chart.querySelectorAll(".nsewdrag")) {
      const plane = drag.getBoundingClientRect();
      const x = event.clientX - plane.left;
      if (x < 0 || x > plane.width || event.clientY < plane.top || event.clientY > plane.bottom) continue;
      jump(chart._fullLayout.xaxis.p2d(x), null);
      return;
    }
  };
  const key = (event) => {
    if (event.target.closest("input, textarea, select") || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === ",") step(-1);
    else if (event.key === ".") step(1);
  };
  const seek = () => {
    const to = model.get("seek");
    if (to.nonce) jump(to.time_s, null);
  };

  video.addEventListener("timeupdate", moved);
  video.addEventListener("seeked", moved);
  video.addEventListener("play", watch);
  video.addEventListener("ratechange", rated);
  video.addEventListener("loadedmetadata", draw);
  video.addEventListener("error", failed);
  document.addEventListener("click", click);
  document.addEventListener("keydown", key);
  const changes = { "change:src": load, "change:overlay_src": load, "change:marks": draw, "change:seek": seek };
  for (const [name, callback] of Object.entries(changes)) model.on(name, callback);
  setSpeed(1);
  el.classList.toggle("cr-empty", !model.get("src"));
  message.textContent = model.get("src") ? "" : model.get("empty_text");
  load();
  draw();
  seek();
  return () => {
    document.removeEventListener("click", click);
    document.removeEventListener("keydown", key);
    for (const [name, callback] of Object.entries(changes)) model.off(name, callback);
    video.pause();
    video.removeAttribute("src");
    video.load();
  };
}
export default { render };
