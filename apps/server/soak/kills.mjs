// Ends the server by kill -9 at random moments, under load, at its start and at its stop, and looks at what is left.
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { Ledger } from "./ledger.mjs";
import { logIn, runCommand, startServer } from "./processes.mjs";
import { repeatKeyed, settle } from "./settle.mjs";
import { prepare, write } from "./workload.mjs";

const writers = 16;
const roundsPerFolder = 20;

/** @type {import("./soak.mjs").Trial} */
export const kills = {
  name: "kills",
  async run({ folder, random, isOver, report }) {
    const total = { kills: 0, acknowledged: 0, unknown: 0, repeated: 0 };
    do {
      const data = mkdtempSync(join(folder, "kills-"));
      await soakFolder({ data, random, isOver, report, total });
      rmSync(data, { recursive: true });
    } while (!isOver());
    return total;
  },
};

async function soakFolder({ data, random, isOver, report, total }) {
  const kill = async (server) => {
    await server.end("SIGKILL");
    total.kills += 1;
  };
  // Killed while it makes the database.
  for (let times = random.below(4); times > 0; times -= 1) {
    const server = startServer(data);
    await setTimeout(random.below(600));
    await kill(server);
  }
  const ledger = new Ledger();
  const first = startServer(data);
  const url = await first.url;
  const token = await prepare(url, await logIn(url), ledger);
  await kill(first);

  let keyed = [];
  for (let round = 0; round === 0 || (round < roundsPerFolder && !isOver()); round += 1) {
    if (random.chance(0.25)) {
      const server = startServer(data);
      await setTimeout(random.below(700));
      await kill(server);
    }
    const server = startServer(data);
    const url = await server.url;
    await settle({ url, token, ledger, report });
    total.repeated += await repeatKeyed({ url, token, ledger, keyed, report });
    keyed = await loadAndKill({ server, url, token, data, ledger, random, report, kill });
    const { code, output } = await runCommand(data, ["verify"]).result;
    if (code !== 0) report(`verify ended with ${code}: ${output}`);
    if (server.errors() !== "") report(`the server wrote: ${server.errors()}`);
  }
  const last = startServer(data);
  const end = await last.url;
  await settle({ url: end, token, ledger, report });
  await repeatKeyed({ url: end, token, ledger, keyed, report });
  await last.end("SIGTERM");
  total.acknowledged += ledger.facts.filter(({ outcome }) => outcome === "acknowledged").length;
  total.unknown += ledger.unknownSettled;
}

/** Lets writers write until the server is killed. */
async function loadAndKill({ server, url, token, data, ledger, random, report, kill }) {
  let isDead = false;
  const writing = Array.from({ length: writers }, (_, number) =>
    write({ url, token, name: `w${number}`, ledger, random: random.fork(), isOver: () => isDead }),
  );
  const command = random.chance(0.2) ? runBeside(data, random) : undefined;
  await setTimeout(20 + random.below(1600));
  if (random.chance(0.15)) {
    const gone = server.end("SIGTERM");
    await setTimeout(random.below(40));
    await kill(server);
    await gone;
  } else {
    await kill(server);
  }
  isDead = true;
  const outcomes = await Promise.all(writing);
  if (command !== undefined) {
    if (random.chance(0.5)) command.kill();
    await command.result;
    for (const name of readdirSync(dirname(data))) {
      if (name.startsWith(`${basename(data)}-backup`)) rmSync(join(dirname(data), name), { force: true });
    }
  }
  for (const { unexpected } of outcomes) for (const text of unexpected) report(text);
  return outcomes.flatMap(({ keyed }) => keyed);
}

/** A command that uses the data folder while the server does. */
function runBeside(data, random) {
  return random.chance(0.5) ? runCommand(data, ["backup", `${data}-backup`]) : runCommand(data, ["verify"]);
}
