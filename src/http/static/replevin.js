// The pages work without this. It moves the focus to the error summary, so that a screen reader starts there.
document.querySelector(".govuk-error-summary")?.focus();

// The queue: reports that come in appear by themselves. The rows are drawn anew only while nobody works in them; otherwise a
// button offers it, so that nothing moves under a hand.
const rows = document.querySelector("#queue-rows[data-news]");
const told = document.querySelector("#queue-news");
if (rows && told) {
  const EVERY_MS = 10_000;
  let offered = 0;
  const redraw = async () => {
    const answer = await fetch(location.href, { credentials: "same-origin" });
    if (!answer.ok) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    const next = fresh.querySelector("#queue-rows[data-news]");
    if (!next) return;
    rows.replaceChildren(...next.childNodes);
    rows.dataset.news = next.dataset.news;
    document.querySelector(".replevin-tabs")?.replaceWith(fresh.querySelector(".replevin-tabs"));
    told.textContent = offered === 1 ? "1 new report has come in." : `${offered} new reports have come in.`;
    offered = 0;
  };
  const look = async () => {
    if (document.hidden) return;
    const answer = await fetch(rows.dataset.news, { credentials: "same-origin" }).catch(() => null);
    if (!answer?.ok || !answer.headers.get("content-type")?.includes("json")) return;
    const { new: count } = await answer.json();
    if (!count || count === offered) return;
    offered = count;
    if (!rows.contains(document.activeElement)) return redraw();
    const button = document.createElement("button");
    button.type = "button";
    button.className = "govuk-button govuk-button--secondary";
    button.textContent = count === 1 ? "Show 1 new report" : `Show ${count} new reports`;
    button.addEventListener("click", redraw);
    told.replaceChildren(button);
  };
  setInterval(look, EVERY_MS);
}

// Keys as shortcuts, on pages that say so; each person can turn them off. Never while somebody types or holds another key. What gives
// something away (data-key-twice) is only gone to: Enter does it.
const desk = document.querySelector("[data-shortcuts]");
if (desk) {
  const typing = (target) => target?.isContentEditable || target?.closest?.("input, textarea, select, summary, [contenteditable], [role=textbox]");
  const holding = (event) => event.ctrlKey || event.altKey || event.metaKey || event.shiftKey || event.getModifierState("AltGraph");
  const move = (by) => {
    const links = [...desk.querySelectorAll("#queue-rows tbody td:first-child a")];
    if (links.length === 0) return;
    const at = links.findIndex((link) => link.closest("tr").contains(document.activeElement));
    const next = at < 0 ? 0 : Math.min(Math.max(at + by, 0), links.length - 1);
    links[next].focus();
  };
  document.addEventListener("keydown", (event) => {
    if (holding(event) || event.repeat || event.isComposing || typing(event.target) || typing(document.activeElement)) return;
    if (event.key === "j") return move(1);
    if (event.key === "k") return move(-1);
    const row = document.activeElement.closest("#queue-rows tr");
    const control = event.key === "t" && row ? row.querySelector(".replevin-take button") : desk.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
    if (!control) return;
    event.preventDefault();
    if (control.matches("[data-key-twice]")) return control.focus();
    control.click();
  });
}
