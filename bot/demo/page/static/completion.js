// Completes commands and people as they are typed, from what the server put into the page.
const rows = [...document.getElementById("completions").content.children];
const commands = rows.filter((row) => row.dataset.insert);
const people = rows.filter((row) => row.dataset.person);

// What can stand where the caret is: [row, what the box holds once it is taken].
function fitting(text) {
  const typed = text.toLowerCase().replace(/\s+/g, " ");
  if (!typed.startsWith("/")) return [];
  const begun = commands.filter(({ dataset }) => dataset.insert.startsWith(typed) && dataset.insert !== typed);
  if (begun.length) return begun.map((row) => [row, row.dataset.insert]);
  const found = command(typed);
  if (!found || !/\bUSER\b/.test(found.dataset.usage)) return [];
  const word = typed.slice(found.dataset.insert.length);
  if (word.includes(" ")) return [];
  return people
    .filter((row) => row.textContent.toLowerCase().includes(word) && row.dataset.person !== word)
    .map((row) => [row, `${found.dataset.insert}${row.dataset.person} `]);
}

function command(typed) {
  return commands.find(({ dataset }) => typed.startsWith(dataset.insert));
}

export function completing(box) {
  const list = document.getElementById("hints");
  const usage = document.getElementById("usage");
  let offers = [];
  let active = -1;

  function draw() {
    offers = fitting(box.value);
    active = -1;
    list.replaceChildren(
      ...offers.map(([row], place) => {
        const option = row.cloneNode(true);
        option.id = `hint-${place}`;
        option.setAttribute("aria-selected", "false");
        return option;
      }),
    );
    list.hidden = offers.length === 0;
    box.setAttribute("aria-expanded", String(offers.length > 0));
    box.removeAttribute("aria-activedescendant");
    const found = offers.length && offers[0][0].dataset.insert ? null : command(box.value.toLowerCase());
    usage.textContent = found ? found.dataset.usage : "";
  }

  function choose(place) {
    list.children[active]?.setAttribute("aria-selected", "false");
    active = (place + offers.length) % offers.length;
    list.children[active].setAttribute("aria-selected", "true");
    list.children[active].scrollIntoView({ block: "nearest" });
    box.setAttribute("aria-activedescendant", `hint-${active}`);
  }

  function take(place) {
    box.value = offers[place][1];
    draw();
    box.focus();
  }

  box.addEventListener("input", draw);
  box.addEventListener("keydown", (event) => {
    if (list.hidden) return;
    const moves = { ArrowDown: active + 1, ArrowUp: active < 0 ? -1 : active - 1 };
    if (event.key in moves) choose(moves[event.key]);
    else if (event.key === "Tab" && !event.shiftKey) take(Math.max(active, 0));
    else if (event.key === "Enter" && active >= 0) take(active);
    else if (event.key === "Escape") list.hidden = true;
    else return;
    event.preventDefault();
  });
  list.addEventListener("mousedown", (event) => event.preventDefault());
  list.addEventListener("click", (event) => {
    const option = event.target.closest("[role=option]");
    if (option) take([...list.children].indexOf(option));
  });
}
