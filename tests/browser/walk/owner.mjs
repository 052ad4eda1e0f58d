// The owner: signs up, registers, reports a theft; later changes, withdraws, is asked, gets something back, takes a copy, leaves.
import { until } from "../program.mjs";

const day = (daysAgo) => new Date(Date.now() - daysAgo * 86_400_000).toISOString().slice(0, 10);

export async function register({ browser, facts, people }) {
  const owner = (people.owner = await browser.person("owner"));
  await owner.open("/", "welcome");
  await owner.open("/sign-in", "sign-in");
  await owner.send("Sign in", { name: "nobody@owners.example", password: "not the one" }, { wrong: true });
  await owner.look("sign-in-again");
  await owner.open("/sign-up", "sign-up");
  await owner.send("Create account", { name: "Hanne Holm", email: "hanne@owners.example", password: "short" }, { wrong: true });
  await owner.look("sign-up-again");
  await owner.send("Create account", { name: "Hanne Holm", email: "hanne@owners.example", password: facts.password });
  await owner.look("items-none");
  await whatItIs(owner, facts);
  await owner.send("Clear these answers and begin anew");
  await whatItIs(owner, facts, true);
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
}

async function whatItIs(owner, facts, looked) {
  await owner.open("/items/new", looked && "register-what");
  await owner.send("Continue", { title: "Kildemoes herrecykel", category: { index: 1 }, brand: "Kildemoes", color: "sort" });
  if (looked) await owner.look("register-numbers");
  await owner.send("Continue", { "kind-1": { value: "frame_number" }, "value-1": facts.frameNumbers[0] });
  if (looked) await owner.look("register-details");
}

export async function reportTheft({ people: { owner } }) {
  await owner.open("/report-theft", "theft-which");
  await owner.send("Continue", {}, { wrong: true });
  await owner.look("theft-which-again");
  await owner.page.locator("#item").check();
  await stolen(owner);
}

// From the chosen item on.
async function stolen(owner) {
  await owner.send("Continue");
  await owner.look("theft-when");
  await owner.send("Continue", { from: day(2), "from-time": "18:00", to: day(1), "to-time": "07:00" });
  await owner.look("theft-where");
  await owner.send("Continue", { city: "Aarhus", postcode: "8000", country: { value: "DK" }, circumstances: "Låsen på skuret var klippet over." });
  await owner.look("theft-check");
  await owner.send("Report the theft");
  await owner.look("theft-done");
}

// A question whether the owner sells something themselves, answered in both ways; the second leads to a theft report, which an
// officer rejects.
export async function asked({ as, facts, program, bicycle, people: { owner } }) {
  for (const [title, number] of [["Batavus damecykel", 1], ["Raleigh citybike", 2]]) {
    await owner.open("/items/new");
    await owner.send("Continue", { title, category: { index: 1 }, brand: title.split(" ")[0] });
    await owner.send("Continue", { "kind-1": { value: "frame_number" }, "value-1": facts.frameNumbers[number] });
    await owner.send("Continue");
    await owner.send("Register this item");
    await program.push(bicycle(`Q-${number}`, number, { title, brand: title.split(" ")[0] }));
  }
  await until("both questions are put", async () => {
    await owner.open("/questions");
    return (await owner.page.locator(".replevin-question").count()) === 2;
  });
  await owner.look("questions");
  await owner.send("Send answer", {}, { wrong: true });
  await owner.look("questions-again");
  await owner.open(owner.path());
  const first = owner.page.locator(".replevin-question").first();
  await first.locator("input[value=mine]").check();
  await owner.send("Send answer");
  await owner.look("question-answered");
  await owner.page.locator("input[value=not_mine]").check();
  await owner.send("Send answer");
  await owner.look("question-check");
  await owner.send("Yes, my item is gone");
  await owner.look("theft-which-asked");
  await stolen(owner);
  const officer = await as("officer");
  await officer.open("/theft-reports");
  await officer.follow(/Batavus|Raleigh/, "main");
  await officer.send("Reject", {});
  await officer.look("theft-check-reject");
  await officer.send("Reject");
  await officer.look("theft-rejected");
}

// What an owner does with items and data in the end.
export async function leave({ facts, program, people: { owner } }) {
  await owner.open("/items", "items-after");
  await owner.follow("Kildemoes herrecykel");
  await owner.look("item-stolen");
  await owner.follow("Add photos");
  await owner.look("item-photos-stolen");
  await owner.send("Upload this photo", {}, { wrong: true });
  await owner.look("item-photos-again");
  await owner.page.setInputFiles("#photo", program.photo("i-002-1.jpg"));
  await owner.send("Upload this photo");
  await owner.send("Remove photo 2");
  await owner.send("I am done");
  await owner.follow("Change what you said");
  await owner.look("item-change");
  await owner.send("Save changes", { title: "" }, { wrong: true });
  await owner.look("item-change-again");
  await owner.send("Save changes", { title: "Kildemoes herrecykel, sort" });
  await owner.look("item-changed");
  await owner.send("I have it back");
  await owner.look("item-recovered-check");
  await owner.send("Yes, I have it back");
  await owner.look("item-recovered");
  await owner.open("/items");
  await owner.follow(/Batavus/);
  await owner.follow("Take this item out of the register");
  await owner.look("item-withdrawn-check");
  await owner.send("Withdraw the item");
  await owner.look("item-withdrawn");
  await owner.open("/my-data", "my-data-after");
  await owner.download("Download my data", "replevin-my-data.json");
  await owner.open("/my-data/erase");
  await owner.send("Erase everything now", { password: "not the one" }, { wrong: true });
  await owner.look("erase-again");
  await owner.send("Erase everything now", { password: facts.password });
  await owner.look("erased");
}
