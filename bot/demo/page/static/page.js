// Keeps the page as the server says it is, and sends what its reader does. Nothing is decided here.
import { completing } from "./completion.js";

const query = document.body.dataset.query;
const said = new WeakMap(); // An element, and the HTML that the server sent for it.

async function act(what, asked) {
  const answer = await fetch(`/act/${what}?${query}`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(asked),
  });
  if (answer.ok) return true;
  tell(answer.status === 409 ? (await answer.json()).why : "That did not work.");
  return false;
}

function tell(why) {
  const toast = document.getElementById("toast");
  toast.textContent = why;
  toast.classList.add("shown");
  setTimeout(() => toast.classList.remove("shown"), 6000);
}

// --- regions: replace what has changed, leave the rest alone -------------------------------

function remember(region) {
  for (const child of region.children) said.set(child, child.outerHTML);
}

function sync(region, html) {
  const next = document.createElement("template");
  next.innerHTML = html;
  const before = new Map([...region.children].map((child) => [child.id, child]));
  const atEnd = region.scrollHeight - region.scrollTop - region.clientHeight < 80;
  let grown = false;
  let cursor = region.firstElementChild;
  for (const child of [...next.content.children]) {
    const was = before.get(child.id);
    const text = child.outerHTML;
    before.delete(child.id);
    if (was && said.get(was) === text) {
      if (was === cursor) cursor = was.nextElementSibling;
      else region.insertBefore(was, cursor);
      continue;
    }
    said.set(child, text);
    child.classList.add("changed");
    grown ||= !was;
    if (was === cursor && was) cursor = was.nextElementSibling;
    region.insertBefore(child, cursor);
    if (was) succeed(was, child);
    finish(child);
  }
  for (const gone of before.values()) gone.remove();
  if (atEnd || grown) follow(region);
}

// Keep the newest in view where it comes last.
function follow(region) {
  if ("follow" in region.dataset) region.scrollTop = region.scrollHeight;
}

// What somebody was typing or had focused stays theirs when the element under them is replaced.
function succeed(was, child) {
  const focused = was.contains(document.activeElement) ? document.activeElement : null;
  for (const field of was.querySelectorAll("input, textarea, select")) {
    const twin = field.id && child.querySelector(`#${CSS.escape(field.id)}`);
    if (twin) twin.value = field.value;
  }
  was.remove();
  if (focused && !child.matches("dialog")) {
    const heir = focused.id ? child.querySelector(`#${CSS.escape(focused.id)}`) : null;
    (heir ?? child).focus();
  }
}

function finish(root) {
  for (const time of root.querySelectorAll("time[data-shown]")) show(time);
  if (root.matches?.("dialog.modal")) {
    root.showModal();
    root.addEventListener("cancel", (event) => {
      event.preventDefault();
      act("close", { view: root.dataset.view });
    });
    (root.querySelector("[aria-invalid]") ?? root.querySelector("input, textarea, select"))?.focus();
  }
}

// --- times in the reader's zone, in Slack's words for them ---------------------------------

const ahead = () => Number(document.querySelector("[data-ahead]")?.dataset.ahead ?? 0) * 1000;
const part = (options) => (at) => new Intl.DateTimeFormat("en", options).format(at);
const clockwise = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
const short = part({ year: "numeric", month: "short", day: "numeric" });
const full = part({ year: "numeric", month: "long", day: "numeric" });
const long = part({ weekday: "long", year: "numeric", month: "long", day: "numeric" });
const words = {
  date_num: (at) => new Intl.DateTimeFormat("sv").format(at),
  date: full,
  date_pretty: (at) => near(at) ?? full(at),
  date_short: short,
  date_short_pretty: (at) => near(at) ?? short(at),
  date_long: long,
  date_long_pretty: (at) => near(at) ?? long(at),
  time: part(clockwise),
  time_secs: part({ ...clockwise, second: "2-digit" }),
};

function near(at) {
  const day = (moment) => new Intl.DateTimeFormat("sv").format(moment);
  const now = Date.now() + ahead();
  const names = { "-1": "yesterday", 0: "today", 1: "tomorrow" };
  for (const [days, name] of Object.entries(names)) {
    if (day(at) === day(now + days * 86_400_000)) return name;
  }
  return null;
}

function show(time) {
  time.title ||= time.textContent;
  const at = new Date(time.dateTime);
  time.textContent = time.dataset.shown.replace(/\{(\w+)\}/g, (whole, word) => words[word]?.(at) ?? whole);
}

function tick() {
  const face = document.querySelector("[data-ahead]");
  if (face) face.textContent = words.time_secs(Date.now() + ahead());
}

// --- what its reader does -------------------------------------------------------------------

document.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button) return;
  const { dataset } = button;
  if (dataset.confirm) document.getElementById(dataset.confirm).showModal();
  else if (dataset.sure) {
    button.closest("dialog").close();
    press(document.getElementById(dataset.sure));
  } else if ("dismiss" in dataset) button.closest("dialog").close();
  else if (dataset.action) press(button);
  else if (dataset.close) act("close", { view: dataset.close });
  else if (dataset.minutes) act("clock", { minutes: Number(dataset.minutes) });
  else if ("next" in dataset) act("clock", { next: true });
  else if (dataset.say) say(dataset.say);
  else if (dataset.pane) pane(dataset.pane);
});

function press({ dataset }) {
  act("press", { ts: dataset.ts, block: dataset.block, action: dataset.action });
}

function pane(name) {
  document.body.dataset.pane = name;
  for (const tab of document.querySelectorAll(".panes button")) {
    tab.setAttribute("aria-pressed", String(tab.dataset.pane === name));
  }
  regions.forEach(follow);
}

function say(text) {
  pane("chat");
  const box = document.getElementById("say");
  box.value = text;
  box.dispatchEvent(new Event("input"));
  box.focus();
}

document.addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = event.target;
  if (form.id === "composer") {
    const box = form.elements.say;
    const text = box.value;
    box.value = "";
    box.dispatchEvent(new Event("input"));
    if (text.trim() && !(await act("type", { text }))) say(text);
  } else if (form.dataset.submit) {
    const values = {};
    for (const name of new Set([...form.elements].map((field) => field.name).filter(Boolean))) {
      const field = form.elements[name];
      const boxes = form.querySelectorAll(`input[type=checkbox][name="${CSS.escape(name)}"]`);
      values[name] = boxes.length ? [...boxes].filter((box) => box.checked).map((box) => box.value) : field.value;
    }
    act("submit", { view: form.dataset.submit, values });
  }
});

// --- start ----------------------------------------------------------------------------------

const regions = [...document.querySelectorAll("[data-region]")];
regions.forEach(remember);
document.querySelectorAll("time[data-shown]").forEach(show);
document.querySelectorAll("dialog.modal").forEach(finish);
regions.forEach(follow);
completing(document.getElementById("say"));
tick();
setInterval(tick, 1000);

const live = new EventSource(`/live?${query}`);
live.addEventListener("message", ({ data }) => {
  for (const [name, html] of Object.entries(JSON.parse(data))) {
    const region = document.getElementById(name);
    if (region) sync(region, html);
  }
  tick();
  document.body.dataset.live = "true";
});
live.addEventListener("error", () => delete document.body.dataset.live);
addEventListener("pagehide", () => live.close());
