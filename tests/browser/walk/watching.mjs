// Whoever watches: the supervisor's figures, the auditor's log.

export async function figures({ as }) {
  const supervisor = await as("supervisor");
  await supervisor.open("/figures", "figures");
  await supervisor.sees("Approvals that wait", "Were the yardstick’s words right?");
}

export async function audit({ as, facts, reference }) {
  const auditor = await as("auditor");
  await auditor.open("/audit", "audit");
  await auditor.seesNot("Ib Sælger", "hanne@owners.example", facts.frameNumbers[0]);
  await wholeWalk(auditor);
  await auditor.follow(/^Entry/, "main");
  await auditor.look("audit-entry");
  await auditor.open("/audit");
  await auditor.send("Apply", { case: reference });
  await auditor.look("audit-case");
  await everyReason(auditor, ["Summon the seller for questioning.", "Ask the owner for the receipt.", "Find out who sells the stolen bicycle."]);
  await verify(auditor);
  await auditor.open("/audit-figures", "audit-figures");
  await auditor.sees("Who looked, how often, for what", reference);
  await auditor.seesNot("Ib Sælger", "hanne@owners.example", facts.frameNumbers[0]);
}

// Against the checkpoint that the log just gave, against one that is none, and against another's.
async function verify(auditor) {
  await auditor.open("/audit/verify", "audit-verify");
  await auditor.send("Verify the log");
  await auditor.sees("The log is whole");
  await auditor.look("audit-verified");
  const [entries, head] = await auditor.page.locator("dd.replevin-serial").allInnerTexts();
  await auditor.send("Verify the log", { entries, head: "xyz" }, { wrong: true });
  await auditor.look("audit-verify-again");
  await auditor.send("Verify the log", { entries, head });
  await auditor.sees("The log is whole");
  await auditor.send("Verify the log", { entries, head: "0".repeat(64) });
  await auditor.sees("The log is not what it was");
  await auditor.look("audit-broken");
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

// Every act of the case stands in the log once, in the order in which it was done.
async function wholeWalk(auditor) {
  const acts = [
    "account created", "item registered", "item photo received", "theft reported", "theft verified", "contact opened",
    "listings pushed", "report raised", "report taken", "report confirmed", "disclosure requested", "disclosure approved",
    "disclosure answered", "identity opened",
  ];
  const found = [];
  for (let pages = 1; ; pages++) {
    const rows = auditor.page.locator("tbody tr");
    const [who, what] = await Promise.all(["Who", "What"].map((label) => rows.locator(`[data-label="${label}"]`).allInnerTexts()));
    what.forEach((act, at) => acts.includes(act.trim()) && who[at].trim() !== "the command line" && found.unshift(act.trim()));
    const older = auditor.page.getByRole("link", { name: "Older entries" });
    if (!(await older.count())) {
      if (pages < 2) throw new Error("the log has one page only: turning pages is not walked");
      break;
    }
    await auditor.follow("Older entries");
  }
  if (found.join("; ") !== acts.join("; ")) throw new Error(`the log tells another walk:\n${found.join("\n")}`);
}
