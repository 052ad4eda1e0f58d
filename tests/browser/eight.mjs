// From opening the queue to a confirmed report and a request for the seller's identity, all by keyboard, in at most eight actions.
//
// What counts as one action: each press of a key that does something (Enter or Space on a link, a button, a radio or a box; a
// shortcut), and each field that is typed in, however long the text. Moving the focus (Tab, j, k) and reading are none. Counting
// begins when the queue is shown and ends when the page says that it was asked.
//
// Facts come in WALK: the program's address, where pictures go, a password.
import { Browser } from "./browser.mjs";

const facts = JSON.parse(process.env.WALK);
const ACTIONS_MAX = 8;
const TABS_MAX = 400;

const browser = await Browser.start(facts);
const actions = [];
try {
  const officer = await browser.person("officer");
  await officer.signIn("officer@replevin.example", facts.password);
  await officer.open("/queue", "eight-queue");
  await press(officer, "take the first report", (focus) => focus.tag === "BUTTON" && focus.text.startsWith("Take"));
  await press(officer, "it is the item", (focus) => focus.id === "decision", { key: "Space", stays: true });
  await press(officer, "it rests on the number", (focus) => focus.name === "confirmed_reasons", { key: "Space", stays: true });
  await type(officer, "why", "reason", "Stelnummeret er det registrerede.");
  await press(officer, "continue", (focus) => focus.tag === "BUTTON" && focus.text === "Continue");
  await officer.look("eight-check-and-ask");
  await type(officer, "why ask", "ask_reason", "For at finde ud af, hvem der sælger den.");
  await press(officer, "confirm, and ask", (focus) => focus.tag === "BUTTON" && focus.text === "Confirm, and ask for the seller");
  await officer.look("eight-ask");
  await press(officer, "send the request", (focus) => focus.tag === "BUTTON" && focus.text === "Send the request");
  await officer.noProblem("sending the request");
  await officer.look("eight-asked");
  await officer.sees("confirmed");
  await officer.open("/disclosures");
  await officer.follow(/^Request/);
  await officer.sees("For at finde ud af, hvem der sælger den.");
} catch (error) {
  browser.faults.push(error.stack);
  await browser.picture("stopped-here");
}
if (actions.length > ACTIONS_MAX) browser.faults.push(`it takes ${actions.length} actions, at most ${ACTIONS_MAX} are allowed`);
const faults = await browser.end();
console.log(`${actions.length} actions by keyboard: ${actions.join("; ")}`);
for (const fault of faults) console.log(`  ${fault}`);
process.exit(faults.length === 0 ? 0 : 1);

// Moves the focus forward until it is on what is wanted.
async function reach({ page }, what, wanted) {
  for (let tabs = 0; tabs < TABS_MAX; tabs++) {
    await page.keyboard.press("Tab");
    const focus = await page.evaluate(() => {
      const { tagName: tag, id, name, textContent } = document.activeElement;
      return { tag, id, name, text: (textContent ?? "").trim() };
    });
    if (wanted(focus)) return;
  }
  throw new Error(`${page.url()}: the focus never came to: ${what}`);
}

async function press(person, what, wanted, { key = "Enter", stays = false } = {}) {
  await reach(person, what, wanted);
  actions.push(what);
  const loaded = stays ? null : person.page.waitForEvent("load");
  await person.page.keyboard.press(key);
  await loaded;
}

async function type(person, what, id, text) {
  await reach(person, what, (focus) => focus.id === id);
  actions.push(what);
  await person.page.keyboard.type(text);
}
