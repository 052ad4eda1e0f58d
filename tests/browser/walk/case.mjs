// One case from the theft to the seller's name: verified, pushed, found, taken, compared, asked about, confirmed, asked for,
// approved, answered, opened, vouched for, and taken back; then the figures and the log of it.

export async function verify({ as, facts, reference }) {
  const officer = await as("officer");
  await officer.look("queue-empty");
  await officer.open("/held-form", "held-form-none");
  await officer.open("/theft-reports", "theft-reports");
  await officer.follow(/Kildemoes/, "main");
  await officer.look("theft-report");
  await officer.seesNot("Hanne", "hanne@owners.example");
  await officer.send(/^Verify/, { crime_reference: "" }, { wrong: true });
  await officer.look("theft-report-again");
  await officer.send(/^Verify/, { crime_reference: reference });
  await officer.look("theft-verify-check");
  await officer.send(/^Verify/);
  await officer.look("theft-verified");
  const theft = officer.path();
  await officer.send("Open contact details", { case: "another case", reason: "Ask the owner for the receipt.", password: facts.password }, { wrong: true });
  await officer.look("contact-again");
  await officer.send("Open contact details", { case: reference });
  await officer.sees("hanne@owners.example");
  await officer.look("contact");
  // Whoever comes back to the address is shown nothing without a reason.
  await officer.open(`${theft}/contact`);
  await officer.seesNot("hanne@owners.example");
  await officer.open("/queue");
}

export async function push({ as, browser, bicycle, program }) {
  const officer = await as("officer");
  await program.push(bicycle("L-1", 0));
  await program.untilOpen(1);
  await program.putPhoto("partner", `/partners/${program.partner}/listings/L-1/photos/1`, "i-001-1.jpg");
  // With scripts a report appears by itself; without them it is there when the page is opened again.
  if (!browser.javascript) return officer.open("/queue");
  await officer.page.getByRole("link", { name: /^SR-/ }).waitFor();
  await officer.sees("1 new report has come in.");
  await officer.look("queue-came-in");
}

export async function narrow({ as }) {
  const officer = await as("officer");
  await officer.send("Apply", { place: "Aarhus", kind: { value: "identifier" } });
  await officer.sees("Place: Aarhus");
  await officer.look("queue-narrowed");
  await officer.send("Keep these filters for me");
  await officer.look("queue-filters-kept");
  await officer.send("Forget my filters");
  await officer.open("/queue?category=nothing", "queue-nothing-fits");
}

export async function decide(walk) {
  const { as, facts } = walk;
  const officer = await as("officer");
  await officer.open("/queue", "queue-one");
  await officer.follow(/^SR-/);
  await officer.look("report");
  await officer.sees("Kildemoes", facts.frameNumbers[0], "Speaks for");
  await officer.seesNot("Hanne", "hanne@owners.example", facts.listing.seller.ref);
  await officer.send("Take this report");
  await officer.look("report-taken");
  walk.report = officer.path();
  await compare(officer, facts);
  await needMore(walk, officer);
  await prove(walk, officer);
  await officer.tick("decision", "confirmed");
  await officer.send("Continue", { reason: "Stelnummeret er det registrerede." }, { wrong: true });
  await officer.look("decision-again");
  await officer.tick("confirmed_reasons", "same_number");
  await officer.send("Continue");
  await officer.look("decision-check");
  await officer.send("Change");
  await officer.send("Continue");
  await officer.send("Confirm the report");
  await officer.look("report-confirmed");
}

// Both photos over each other by plain controls, enlarged, and the record as it came.
async function compare(officer, facts) {
  for (const [view, share] of [["swipe", "75"], ["overlay", "50"]]) {
    await officer.page.locator(`#view-${view}`).check();
    await officer.page.locator(`#share-${share}`).check();
    await officer.look(`report-${view}`);
  }
  await officer.page.locator("#view-two").check();
  await officer.page.locator("#zoom-2").check();
  await officer.look("report-enlarged");
  for (const summary of await officer.page.locator("details summary").all()) await summary.click();
  await officer.look("report-unfolded");
  await officer.sees("SHA-256 of this record", facts.frameNumbers[0]);
}

// A comment, a question to the owner and its answer, the series, and the keys.
async function needMore({ report, people: { owner }, browser }, officer) {
  await officer.send("Add the comment", { comment: "Spurgt ejeren om lakken." });
  await officer.look("report-commented");
  await officer.open(`${report}/questions`, "question-to-ask");
  await officer.tick("to", "owner");
  await officer.send("Continue", { question: "?" }, { wrong: true });
  await officer.look("question-to-ask-again");
  await officer.send("Continue", { question: "Er der en bule under venstre pedal?" });
  await officer.look("question-to-owner-check");
  await officer.send("Ask");
  await officer.look("question-asked");
  await owner.open("/police-questions", "owner-asked");
  await owner.send("Send the answer", {}, { wrong: true });
  await owner.look("owner-asked-again");
  await owner.page.locator("main textarea").fill("Ja, en lille en.");
  await owner.send("Send the answer");
  await owner.look("owner-answered");
  await officer.open(`${report}/series`, "series");
  await officer.open("/queue", "queue-answered");
  await officer.open(report, "report-answered");
  await officer.sees("Ja, en lille en.");
  if (browser.javascript) {
    await officer.page.keyboard.press("q");
    await officer.page.waitForURL(/\/queue/);
  }
  await officer.open(report);
  await officer.send("Turn the keys off");
  await officer.look("keys-off");
  await officer.send("Turn them on");
}

// The seller is asked for proof through the partner; what comes is compared with the registration.
async function prove({ as, report, facts, reference }, officer) {
  await officer.open(`${report}/proofs`, "proof-ask");
  await officer.send("Continue", { days: "0" }, { wrong: true });
  await officer.look("proof-ask-again");
  await officer.tick("asked", "receipt", "older_photo");
  await officer.send("Continue", { days: "5" });
  await officer.sees("This tips the seller off");
  await officer.look("proof-check");
  await officer.send("Have the seller asked");
  await officer.look("proof-asked");
  const partner = await as("partner");
  await partner.open("/proofs", "partner-proofs");
  await partner.follow(/Kildemoes/, "main");
  await partner.look("partner-proof");
  await partner.seesNot(facts.frameNumbers[0], "Hanne", "skuret", reference);
  await partner.send("Give this answer", {}, { wrong: true });
  await partner.look("partner-proof-again");
  await partner.tick("shown", "yes");
  await partner.page.locator("#pictures").setInputFiles(facts.photo);
  await partner.send("Give this answer", { text: "Kvittering fra 2019, uden navn." });
  await partner.look("partner-proof-answered");
  await officer.open(report);
  await officer.follow("What the seller is to prove");
  await officer.sees("Kvittering fra 2019");
  await officer.look("proof-compare");
  await officer.send("Record this", { facts: "Kvitteringen er fra 2019.", assessment: "" }, { wrong: true });
  await officer.look("proof-compare-again");
  await officer.tick("finding", "open");
  await officer.send("Record this", { facts: "Kvitteringen er fra 2019.", assessment: "Den siger intet om netop denne cykel." });
  await officer.look("proof-judged");
  await officer.open(report);
}

export async function ask({ as, report, reference }) {
  const officer = await as("officer");
  await officer.open(`${report}/disclosure`, "disclosure-ask");
  if (await officer.page.locator("#reason").inputValue()) throw new Error("the reason is filled in by somebody else");
  await officer.send("Continue", { case: reference, reason: "" }, { wrong: true });
  await officer.look("disclosure-ask-again");
  await officer.tick("fields", "name");
  await officer.send("Continue", { case: reference, reason: "Find out who sells the stolen bicycle." });
  await officer.look("disclosure-check");
  await officer.send("Send the request");
  await officer.look("disclosure-asked");
}

export async function approve({ as, facts }) {
  const supervisor = await as("supervisor");
  await supervisor.open("/approvals", "approvals");
  await supervisor.follow(/^SR-/, "main");
  await supervisor.look("approval");
  await supervisor.tick("decision", "approve");
  await supervisor.send("Continue");
  await supervisor.look("approval-check");
  await supervisor.sees("SR-", "Kildemoes", "Full name", "Legal basis", "Find out who sells the stolen bicycle.");
  await supervisor.send("Approve the request", { password: "not the one" }, { wrong: true });
  await supervisor.look("approval-check-again");
  await supervisor.send("Approve the request", { password: facts.password });
  await supervisor.look("approval-given");
}

export async function answer({ as, facts }) {
  const partner = await as("partner");
  await partner.open("/deliveries", "deliveries");
  await partner.follow(/\d/, "main");
  await partner.look("delivery");
  await partner.open("/feeds", "feeds-none");
  await partner.open("/letter", "letter");
  await partner.open("/requests", "partner-requests");
  await partner.follow(/L-1|Kildemoes/, "main");
  await partner.look("partner-request");
  await partner.seesNot(facts.frameNumbers[0], "Hanne", "skuret");
  await partner.tick("decision", "give");
  await partner.send("Continue", {}, { wrong: true });
  await partner.look("partner-request-again");
  await partner.send("Continue", { name: "Ib Sælger" });
  await partner.look("partner-answer-check");
  await partner.send("Change");
  await partner.send("Continue");
  await partner.send("Give this answer");
  await partner.look("partner-answered");
}

export async function openIdentity({ as, facts, reference }) {
  const officer = await as("officer");
  await officer.open("/disclosures", "disclosures");
  await officer.follow(/^Request/);
  await officer.look("disclosure-answered");
  const request = officer.path();
  // Asked again only when it was given longer ago than five minutes.
  const asked = await officer.page.locator("#password").count();
  await officer.send("Open the identity", { case: reference, reason: "", ...(asked ? { password: "not the one" } : {}) }, { wrong: true });
  await officer.look("disclosure-answered-again");
  await officer.send("Open the identity", { reason: "Summon the seller for questioning.", ...(asked ? { password: facts.password } : {}) });
  await officer.sees("Ib Sælger");
  await officer.look("identity");
  await officer.open(`${request}/identity`);
  await officer.seesNot("Ib Sælger");
}

// The sealed bundle and the document by one press each, before and after somebody vouches for the report.
export async function vouch({ as, report }) {
  const officer = await as("officer");
  await officer.open(report);
  await officer.download("Download the sealed bundle", "SR-1-intelligence.zip");
  await officer.follow("somebody vouches for it as evidence", "main");
  await officer.look("evidence-vouch");
  await officer.send("Continue", { reason: "" }, { wrong: true });
  await officer.look("evidence-vouch-again");
  await officer.send("Continue", { reason: "Jeg har selv sammenlignet stelnummeret." });
  await officer.look("evidence-check");
  await officer.send("Promote to evidence");
  await officer.look("report-evidence");
  await officer.download("Download the document", "SR-1-evidence.pdf");
}

// The report turns out not to be the item: what was asked on it is taken back, and the partner is told.
export async function takeBack({ as, report }) {
  const officer = await as("officer");
  await officer.open(report);
  await officer.send("Reopen");
  await officer.look("reopen");
  await officer.send("Continue", { reason: "" }, { wrong: true });
  await officer.look("reopen-again");
  await officer.send("Continue", { reason: "En anden cykel har nummeret." });
  await officer.look("reopen-check");
  await officer.send("Reopen the report");
  await officer.look("report-reopened");
  await officer.tick("decision", "dismissed");
  await officer.tick("dismissed_reasons", "another_number");
  await officer.send("Continue", { reason: "Nummeret er et andet." });
  await officer.look("dismissal-check");
  await officer.send("Dismiss the report");
  await officer.look("report-dismissed");
  await officer.open("/disclosures", "disclosures-taken-back");
  await officer.follow(/^Request/);
  await officer.look("disclosure-taken-back");
  const partner = await as("partner");
  await partner.open("/requests", "partner-requests-taken-back");
  await partner.follow(/L-1|Kildemoes/, "main");
  await partner.sees("The police have taken this request back");
  await partner.look("partner-request-taken-back");
}
