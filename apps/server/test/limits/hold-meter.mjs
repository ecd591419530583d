// Measures from within how long a process keeps its event loop to itself: `node --import <this file> ...` with an IPC
// channel. On "reset" it forgets what it saw, on "read" it tells what it has seen since. Holds are told in milliseconds
// of the main thread's own processor time, so that what else runs on the machine does not count.
import { readFileSync } from "node:fs";
import { performance } from "node:perf_hooks";

if (process.send !== undefined) {
  const isLinux = process.platform === "linux";
  /** Milliseconds that the main thread has been on a processor. Elsewhere than on Linux, those of all threads. */
  const cpu = () => {
    if (isLinux) return Number(readFileSync(`/proc/self/task/${process.pid}/schedstat`, "latin1").split(" ")[0]) / 1e6;
    const { user, system } = process.cpuUsage();
    return (user + system) / 1000;
  };
  let last = { cpu: cpu(), wall: performance.now() };
  let seen;
  const forget = () => {
    seen = { maxCpu: 0, maxWall: 0, turns: 0, heap: 0, external: 0, resident: 0 };
  };
  forget();
  const look = () => {
    const now = { cpu: cpu(), wall: performance.now() };
    seen.turns += 1;
    seen.maxCpu = Math.max(seen.maxCpu, now.cpu - last.cpu);
    seen.maxWall = Math.max(seen.maxWall, now.wall - last.wall);
    if (seen.turns % 5 === 0 || now.wall - last.wall > 5) {
      const { heapUsed, external, rss } = process.memoryUsage();
      seen.heap = Math.max(seen.heap, heapUsed);
      seen.external = Math.max(seen.external, external);
      seen.resident = Math.max(seen.resident, rss);
    }
    last = { cpu: cpu(), wall: performance.now() };
  };
  setInterval(look, 1).unref();
  process.on("message", (message) => {
    if (message === "reset") {
      look();
      forget();
    } else look();
    process.send(seen);
  });
  process.channel?.unref();
}
