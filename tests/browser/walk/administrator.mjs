// The administrator: accounts, partners, letters, tokens, how things are held, what the service decides by, decoys.
import { until } from "../program.mjs";

export async function accounts({ as, browser, facts }) {
  const administrator = await as("admin");
  await administrator.look("accounts");
  await administrator.open("/accounts/new", "account-new");
  await administrator.send("Create the account", { name: "Birk Ny", email: "birk@replevin.example", password: "short" }, { wrong: true });
  await administrator.look("account-new-again");
  await administrator.tick("role", "officer");
  await administrator.send("Create the account", { password: "first seven dry tents" });
  await administrator.look("account-created");
  await administrator.open("/accounts");
  await administrator.send("Apply", { role: { value: "officer" } });
  await administrator.look("accounts-of-officers");
  await administrator.follow("Birk Ny", "main");
  await administrator.look("account");
  const account = administrator.path();
  await firstPassword(browser, facts);
  await administrator.send("Set the password", { password: "short" }, { wrong: true });
  await administrator.look("account-again");
  await administrator.send("Set the password", { password: "third seven dry tents" });
  await administrator.look("account-password-set");
  await administrator.open(account);
  await administrator.send("Disable the account");
  await administrator.look("account-disabled");
  await administrator.send("Enable the account");
  await administrator.open("/queue");
  await administrator.sees("You cannot do this");
  await administrator.look("refused");
}

// Whoever signs in with a password that somebody else chose changes it first, and can sign out.
async function firstPassword(browser, facts) {
  const person = await browser.person("newcomer");
  await person.signIn("birk@replevin.example", "first seven dry tents");
  await person.look("password-due");
  await person.send("Change the password", { old_password: "not the one", password: facts.password, password_again: facts.password }, { wrong: true });
  await person.look("password-again");
  await person.send("Change the password", { old_password: "first seven dry tents", password: facts.password, password_again: facts.password });
  await person.open("/password", "password");
  await person.send("Sign out");
  await person.look("signed-out");
}

export async function partners({ as }) {
  const administrator = await as("admin");
  await administrator.open("/partners", "partners");
  await administrator.open("/partners/new", "partner-new");
  await administrator.send("Enter the partner", { name: "Fynske Auktioner", slug: "Fynske!" }, { wrong: true });
  await administrator.look("partner-new-again");
  await administrator.send("Enter the partner", { slug: "fynske", photo_hosts: "photos.fynske.example" });
  await administrator.look("partner-entered");
  const partner = administrator.path();
  await letters(administrator);
  await tokens(administrator, partner);
  await administrator.open("/partners");
  await administrator.follow("Nordlys Auktioner", "main");
  await administrator.look("partner");
  await administrator.send("Make a token", { label: "nightly feed" });
  await administrator.open("/health", "health");
  await administrator.sees("The index, and what waits", "What the service decides by", "Nordlys Auktioner");
}

async function letters(administrator) {
  const day = (days) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
  await administrator.send("Enter a letter");
  await administrator.look("letter-new");
  const terms = { reference: "J.nr. 2026-17", valid_from: day(-1), valid_to: day(20), threshold: "0.9", approvals: "1", response_hours: "48", retention_days: "180" };
  await administrator.send("Enter the letter", { ...terms, threshold: "90" }, { wrong: true });
  await administrator.look("letter-new-again");
  await administrator.tick("legal_basis", "statute");
  await administrator.tick("askable", "name", "address");
  await administrator.send("Enter the letter", terms);
  await administrator.look("letter-entered");
  await administrator.follow(/^How things are held/, "main");
  await administrator.look("hold-policy");
  await administrator.tick("trigger", "confirmed");
  await administrator.send("Save", { days: "0" }, { wrong: true });
  await administrator.look("hold-policy-again");
  await administrator.tick("expiry", "release");
  await administrator.send("Save", { days: "28" });
  await administrator.look("hold-policy-saved");
  await administrator.sees("28 days");
  await administrator.follow(/^How things are held/, "main");
  await administrator.send(/^End it/);
  await administrator.look("hold-policy-end-check");
  await administrator.send("End it");
  await administrator.sees("none can be asked under this letter");
  await administrator.look("hold-policy-ended");
  await administrator.follow(/^Revoke/, "main");
  await administrator.look("letter-revoke");
  await administrator.send("Revoke the letter");
  await administrator.look("letter-revoked");
}

// For one use alone, shown once, revoked.
async function tokens(administrator, partner) {
  await administrator.open(partner);
  await administrator.send("Make a token", { label: "" }, { wrong: true });
  await administrator.look("token-again");
  await administrator.page.locator("input[name=scopes][value=listings]").uncheck();
  await administrator.send("Make a token", { label: "desk of fynske" });
  await administrator.look("token");
  await administrator.send("I have copied it");
  await administrator.sees("desk of fynske");
  await administrator.send("Revoke the token desk of fynske");
  await administrator.look("token-revoked-by-administrator");
}

// How things are held under the letter in force is set.
export async function holdPolicy({ as }) {
  const administrator = await as("admin");
  await administrator.open("/partners");
  await administrator.follow("Nordlys Auktioner", "main");
  await administrator.follow(/^How things are held/, "main");
  await administrator.tick("trigger", "asked");
  await administrator.tick("expiry", "keep");
  await administrator.send("Save");
}

// The partner consents to decoys, an administrator plants one, its listing comes through the feed and is recognised; then the
// partner withdraws its consent.
export async function decoys({ as, program }) {
  const administrator = await as("admin");
  await administrator.open("/decoys", "decoys-no-consent");
  const partner = await as("partner");
  await partner.open("/test-listings", "test-listings");
  await partner.send("Consent to decoys", { until: "2020-01-01" }, { wrong: true });
  await partner.look("test-listings-again");
  await partner.send("Consent to decoys", { until: "" });
  await administrator.open("/decoys", "decoys-none");
  await administrator.send("Plant a decoy");
  await administrator.look("decoys-planted");
  const [decoy] = (await program.ofPartner("GET", "decoys")).decoys;
  await program.push(decoy.record);
  await partner.open("/test-listings", "test-listings-planted");
  await partner.sees(decoy.record.id);
  await until("the decoy is recognised", async () => {
    await administrator.page.goto("/decoys");
    return (await administrator.page.locator("tbody").first().innerText()).includes("slowest");
  });
  await administrator.look("decoys-alerted");
  await administrator.send(/^Take back/);
  await administrator.look("decoys-taken-back");
  await partner.send("Withdraw the consent");
  await partner.look("test-listings-refused");
}

// The force names a system of its own.
export async function webhook({ as }) {
  const administrator = await as("admin");
  await administrator.open("/webhooks", "force-webhooks-none");
  await administrator.page.locator("input[name=events]").first().check();
  await administrator.send("Enter the endpoint", { url: "https://force.example/replevin" });
  await administrator.send("I have copied it");
  await administrator.look("force-webhook");
  await administrator.page.locator("details summary").click();
  await administrator.send("Remove it");
  await administrator.open("/sent", "force-sent-none");
  await administrator.open("/digest", "administrator-digest");
}
