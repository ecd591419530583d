// Asks the server that its argument names for /healthz again and again, in a process of its own, so that it does not wait for whoever prepares the calls.
// On "reset" it forgets what it saw; on "read" it tells how many answers came, the longest wait in milliseconds, and
// what was no answer.
import { Agent, request } from "node:http";

const interval = 10;
const agent = new Agent({ keepAlive: true });
let seen;
const forget = () => {
  seen = { answers: 0, longest: 0, faults: [] };
};
forget();

const probe = () => {
  const began = performance.now();
  const mine = seen;
  const done = (fault) => {
    mine.longest = Math.max(mine.longest, performance.now() - began);
    if (fault === undefined) mine.answers += 1;
    else mine.faults.push(fault);
    setTimeout(probe, interval);
  };
  const req = request(`${process.argv[2]}/healthz`, { agent }, (res) => {
    res.resume();
    res.once("end", () => done(res.statusCode === 200 ? undefined : `status ${res.statusCode}`));
  });
  req.once("error", (error) => done(error.message));
  req.end();
};
probe();

process.on("message", (message) => {
  if (message === "reset") forget();
  process.send(seen);
});
