// The officers' other work: taking and handing back, giving to others, photos of one's choice, refusals, outcomes, what a partner
// asks, blind reviews, series, searches that alert, holds.
import { until } from "../program.mjs";

// A burglary of two bicycles that one seller offers, each with photos; their reports' paths.
export async function burglary({ program, bicycle, facts }) {
  const number = (at) => [{ kind: "frame_number", value: facts.frameNumbers[at] }];
  const said = { category: "bicycles", brand: "Kildemoes", description: "7 gear, ridse på forskærmen", language: "da" };
  const items = await program.stolen(
    "4100-77777-00002-26",
    { ...said, title: "Kildemoes Logic", identifiers: number(3), photos: ["i-001-1.jpg", "i-002-1.jpg"] },
    { ...said, title: "Kildemoes Street", identifiers: number(4) },
  );
  const seller = { ref: "u-77" };
  await program.push(bicycle("B-1", 3, { seller }), bicycle("B-2", 4, { seller }));
  for (const [at, photo] of ["i-001-1.jpg", "i-003-1.jpg"].entries()) {
    await program.putPhoto("partner", `/partners/${program.partner}/listings/B-1/photos/${at + 1}`, photo);
  }
  await program.settle();
  return Promise.all(items.map((item) => program.reportOn(item)));
}

// Taken on the queue, handed back, taken, given to a colleague, who decides.
export async function teamwork(walk) {
  const { as, reports } = walk;
  const officer = await as("officer");
  await officer.open("/queue?group=seller", "queue-by-seller");
  await officer.open("/queue?sort=probability", "queue-several");
  await officer.send(/^Take SR-/);
  if (officer.browser.javascript) {
    // A letter beside a field only goes to the button, and one with another key, or in a field, does nothing at all.
    const focused = () => officer.page.evaluate(() => document.activeElement.textContent.trim());
    for (const keys of ["Shift+h", "Control+h", "Alt+h"]) await officer.page.keyboard.press(keys);
    await officer.page.locator("#reason").focus();
    await officer.page.keyboard.press("h");
    if ((await officer.page.locator("#reason").inputValue()) !== "h") throw new Error("a letter in a field was a shortcut");
    await officer.page.locator("#reason").fill("");
    await officer.page.locator("h1").click();
    await officer.page.keyboard.press("h");
    if ((await focused()) !== "Hand back to the queue") throw new Error("h does not go to the button");
    await officer.check();
  }
  await officer.send("Hand back to the queue");
  await officer.look("queue-handed-back");
  await officer.send(/^Take SR-\d+ back/);
  await officer.send("Hand back to the queue");
  await officer.look("report-handed-back");
  await officer.open(reports[0], "report-photos");
  await officer.follow(/^Compare/, ".replevin-photos");
  await officer.sees("The two photos that you chose");
  await officer.look("report-two-chosen-photos");
  await officer.send("Take this report");
  await officer.open("/queue?tab=mine", "queue-mine");
  await officer.open(reports[0]);
  await officer.follow("Give it to somebody else");
  await officer.look("assign");
  await officer.send("Give it to them", { officer: { label: "Test other-officer (officer)" } });
  await officer.look("report-assigned");
  const other = await as("other-officer");
  await other.open("/queue?tab=mine");
  await other.follow(/^SR-/, "main");
  await other.look("report-given-to-me");
}

// A question to the partner, answered.
export async function askPartner({ as, reports }) {
  const officer = await as("other-officer");
  await officer.open(`${reports[0]}/questions`);
  await officer.tick("to", "partner");
  await officer.send("Continue", { question: "Hvornår blev varen indleveret?" });
  await officer.look("question-to-partner-check");
  await officer.send("Ask");
  const partner = await as("partner");
  await partner.open("/police-questions", "partner-asked");
  await partner.page.locator("main textarea").fill("I mandags.");
  await partner.send("Send the answer");
  await partner.look("partner-answered-question");
  await officer.open(reports[0]);
  await officer.sees("I mandags.");
}

// Confirmed; the supervisor refuses what is asked for, the partner declines what is asked for again; closed with its outcome.
export async function refusals({ as, facts, reports }) {
  const officer = await as("other-officer");
  await officer.tick("decision", "confirmed");
  await officer.tick("confirmed_reasons", "same_number");
  await officer.send("Continue", { reason: "Stelnummeret er det registrerede." });
  await officer.send("Confirm, and ask for the seller", { ask_reason: "Find out who sells it." });
  await officer.sees("Check what you ask for", "Find out who sells it.");
  await officer.look("disclosure-ask-at-once");
  await officer.send("Change");
  await askFor(officer);
  const supervisor = await as("supervisor");
  await supervisor.open("/approvals");
  await supervisor.follow(/^SR-/, "main");
  await supervisor.tick("decision", "refuse");
  await supervisor.send("Continue", {}, { wrong: true });
  await supervisor.look("approval-again");
  await supervisor.send("Continue", { reason: "Navn er nok." });
  await supervisor.look("refusal-check");
  const password = await supervisor.page.locator("#password").count();
  await supervisor.send(/^Refuse/, password ? { password: facts.password } : {});
  await supervisor.look("approvals-none");
  await officer.open("/disclosures");
  await officer.follow(/^Request/);
  await officer.sees("Navn er nok.");
  await officer.look("disclosure-refused");
  await officer.open(reports[0]);
  await officer.send("Ask for the seller’s identity");
  await askFor(officer);
  await supervisor.open("/approvals");
  await supervisor.follow(/^SR-/, "main");
  await supervisor.tick("decision", "approve");
  await supervisor.send("Continue");
  await supervisor.send("Approve the request");
  const partner = await as("partner");
  await partner.open("/requests");
  await partner.follow(/Kildemoes/, "main");
  await partner.tick("decision", "decline");
  await partner.send("Continue", {}, { wrong: true });
  await partner.look("partner-decline-again");
  await partner.send("Continue", { reason: "Sælger er ikke kendt hos os." });
  await partner.look("partner-decline-check");
  await partner.send("Decline the request");
  await partner.look("partner-declined");
  await officer.open("/disclosures", "disclosures-declined");
  await officer.follow(/^Request/);
  await officer.sees("Sælger er ikke kendt hos os.");
  await officer.look("disclosure-declined");
}

async function askFor(officer) {
  if (!(await officer.page.locator("input[name=fields][value=name]").isChecked())) await officer.tick("fields", "name");
  await officer.send("Continue", { reason: "Find out who sells the stolen bicycle." });
  await officer.send("Send the request");
}

export async function outcome({ as, reports }) {
  const officer = await as("other-officer");
  await officer.open(reports[0]);
  await officer.send("Record the outcome and close");
  await officer.look("close");
  await officer.send("Continue", {}, { wrong: true });
  await officer.look("close-again");
  await officer.tick("outcome", "returned_to_owner");
  await officer.send("Continue", { note: "Udleveret til ejeren i dag." });
  await officer.look("close-check");
  await officer.send("Change");
  await officer.send("Continue");
  await officer.send("Record and close");
  await officer.look("report-closed");
  await officer.open("/queue?tab=decided", "queue-decided");
}

// Reports that hang together by seller and by burglary.
export async function series({ as, reports }) {
  const officer = await as("officer");
  await officer.open("/series", "series-list");
  await officer.follow(/^With SR-/, "main");
  await officer.look("series-of-two");
  await officer.open(reports[1], "report-of-series");
}

// One pair below the threshold, without its score.
export async function blindReview({ as, program }) {
  const number = (value) => [{ kind: "serial", value }];
  await program.stolen("4100-77777-00003-26", { title: "Symaskine", identifiers: number("211310"), photos: ["i-004-1.jpg"] });
  const listing = { id: "F-1", title: "Gammel symaskine", identifiers: number("211810"), seller: { ref: "u-F-1" }, status: "active" };
  await program.push(listing);
  await program.settle();
  const officer = await as("officer");
  await officer.open("/blind-reviews", "blind-review");
  await officer.seesNot("replevin-probability", "yardstick");
  await officer.send("Record the answer", { reason: "" }, { wrong: true });
  await officer.look("blind-review-again");
  await officer.tick("verdict", "another");
  await officer.send("Record the answer", { reason: "Et andet nummer." });
  await officer.look("blind-review-recorded");
}

// The police see that a partner asked, and note what they did about it.
export async function leads({ as, facts }) {
  const officer = await as("officer");
  await officer.open("/leads", "leads");
  await officer.sees(facts.frameNumbers[0]);
  await officer.send(/^Note and close/, {}, { wrong: true });
  await officer.look("leads-again");
  const lead = officer.path();
  const note = await officer.page.locator("textarea").first().getAttribute("id");
  await officer.send(/^Note and close/, { [note]: "Called the partner: it keeps the bicycle." });
  await officer.look("leads-followed");
  await officer.open(lead);
}

// The listing is taken down and comes again under another number: what was decided before is told.
export async function offeredAgain({ as, program, bicycle }) {
  await program.ofPartner("DELETE", "listings/L-1");
  await program.push(bicycle("L-1B", 0, { seller: { ref: "u-L-1" } }));
  await program.untilOpen(1);
  const officer = await as("officer");
  await officer.open("/queue");
  await officer.follow(/^SR-/, "main");
  await officer.sees("The same object in other offers", "was dismissed as the same item under its former number");
  await officer.look("report-relisted");
}

// By number, a part of one, photo, place and time, seller; each for a purpose.
export async function search({ as, facts, reference }) {
  const officer = await as("officer");
  const purpose = { case: reference, reason: "Look for the stolen bicycle." };
  await officer.open("/search", "search");
  await officer.send("Search", { number: facts.frameNumbers[0] }, { wrong: true });
  await officer.look("search-again");
  await officer.send("Search", { number: facts.frameNumbers[0], ...purpose });
  await officer.sees("Kildemoes", "L-1");
  await officer.look("search-found");
  for (const [name, fields, found] of [
    ["part-of-a-number", { number: facts.frameNumbers[0].slice(2, 7) }, "Kildemoes"],
    ["words-and-place", { words: "herrecykel", place: "Aarhus", from: "2020-01-01" }, "Kildemoes"],
    ["seller", { seller: "SR-1" }, "L-1"],
    ["nothing", { words: "orgelpibe" }, "Nothing that you may see."],
  ]) {
    await officer.open("/search");
    await officer.send("Search", { ...fields, ...purpose });
    await officer.sees(found);
    await officer.look(`search-${name}`);
  }
  await officer.open("/search");
  await officer.page.setInputFiles("#photo", facts.photo);
  await officer.send("Search", purpose);
  await officer.sees("Kildemoes");
  await officer.look("search-photo");
}

// A search that alerts, for a case and a reason.
export async function saveSearch({ as, reference }) {
  const officer = await as("officer");
  await officer.open("/searches", "searches-none");
  await officer.send("Save the search", { name: "Cycles with this number", days: "30", number: "WBK" }, { wrong: true });
  await officer.look("searches-again");
  const purpose = { case: reference, reason: "Watch for the same seller." };
  await officer.send("Save the search", { name: "Cycles with this number", days: "30", number: "WBK1?", words: "herrecykel", ...purpose });
  await officer.look("searches-one");
}

// It has found what came on sale since.
export async function alerted({ as }) {
  const officer = await as("officer");
  await until("the search alerts", async () => {
    await officer.open("/searches");
    return (await officer.page.locator("main").innerText()).includes("new");
  });
  await officer.look("searches-alerted");
  await officer.open("/digest", "officer-digest");
  await officer.open("/searches");
  await officer.follow("Cycles with this number", "main");
  await officer.look("search-saved");
  await officer.send("End this search");
  await officer.look("searches-ended");
}

// An officer asks for a hold; the partner keeps the thing; it is extended and lifted. Another the partner does not keep.
export async function holds({ as, report, reports, reference }) {
  const officer = await as("officer");
  await officer.open(`${report}/hold`, "hold-refused-state");
  await officer.open(`${report}/reopen`);
  await officer.send("Continue", { reason: "Skal holdes." });
  await officer.send("Reopen the report");
  await officer.open(`${report}/hold`, "hold-to-ask");
  await officer.sees("not decided");
  await officer.send("Continue", { case: reference, reason: "" }, { wrong: true });
  await officer.look("hold-to-ask-again");
  await officer.send("Continue", { case: reference, reason: "Before the sale ends." });
  await officer.look("hold-check");
  await officer.sees("nobody has decided it", "It is told neither your reason");
  await officer.send("Change");
  await officer.send("Continue");
  await officer.send("Ask the partner to keep it");
  await officer.look("hold-asked");
  const partner = await as("partner");
  await partner.open("/holds", "partner-holds");
  await partner.seesNot("Before the sale ends.");
  await partner.send(/^We do not/, {}, { wrong: true });
  await partner.look("partner-holds-again");
  await partner.send(/^We keep it/);
  await partner.look("partner-held");
  await officer.open(`${report}/hold`, "hold-held");
  await officer.send("Extend it", { reason: "Retten har bedt om tid." });
  await officer.look("hold-extended");
  await officer.send("Lift it", { reason: "" }, { wrong: true });
  await officer.look("hold-again");
  await officer.send("Lift it", { reason: "It was given back." });
  await officer.look("hold-lifted");
  await officer.open(`${reports[1]}/hold`, "hold-not-mine");
  await officer.open(reports[1]);
  await officer.send("Take this report");
  await officer.follow("Hold the goods");
  await officer.send("Continue", { reason: "Before the sale ends." });
  await officer.send("Ask the partner to keep it");
  await partner.open("/holds");
  const note = await partner.page.locator("textarea").first().getAttribute("id");
  await partner.send(/^We do not/, { [note]: "Den er udleveret i går." });
  await partner.look("partner-holds-refused");
  await officer.open(`${reports[1]}/hold`, "hold-not-kept");
}
