// The walk: an owner signs up, registers, reports a theft; an officer verifies it; a partner pushes a listing; the officer takes
// the report, confirms, asks; a supervisor approves; the partner answers; the officer opens, takes an evidence pack, thinks again and
// takes the request back; the supervisor counts; the auditor sees every step.
//
// Facts come in WALK: the program's address, accounts, a token, a listing, a photo. Fields are named by their id, which is also
// the name under which they are sent.
import { readFileSync } from "node:fs";
import { Browser } from "./browser.mjs";

const facts = JSON.parse(process.env.WALK);
const reference = "4100-77777-00001-26";
const day = (daysAgo) => new Date(Date.now() - daysAgo * 86_400_000).toISOString().slice(0, 10);

const people = {};
const browser = await Browser.start(facts);
try {
  const owner = (people.owner = await register());
  await reportTheft(owner);
  const officer = await verify();
  await officer.open("/queue");
  await pushListing();
  await comesIn(officer);
  await narrow(officer);
  const report = await decide(officer);
  await search(officer);
  await ask(officer, report);
  await approve();
  await answer();
  await openIdentity(officer);
  await vouch(officer, report);
  await takeBack(officer, report);
  await figures();
  await audit();
  await settings();
  await feeds();
  await tokens();
  await decoys();
  await leads(officer);
  await offeredAgain(officer);
  await notifications();
  await savedSearches(officer);
  await holds(officer, report);
  await owner.open("/items", "owner-items-after");
} catch (error) {
  browser.faults.push(error.stack);
  await browser.picture("stopped-here");
}
const faults = await browser.end();
console.log(`${browser.pages.size} pages seen ${facts.javascript ? "with" : "without"} scripts, ${faults.length} faults`);
for (const fault of faults) console.log(`  ${fault}`);
process.exit(faults.length === 0 && browser.pages.size > 20 ? 0 : 1);

async function register() {
  const owner = await browser.person("owner");
  await owner.open("/", "welcome");
  await owner.open("/sign-in", "sign-in");
  await owner.open("/sign-up", "sign-up");
  await owner.send("Create account", { name: "Hanne Holm", email: "hanne@owners.example", password: "short" }, { wrong: true });
  await owner.look("sign-up-again");
  await owner.send("Create account", { name: "Hanne Holm", email: "hanne@owners.example", password: facts.password });
  await owner.look("items-none");
  await owner.open("/items/new", "register-what");
  await owner.send("Continue", { title: "Kildemoes herrecykel", category: { index: 1 }, brand: "Kildemoes", color: "sort" });
  await owner.look("register-numbers");
  await owner.send("Continue", { "kind-1": { value: "frame_number" }, "value-1": facts.frameNumber });
  await owner.look("register-details");
  await owner.send("Continue", { marks: "JHK under sadlen", description: "7 gear, ridse på forskærmen, blå håndtag", language: { value: "da" } });
  await owner.look("register-check");
  await owner.send("Register this item");
  await owner.look("item-photos");
  await owner.page.setInputFiles("#photo", facts.photo);
  await owner.send("Upload this photo");
  await owner.look("item-photos-one");
  await owner.open("/items", "items-one");
  await owner.follow("Kildemoes herrecykel");
  await owner.look("item");
  for (const [path, name] of [["/my-data", "my-data"], ["/questions", "questions-none"], ["/my-data/erase", "erase"]]) await owner.open(path, name);
  return owner;
}

async function reportTheft(owner) {
  await owner.open("/report-theft", "theft-which");
  await owner.page.locator("#item").check();
  await owner.send("Continue");
  await owner.look("theft-when");
  await owner.send("Continue", { from: day(2), "from-time": "18:00", to: day(1), "to-time": "07:00" });
  await owner.look("theft-where");
  await owner.send("Continue", { city: "Aarhus", postcode: "8000", country: { value: "DK" }, circumstances: "Låsen på skuret var klippet over." });
  await owner.look("theft-check");
  await owner.send("Report the theft");
  await owner.look("theft-done");
}

async function verify() {
  const officer = await browser.person("officer");
  await officer.signIn("officer@replevin.example", facts.password);
  await officer.look("queue-empty");
  await officer.open("/theft-reports", "theft-reports");
  await officer.follow(/Kildemoes/, "main");
  await officer.look("theft-report");
  await officer.seesNot("Hanne", "hanne@owners.example");
  await officer.send(/^Verify/, { crime_reference: "" }, { wrong: true });
  await officer.look("theft-report-again");
  await officer.send(/^Verify/, { crime_reference: reference });
  await officer.look("theft-check");
  await officer.send(/^Verify/);
  await officer.look("theft-verified");
  await officer.send("Open contact details", { case: reference, reason: "Ask the owner for the receipt." });
  await officer.sees("hanne@owners.example");
  await officer.look("contact");
  return officer;
}

async function pushListing() {
  const answer = await fetch(`${facts.base}/api/v1/partners/${facts.partner}/listings`, {
    method: "POST",
    headers: { authorization: `Bearer ${facts.partnerToken}`, "content-type": "application/x-ndjson" },
    body: `${JSON.stringify(facts.listing)}\n`,
  });
  if (!answer.ok) throw new Error(`push: ${answer.status} ${await answer.text()}`);
  for (let tries = 0; ; tries++) {
    const figures = await (await fetch(`${facts.base}/metrics`)).text();
    if (/^replevin_reports\{state="open"\} 1$/m.test(figures)) break;
    if (tries > 600) throw new Error(`no report was raised:\n${figures}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  const put = await fetch(`${facts.base}/api/v1/partners/${facts.partner}/listings/${facts.listing.id}/photos/1`, {
    method: "PUT",
    headers: { authorization: `Bearer ${facts.partnerToken}`, "content-type": "image/jpeg" },
    body: readFileSync(facts.photo),
  });
  if (!put.ok) throw new Error(`photo: ${put.status} ${await put.text()}`);
}

// With scripts a report appears by itself; without them it is there when the page is opened again.
// A partner sees how its feeds fare: one that is pushed and one that is fetched from nowhere, and a record that waits.
async function feeds() {
  await setFeeds();
  const partner = await browser.person("partner-feeds");
  await partner.signIn("partner@replevin.example", facts.password);
  await partner.open("/sample", "sample");
  const table = Buffer.from("Varenr;Titel;Pris\nL-1;Ring;1.200,00\nL-2;;5\n");
  await partner.page.setInputFiles("#sample", { name: "lots.csv", mimeType: "text/csv", buffer: table });
  await partner.send("Show what comes of it");
  await partner.look("sample-read");
  await partner.send("Take the mapping over");
  await partner.look("feed-new");
  await partner.page.locator("#name").fill("table");
  await partner.page.locator("#url").fill("https://feeds.invalid.example/table.csv");
  await partner.send("Save", { schedule: "never" }, { wrong: true });
  await partner.look("feed-new-wrong");
  await partner.page.locator("#schedule").fill("30 4 * * *");
  await partner.page.locator("#secret-2").check();
  await partner.page.locator("#secret_name").fill("replevin");
  await partner.page.locator("#secret_value").fill("open sesame");
  await partner.send("Save");
  await partner.look("feed-saved");
  await partner.open("/feeds/table/settings", "feed-settings");
  await partner.open("/feeds", "feeds");
  await partner.open("/feeds/lots", "feed");
  await partner.send("Fetch now");
  await partner.look("feed-fetching");
  await partner.send("Read it again, changed or not");
  await partner.look("feed-read-again");
  const check = JSON.stringify({ id: "L-2", identifiers: [{ kind: "frame_number", value: facts.frameNumber }], title: "Kildemoes cykel" });
  const answer = await ofPartner("POST", "/checks", check);
  if (answer.answer !== "refer") throw new Error(`the check was answered ${JSON.stringify(answer)}`);
}

// The partner replaces the token that an administrator made for it, and revokes it.
async function tokens() {
  const partner = await browser.person("partner-tokens");
  await partner.signIn("partner@replevin.example", facts.password);
  await partner.open("/tokens", "tokens");
  await partner.follow("nightly feed", "main");
  await partner.look("token-of-partner");
  await partner.send("Make a new token");
  await partner.look("token-replaced");
  await partner.open("/tokens");
  await partner.follow("nightly feed", "main");
  await partner.page.locator("summary", { hasText: "Revoke it" }).click();
  await partner.send("Revoke it");
  await partner.look("token-revoked");
}

// The partner consents to decoys, an administrator plants one, its listing comes through the feed and is recognised; then the
// partner withdraws its consent.
async function decoys() {
  const partner = await browser.person("partner-decoys");
  await partner.signIn("partner@replevin.example", facts.password);
  await partner.open("/test-listings", "test-listings");
  await partner.send("Consent to decoys", { until: "soon" }, { wrong: true });
  await partner.look("test-listings-again");
  await partner.send("Consent to decoys", { until: "" });
  const administrator = await browser.person("administrator-decoys");
  await administrator.signIn("admin@replevin.example", facts.password);
  await administrator.open("/decoys", "decoys-none");
  await administrator.send("Plant a decoy");
  await administrator.look("decoys-planted");
  const path = `/partners/${facts.partner}`;
  const [decoy] = (await ofPartner("GET", `${path}/decoys`)).decoys;
  await ofPartner("POST", `${path}/listings`, `${JSON.stringify(decoy.record)}\n`, "application/x-ndjson");
  await partner.open("/test-listings", "test-listings-planted");
  await partner.sees(decoy.record.id);
  for (let tries = 0; ; tries++) {
    await administrator.open("/decoys");
    if ((await administrator.page.locator("tbody").first().innerText()).includes("slowest")) break;
    if (tries > 100) throw new Error("the decoy was not recognised");
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  await administrator.look("decoys-alerted");
  await administrator.send(/^Take back/);
  await partner.send("Withdraw the consent");
  await partner.look("test-listings-refused");
}

// The police see that the partner asked, and note what they did about it.
async function leads(officer) {
  await officer.open("/leads", "leads");
  await officer.sees(facts.frameNumber);
  await officer.send(/^Note and close/, {}, { wrong: true });
  await officer.look("leads-again");
  const note = await officer.page.locator("textarea").first().getAttribute("id");
  await officer.send(/^Note and close/, { [note]: "Called the partner: it keeps the bicycle." });
  await officer.look("leads-followed");
}

// The listing is taken down and comes again under another number: what was decided before is told.
async function offeredAgain(officer) {
  await ofPartner("DELETE", `/partners/${facts.partner}/listings/${facts.listing.id}`);
  const again = { ...facts.listing, id: `${facts.listing.id}B` };
  await ofPartner("POST", `/partners/${facts.partner}/listings`, `${JSON.stringify(again)}\n`, "application/x-ndjson");
  for (let tries = 0; ; tries++) {
    const figures = await (await fetch(`${facts.base}/metrics`)).text();
    if (/^replevin_reports\{state="open"\} 1$/m.test(figures)) break;
    if (tries > 600) throw new Error(`no report was raised:\n${figures}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  await officer.open("/queue?state=open");
  await officer.follow(/^SR-/, "main");
  await officer.sees("The same object in other offers", "was dismissed as the same item under its former number");
  await officer.look("report-relisted");
}

// A partner names a system of its own, tries it, sees what became of the message, and takes it back.
async function notifications() {
  const partner = await browser.person("partner-notifications");
  await partner.signIn("partner@replevin.example", facts.password);
  await partner.open("/webhooks", "webhooks-none");
  await partner.send("Enter the endpoint", { url: "http://hooks.example/replevin" }, { wrong: true });
  await partner.look("webhooks-again");
  await partner.page.locator("input[name=events]").first().check();
  await partner.send("Enter the endpoint", { url: "https://hooks.example/replevin" });
  await partner.sees("whsec_");
  await partner.look("webhook-secret");
  await partner.send("I have copied it");
  await partner.look("webhook");
  await partner.send("Send a trial");
  await partner.look("webhook-tried");
  await partner.open("/sent", "sent");
  await partner.follow(/\d/, "table");
  await partner.look("sent-message");
  await partner.open("/webhooks", "webhooks-one");
  await partner.follow("https://hooks.example/replevin", "main");
  await partner.send("Switch off");
  await partner.look("webhook-off");
  await partner.page.locator("details summary").click();
  await partner.send("Remove it");
  await partner.open("/digest", "digest");
  await partner.page.locator("input[name=digest][value=daily]").check();
  await partner.send("Save");
  await partner.look("digest-saved");
}

// A search that alerts, for a case and a reason.
async function savedSearches(officer) {
  await officer.open("/searches", "searches-none");
  await officer.send("Save the search", { name: "Cycles with this number", days: "30", number: "WBK" }, { wrong: true });
  await officer.look("searches-again");
  const purpose = { case: reference, reason: "Watch for the same seller." };
  await officer.send("Save the search", { name: "Cycles with this number", days: "30", number: "WBK1?", words: "cykel", ...purpose });
  await officer.look("searches-one");
  await officer.follow("Cycles with this number", "main");
  await officer.look("search-saved");
  await officer.page.goto("/search");
  await officer.send("Search", { number: facts.frameNumber.slice(2, 7), ...purpose });
  await officer.look("search-part-of-a-number");
}

// How things are held is set; an officer asks for a hold; the partner keeps the thing; the officer lifts it.
async function holds(officer, report) {
  const administrator = await browser.person("administrator-holds");
  await administrator.signIn("admin@replevin.example", facts.password);
  await administrator.open("/partners");
  await administrator.follow("Nordlys Auktioner", "main");
  await administrator.follow(/^How things are held/, "main");
  await administrator.look("hold-policy");
  await administrator.page.locator("input[name=trigger][value=asked]").check();
  await administrator.page.locator("input[name=expiry][value=keep]").check();
  await administrator.send("Save");
  await officer.open(`${report}/hold`, "hold-refused-state");
  await officer.open(`${report}/reopen`);
  await officer.send("Continue", { reason: "Skal holdes." });
  await officer.send("Reopen the report");
  await officer.open(`${report}/hold`, "hold-to-ask");
  await officer.send("Ask the partner to keep it", { case: reference, reason: "Before the sale ends." });
  await officer.look("hold-asked");
  const partner = await browser.person("partner-holds");
  await partner.signIn("partner@replevin.example", facts.password);
  await partner.open("/holds", "partner-holds");
  await partner.seesNot("Before the sale ends.");
  await partner.send(/^We do not/, {}, { wrong: true });
  await partner.look("partner-holds-again");
  await partner.send(/^We keep it/);
  await partner.look("partner-held");
  await officer.open(`${report}/hold`, "hold-held");
  await officer.page.locator("#reason").fill("It was given back.");
  await officer.send("Lift it");
  await officer.look("hold-lifted");
}

async function ofPartner(method, path, body, kind = "application/json") {
  const headers = { authorization: `Bearer ${facts.partnerToken}`, "content-type": kind };
  const answer = await fetch(`${facts.base}/api/v1${path}`, { method, headers, body });
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  return answer.status === 204 ? {} : answer.json();
}

async function setFeeds() {
  const send = (method, path, body, kind) => ofPartner(method, `/partners/${facts.partner}/${path}`, body, kind);
  await send("PUT", "feeds/catalogue", JSON.stringify({ format: "csv", mapping: { columns: { id: "Nr", title: "Titel" } } }));
  await send("POST", "listings?feed=catalogue", "Nr;Titel\n77;Vase\n;Ring\n", "text/csv");
  const pull = { url: "https://feeds.invalid.example/lots.csv", schedule: "30 4 * * *", time_zone: "Europe/Copenhagen", whole: true };
  await send("PUT", "feeds/lots", JSON.stringify({ format: "csv", pull }));
  for (let tries = 0; (await send("GET", "feeds/lots/runs")).runs.length === 0; tries++) {
    if (tries > 300) throw new Error("the feed was never tried");
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

async function comesIn(officer) {
  if (!facts.javascript) return officer.open("/queue");
  await officer.page.getByRole("link", { name: /^SR-/ }).waitFor();
  await officer.sees("1 new report has come in.");
  await officer.look("queue-came-in");
}

async function narrow(officer) {
  await officer.send("Apply", { place: "Aarhus", kind: { value: "identifier" } });
  await officer.sees("Place: Aarhus");
  await officer.look("queue-narrowed");
  await officer.send("Keep these filters for me");
  await officer.look("queue-filters-kept");
  await officer.send("Forget my filters");
  await officer.open("/queue?category=nothing", "queue-nothing-fits");
}

async function decide(officer) {
  await officer.open("/queue", "queue-one");
  await officer.follow(/^SR-/);
  await officer.look("report");
  await officer.sees("Kildemoes", facts.frameNumber, "Speaks for");
  await officer.seesNot("Hanne", "hanne@owners.example", facts.listing.seller.ref);
  await officer.send("Take this report");
  await officer.look("report-taken");
  const report = new URL(officer.page.url()).pathname;
  await compare(officer);
  await needMore(officer, report);
  await prove(officer, report);
  await officer.page.locator("input[name=decision][value=confirmed]").check();
  await officer.send("Continue", { reason: "Stelnummeret er det registrerede." }, { wrong: true });
  await officer.look("decision-again");
  await officer.page.locator("input[name=confirmed_reasons][value=same_number]").check();
  await officer.send("Continue");
  await officer.look("decision-check");
  await officer.send("Confirm the report");
  await officer.look("report-confirmed");
  return report;
}

// Both photos over each other by plain controls, enlarged, and the record as it came.
async function compare(officer) {
  if (await officer.page.locator("#view-swipe").count()) {
    for (const [view, share] of [["swipe", "75"], ["overlay", "50"]]) {
      await officer.page.locator(`#view-${view}`).check();
      await officer.page.locator(`#share-${share}`).check();
      await officer.look(`report-${view}`);
    }
    await officer.page.locator("#view-two").check();
    await officer.page.locator("#zoom-2").check();
    await officer.look("report-enlarged");
  }
  for (const summary of await officer.page.locator("details summary").all()) await summary.click();
  await officer.look("report-unfolded");
  await officer.sees("SHA-256 of this record", facts.frameNumber);
}

// A comment, a question to the owner and its answer, the series, and the keys.
async function needMore(officer, report) {
  await officer.send("Add the comment", { comment: "Spurgt ejeren om lakken." });
  await officer.look("report-commented");
  await officer.open(`${report}/questions`, "question-to-ask");
  await officer.page.locator("input[name=to][value=owner]").check();
  await officer.send("Continue", { question: "Er der en bule under venstre pedal?" });
  await officer.look("question-check");
  await officer.send("Ask");
  await officer.look("question-asked");
  const owner = people.owner;
  await owner.open("/police-questions", "owner-asked");
  await owner.page.locator("main textarea").fill("Ja, en lille en.");
  await owner.send("Send the answer");
  await owner.look("owner-answered");
  await officer.open(`${report}/series`, "series");
  await officer.open("/series", "series-list");
  await officer.open(report, "report-answered");
  await officer.sees("Ja, en lille en.");
  if (facts.javascript) {
    await officer.page.keyboard.press("q");
    await officer.page.waitForURL(/\/queue/);
  }
  await officer.open(report);
  await officer.send("Turn the keys off");
  await officer.look("keys-off");
  await officer.send("Turn them on");
}

// The seller is asked for proof through the partner; what comes is compared with the registration.
async function prove(officer, report) {
  await officer.open(`${report}/proofs`, "proof-ask");
  await officer.send("Continue", { days: "0" }, { wrong: true });
  await officer.look("proof-ask-again");
  await officer.page.locator("input[name=asked][value=receipt]").check();
  await officer.page.locator("input[name=asked][value=older_photo]").check();
  await officer.send("Continue", { days: "5" });
  await officer.sees("This tips the seller off");
  await officer.look("proof-check");
  await officer.send("Have the seller asked");
  await officer.look("proof-asked");
  const partner = await browser.person("partner-proof");
  await partner.signIn("partner@replevin.example", facts.password);
  await partner.open("/proofs", "partner-proofs");
  await partner.follow(/Kildemoes/, "main");
  await partner.look("partner-proof");
  await partner.seesNot(facts.frameNumber, "Hanne", "skuret", reference);
  await partner.send("Give this answer", {}, { wrong: true });
  await partner.look("partner-proof-again");
  await partner.page.locator("input[name=shown][value=yes]").check();
  await partner.page.locator("#pictures").setInputFiles(facts.photo);
  await partner.send("Give this answer", { text: "Kvittering fra 2019, uden navn." });
  await partner.look("partner-proof-answered");
  await officer.open(report);
  await officer.follow("What the seller is to prove");
  await officer.sees("Kvittering fra 2019");
  await officer.look("proof-compare");
  await officer.send("Record this", { facts: "Kvitteringen er fra 2019.", assessment: "" }, { wrong: true });
  await officer.look("proof-compare-again");
  await officer.page.locator("input[name=finding][value=open]").check();
  await officer.send("Record this", { facts: "Kvitteringen er fra 2019.", assessment: "Den siger intet om netop denne cykel." });
  await officer.look("proof-judged");
}

// Free search, for a purpose.
async function search(officer) {
  await officer.open("/search", "search");
  await officer.send("Search", { number: facts.frameNumber }, { wrong: true });
  await officer.look("search-again");
  await officer.page.locator("#case").fill(reference);
  await officer.page.locator("#reason").fill("Look for the stolen bicycle.");
  await officer.send("Search", { number: facts.frameNumber });
  await officer.sees("Kildemoes", "L-1");
  await officer.look("search-found");
}

async function ask(officer, report) {
  await officer.open(`${report}/disclosure`, "disclosure-ask");
  await officer.page.locator("input[type=checkbox][value=name]").check();
  await officer.send("Continue", { case: reference, reason: "Find out who sells the stolen bicycle." });
  await officer.look("disclosure-check");
  await officer.send("Send the request");
  await officer.look("disclosure-asked");
}

// The sealed bundle and the document by one press each, before and after somebody vouches for the report.
async function vouch(officer, report) {
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
async function takeBack(officer, report) {
  await officer.open(`${report}/reopen`);
  await officer.send("Continue", { reason: "En anden cykel har nummeret." });
  await officer.send("Reopen the report");
  await officer.page.locator("input[name=decision][value=dismissed]").check();
  await officer.page.locator("input[name=dismissed_reasons][value=another_number]").check();
  await officer.send("Continue", { reason: "Nummeret er et andet." });
  await officer.send("Dismiss the report");
  await officer.look("report-dismissed");
  await officer.open("/disclosures", "disclosures-taken-back");
  await officer.follow(/^Request/);
  await officer.look("disclosure-taken-back");
  const { partner } = people;
  await partner.open("/requests", "partner-requests-taken-back");
  await partner.follow(/L-1|Kildemoes/, "main");
  await partner.sees("The police have taken this request back");
  await partner.look("partner-request-taken-back");
}

async function figures() {
  await people.supervisor.open("/figures", "figures");
  await people.supervisor.sees("Approvals that wait", "Were the yardstick’s words right?");
}

async function approve() {
  const supervisor = (people.supervisor = await browser.person("supervisor"));
  await supervisor.signIn("supervisor@replevin.example", facts.password);
  await supervisor.open("/approvals", "approvals");
  await supervisor.follow(/^SR-/, "main");
  await supervisor.look("approval");
  await supervisor.page.locator("input[name=decision][value=approve]").check();
  await supervisor.send("Continue");
  await supervisor.look("approval-check");
  await supervisor.send("Approve the request", { password: "not the one" }, { wrong: true });
  await supervisor.look("approval-check-again");
  await supervisor.send("Approve the request", { password: facts.password });
  await supervisor.look("approval-given");
}

async function answer() {
  const partner = (people.partner = await browser.person("partner"));
  await partner.signIn("partner@replevin.example", facts.password);
  await partner.look("deliveries");
  await partner.follow(/\d/, "main");
  await partner.look("delivery");
  await partner.open("/feeds", "feeds-none");
  await partner.open("/letter", "letter");
  await partner.open("/requests", "partner-requests");
  await partner.follow(/L-1|Kildemoes/, "main");
  await partner.look("partner-request");
  await partner.seesNot(facts.frameNumber, "Hanne", "skuret");
  await partner.page.locator("input[name=decision][value=give]").check();
  await partner.send("Continue", { name: "Ib Sælger" });
  await partner.look("partner-answer-check");
  await partner.send("Give this answer");
  await partner.look("partner-answered");
}

async function openIdentity(officer) {
  await officer.open("/disclosures", "disclosures");
  await officer.follow(/^Request/);
  await officer.look("disclosure-answered");
  await officer.send("Open the identity", { case: reference, reason: "Summon the seller for questioning.", password: facts.password });
  await officer.sees("Ib Sælger");
  await officer.look("identity");
}

async function audit() {
  const auditor = await browser.person("auditor");
  await auditor.signIn("auditor@replevin.example", facts.password);
  await auditor.look("audit");
  await auditor.seesNot("Ib Sælger", "hanne@owners.example", facts.frameNumber);
  await wholeWalk(auditor);
  await auditor.follow(/^Entry/, "main");
  await auditor.look("audit-entry");
  await auditor.open(`/audit?case=${reference}`, "audit-case");
  await everyReason(auditor, ["Summon the seller for questioning.", "Ask the owner for the receipt.", "Find out who sells the stolen bicycle."]);
  await auditor.open("/audit/verify");
  await auditor.send("Verify the log");
  await auditor.sees("The log is whole");
  await auditor.look("audit-verified");
  await auditor.open("/audit-figures", "audit-figures");
  await auditor.sees("Who looked, how often, for what", reference);
  await auditor.seesNot("Ib Sælger", "hanne@owners.example", facts.frameNumber);
}

// The reasons that were stated for the case stand on the pages of its entries.
async function everyReason(auditor, reasons) {
  let text = await auditor.page.locator("main").innerText();
  while (await auditor.page.getByRole("link", { name: "Older entries" }).count()) {
    await auditor.follow("Older entries");
    text += await auditor.page.locator("main").innerText();
  }
  for (const reason of reasons) if (!text.includes(reason)) throw new Error(`the case's entries do not show "${reason}"`);
}

// Every act of the walk stands in the log once, in the order in which it was done.
async function wholeWalk(auditor) {
  const acts = [
    "account created", "item registered", "item photo received", "theft reported", "theft verified", "contact opened",
    "listings pushed", "report raised", "report taken", "report confirmed", "disclosure requested", "disclosure approved",
    "disclosure answered", "identity opened",
  ];
  const found = [];
  for (let pages = 1; ; pages++) {
    for (const row of await auditor.page.locator("tbody tr").all()) {
      const [who, what] = await Promise.all(["Who", "What"].map((label) => row.locator(`[data-label="${label}"]`).innerText()));
      if (acts.includes(what.trim()) && who.trim() !== "the command line") found.unshift(what.trim());
    }
    const older = auditor.page.getByRole("link", { name: "Older entries" });
    if (!(await older.count())) {
      if (pages < 2) throw new Error("the log has one page only: turning pages is not walked");
      break;
    }
    await auditor.follow("Older entries");
  }
  if (found.join("; ") !== acts.join("; ")) throw new Error(`the log tells another walk:\n${found.join("\n")}`);
  await auditor.open("/audit");
}

async function settings() {
  const administrator = await browser.person("administrator");
  await administrator.signIn("admin@replevin.example", facts.password);
  await administrator.look("accounts");
  await administrator.open("/accounts/new", "account-new");
  await administrator.open("/partners", "partners");
  await administrator.follow("Nordlys Auktioner", "main");
  await administrator.look("partner");
  const partner = new URL(administrator.page.url()).pathname;
  await administrator.open(`${partner}/letters/new`, "letter-new");
  await administrator.open("/partners/new", "partner-new");
  await administrator.open(partner);
  await administrator.send("Make a token", { label: "nightly feed" });
  await administrator.look("token");
  await administrator.open("/health", "health");
  await administrator.sees("The index, and what waits", "Nordlys Auktioner");
  await administrator.open("/queue");
  await administrator.sees("You cannot do this");
  await administrator.look("refused");
}
