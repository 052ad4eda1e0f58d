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
