// Reads from /proc what a process costs.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";

/** What all threads of a process have used of the processors so far, in microseconds. */
export function cpuOf(pid) {
  const tasks = readdirSync(`/proc/${pid}/task`);
  return tasks.reduce((sum, task) => {
    // The first number is nanoseconds on a processor: user and system time, finer than the ticks of `stat`.
    const [onProcessor] = readFileSync(`/proc/${pid}/task/${task}/schedstat`, "latin1").split(" ");
    return sum + Number(onProcessor) / 1000;
  }, 0);
}

/** What a process holds in memory, in bytes: `VmRSS`. */
export function memoryOf(pid) {
  return bytesOf(pid, "VmRSS");
}

/** Forgets the peak of a process's memory, so that `peakOf` tells of what comes after. */
export function resetPeak(pid) {
  // proc(5): 5 resets the peak resident set size to the current one.
  writeFileSync(`/proc/${pid}/clear_refs`, "5");
}

/** The most that a process has held in memory since `resetPeak`, in bytes: `VmHWM`. */
export function peakOf(pid) {
  return bytesOf(pid, "VmHWM");
}

function bytesOf(pid, name) {
  const [, kilobytes] = new RegExp(`${name}:\\s+(\\d+) kB`).exec(readFileSync(`/proc/${pid}/status`, "latin1")) ?? [];
  return Number(kilobytes) * 1024;
}
