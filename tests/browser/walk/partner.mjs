// The partner: feeds and what is wrong with them, tokens, messages to its systems, mail.
import { until } from "../program.mjs";

// A feed that is pushed and one that is fetched from nowhere, records that wait, and a file that is tried.
export async function feeds({ as, program, facts }) {
  await setFeeds(program);
  const partner = await as("partner");
  await partner.open("/feeds");
  await partner.send("Set up a feed");
  await partner.look("feed-new-empty");
  await partner.open("/sample", "sample");
  await partner.send("Show what comes of it", {}, { wrong: true });
  await partner.look("sample-again");
  const table = Buffer.from("Varenr;Titel;Pris;Hylde\nL-1;Ring;1.200,00;B 4\nL-2;;5;\n");
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
  await partner.page.locator("#schedule").fill("45 4 * * *");
  await partner.send("Save");
  await partner.look("feed-changed");
  await partner.open("/feeds/lots", "feed");
  await partner.send("Fetch now");
  await partner.look("feed-fetching");
  await partner.send("Read it again, changed or not");
  await partner.look("feed-read-again");
  await partner.open("/feeds", "feeds");
  await partner.send(/^Discard the record/);
  await partner.look("feeds-one-discarded");
  await partner.send("Discard all records that stand here");
  await partner.look("feeds-all-discarded");
  await partner.open("/deliveries");
  await partner.follow(/\d/, "main");
  await partner.look("delivery-rejected");
  const check = { id: "L-2", identifiers: [{ kind: "frame_number", value: facts.frameNumbers[0] }], title: "Kildemoes cykel" };
  const { answer } = await program.ask("partner", "POST", "/checks", check);
  if (answer !== "refer") throw new Error(`the check was answered ${answer}`);
}

async function setFeeds(program) {
  const send = (method, path, body, kind) => program.ofPartner(method, path, body, kind);
  await send("PUT", "feeds/catalogue", { format: "csv", mapping: { columns: { id: "Nr", title: "Titel" } } });
  const pull = { url: "https://feeds.invalid.example/lots.csv", schedule: "30 4 * * *", time_zone: "Europe/Copenhagen", whole: true };
  await send("PUT", "feeds/lots", { format: "csv", pull });
  await until("the feed is tried", async () => (await send("GET", "feeds/lots/runs")).runs.length);
  await send("POST", "listings?feed=catalogue", "Nr;Titel;IMEI\n77;Vase;\n78;Telefon;490154203237518\n;Ring;\n;Ur;\n;Kæde;\n", "text/csv");
}

// The partner replaces the token that an administrator made for it, and revokes it.
export async function tokens({ as }) {
  const partner = await as("partner");
  await partner.open("/tokens", "tokens");
  await partner.follow("nightly feed", "main");
  await partner.look("token-of-partner");
  await partner.send("Make a new token");
  await partner.look("token-replaced");
  await partner.open("/tokens", "tokens-two");
  await partner.arrive(partner.page.locator("main").getByRole("link", { name: "nightly feed" }).last());
  await partner.look("token-ending");
  await partner.open("/tokens");
  await partner.follow("nightly feed", "main");
  await partner.page.locator("summary", { hasText: "Revoke it" }).click();
  await partner.look("token-to-revoke");
  await partner.send("Revoke it");
  await partner.look("token-revoked");
}

// A system of the partner's is named, tried, seen to have been told nothing, changed, and taken back.
export async function notifications({ as }) {
  const partner = await as("partner");
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
  await partner.send("Save", { url: "ftp://hooks.example" }, { wrong: true });
  await partner.look("webhook-again");
  await partner.send("Save", { url: "https://hooks.example/new" });
  await partner.look("webhook-changed");
  await partner.send("Make a new secret");
  await partner.look("webhook-secret-anew");
  await partner.send("I have copied it");
  await partner.send("Switch off");
  await partner.look("webhook-off");
  await partner.send("Switch on");
  await partner.open("/sent");
  await partner.follow(/\d/, "table");
  await partner.look("sent-message-given-up");
  await partner.send("Send it again");
  await partner.look("sent-message-again");
  await partner.open("/webhooks");
  await partner.follow(/hooks.example/, "main");
  await partner.page.locator("details summary").click();
  await partner.send("Remove it");
  await partner.look("webhook-removed");
  await partner.open("/digest", "digest");
  await partner.tick("digest", "daily");
  await partner.send("Save");
  await partner.look("digest-saved");
}
