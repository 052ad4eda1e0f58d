// The walk: every audience does all that its pages offer, in one width, and the program is followed from a theft to a seller's name
// and on. In the end every route of the pages has been walked, or this fails.
//
// Facts come in WALK: the program's address, the routes of its pages, accounts, tokens, a listing, photos, the width, whether there
// are scripts. Fields are named by their id, which is also the name under which they are sent.
import { Browser } from "./browser.mjs";
import { Program } from "./program.mjs";
import { Routes } from "./routes.mjs";
import * as administrator from "./walk/administrator.mjs";
import * as theCase from "./walk/case.mjs";
import * as desk from "./walk/desk.mjs";
import * as owner from "./walk/owner.mjs";
import * as partner from "./walk/partner.mjs";
import * as watching from "./walk/watching.mjs";

const facts = JSON.parse(process.env.WALK);

// Routes that need not be walked, and why.
const excused = facts.javascript ? {} : { "GET /queue/news": "asked by the script alone" };

// The order matters: up to `watching.audit` everything is about one case, which the log then tells.
const steps = [
  owner.register, owner.reportTheft,
  theCase.verify, theCase.push, theCase.narrow, theCase.decide, desk.search, theCase.ask, theCase.approve, theCase.answer,
  theCase.openIdentity, theCase.vouch, theCase.takeBack,
  watching.figures, watching.audit,
  administrator.accounts, administrator.partners, administrator.decoys, administrator.webhook, administrator.holdPolicy,
  desk.saveSearch, partner.feeds, partner.tokens, partner.notifications,
  desk.leads, desk.offeredAgain, prepare,
  desk.series, desk.teamwork, desk.askPartner, desk.refusals, desk.outcome, desk.holds, desk.blindReview, desk.alerted,
  owner.asked, owner.leave,
];

const browser = await Browser.start(facts);
const program = new Program(facts);
const walk = { browser, facts, program, reference: "4100-77777-00001-26", people: {}, as, bicycle };
const started = Date.now();
try {
  const routes = await Routes.of(facts.base, facts.routes);
  for (const step of steps) {
    const from = Date.now();
    await step(walk);
    if (process.env.WALK_TIMES) console.log(`${step.name}: ${Date.now() - from} ms`);
  }
  browser.faults.push(...routes.faults(browser.reached, excused));
} catch (error) {
  browser.faults.push(error.stack);
  await browser.picture("stopped-here").catch((error) => browser.faults.push(`no picture: ${error.message}`));
}
const faults = await browser.end();
const how = `${facts.width}, ${facts.javascript ? "with" : "without"} scripts`;
console.log(`${how}: ${browser.pages.size} pages seen, ${browser.steps} times a page was checked, ${faults.length} faults, ${Math.round((Date.now() - started) / 1000)} s`);
for (const fault of faults) console.log(`  ${fault}`);
process.exit(faults.length === 0 && browser.pages.size > 20 ? 0 : 1);

// Somebody of the force, the partner or the service, signed in.
async function as(name) {
  if (!walk.people[name]) {
    walk.people[name] = await browser.person(name);
    await walk.people[name].signIn(`${name}@replevin.example`, facts.password);
  }
  return walk.people[name];
}

// A bicycle on sale, unlike any other by its reference and number.
function bicycle(id, number, changed = {}) {
  const identifiers = [{ kind: "frame_number", value: facts.frameNumbers[number] }];
  return { ...facts.listing, id, identifiers, seller: { ref: `u-${id}` }, ...changed };
}

async function prepare() {
  walk.reports = await desk.burglary(walk);
}
