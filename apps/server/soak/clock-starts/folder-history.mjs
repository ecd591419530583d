import { existsSync } from "node:fs";
import { day, keepsAtOnce } from "./expected-start.mjs";
import { readFolder } from "./read-folder.mjs";

/** How exactly times can be foretold, in microseconds. */
const slack = 50_000;

/**
 * A process that has ended.
 *
 * @typedef {object} EndedRun
 * @property {number} begun What its clock said when it was started; microseconds.
 * @property {number} ended What its clock said when it had ended.
 * @property {import("./expected-start.mjs").ExpectedStart[]} expected What its start may have made of it; empty where
 * it was refused.
 * @property {boolean} isCertain Whether it is known that it came to listen, or was refused.
 */

/** What has become of a data folder so far: what each run may change in it follows from what the run before has left. */
export class FolderHistory {
  /** @type {import("./read-folder.mjs").FolderContents} */
  #last = { kept: undefined, newest: 0, audit: [], rows: [], logs: [] };
  /** The latest time in each log that may be, rows that are gone included. */
  #latest = new Map();

  /** @returns {import("./expected-start.mjs").Known} */
  get known() {
    return this.#last;
  }

  /**
   * Compares the folder with what a run may have made of it.
   *
   * @param {string} folder
   * @param {EndedRun} run
   * @returns {Promise<string[]>} What is wrong, a line each.
   */
  async look(folder, run) {
    if (!existsSync(folder)) return run.isCertain && run.expected.length > 0 ? ["there is no data folder"] : [];
    const found = await readFolder(folder);
    const window = windowOf(run, this.#last);
    const wrong = [
      ...wrongOrder(found),
      ...wrongAudit(this.#last, found),
      ...this.#wrongTimes(found, window),
      ...wrongKept(this.#last.kept, found.kept, run, window, this.#last),
    ];
    const newest = found.logs.map(({ log, times }) => [log, Math.max(0, ...times)]);
    this.#latest = new Map([...newest, ["document", Math.max(window.to, this.#latest.get("document") ?? 0) + slack]]);
    this.#last = found;
    return wrong;
  }

  /** Compares the folder with what `repair-times` has to make of it. @param now Microseconds. */
  async lookAfterRepair(folder, now) {
    const found = await readFolder(folder);
    const { kept, rows, logs } = found;
    const late = [
      ...rows
        .filter(({ created_at, updated_at }) => Math.max(created_at, updated_at) > now)
        .map(({ list, id }) => `${list} ${id}`),
      ...logs.filter(({ times }) => times.some((time) => time > now)).map(({ log }) => `the log of ${log}`),
      ...(found.newest > now ? ["the newest time"] : []),
      ...(kept === undefined || kept.at > now || kept.lag > 0 ? [`the clock ${JSON.stringify(kept)}`] : []),
    ].map((what) => `${what} lies ahead after repair-times`);
    const lost = this.#last.audit.length > found.audit.length ? ["repair-times has deleted audit entries"] : [];
    this.#last = found;
    this.#latest = new Map(logs.map(({ log }) => [log, now]));
    return [...late, ...lost, ...wrongOrder(found)];
  }

  /** From here on entries may be deleted for their age. */
  forgetAudit() {
    this.#last = { ...this.#last, audit: [] };
  }

  /** What was written before keeps its times; what is new has a time of the run, or follows the newest of its log. */
  #wrongTimes({ rows }, { from, to }) {
    const before = new Map(this.#last.rows.map((row) => [`${row.list} ${row.id}`, row]));
    return rows.flatMap(({ list, id, created_at, updated_at }) => {
      const row = before.get(`${list} ${id}`);
      const news = [];
      if (row !== undefined && row.created_at !== created_at) {
        return [`${list} ${id} was created at ${show(row.created_at)}, and now at ${show(created_at)}`];
      }
      if (row === undefined) news.push(created_at);
      if (row?.updated_at !== updated_at) news.push(updated_at);
      const latest = Math.max(to, (this.#latest.get(list.split(" ").at(-1)) ?? 0) + slack);
      return news
        .filter((time) => time < from || time > latest)
        .map((time) => `${list} ${id} has the time ${show(time)}, outside of ${show(from)} to ${show(latest)}`);
    });
  }
}

/** Between which times those lie that a run gives. */
function windowOf({ begun, ended, expected }, { newest }) {
  if (expected.length === 0) return { from: Infinity, to: newest };
  const starts = expected.map(({ at }) => at);
  return { from: Math.min(...starts) - slack, to: Math.max(ended, Math.max(...starts) + ended - begun) + slack };
}

function wrongOrder({ rows, logs }) {
  const wrong = [];
  for (const [at, row] of rows.entries()) {
    const before = rows[at - 1];
    if (row.updated_at < row.created_at) wrong.push(`${row.list} ${row.id} was updated before it was created`);
    if (before?.list !== row.list) continue;
    if (row.id <= before.id) wrong.push(`${row.list} ${row.id} comes after ${before.id}`);
    if (row.created_at < before.created_at) wrong.push(`${row.list} ${row.id} is older than ${before.id}`);
  }
  for (const { log, times } of logs) {
    if (times.some((time, at) => time < times[at - 1])) wrong.push(`times go back in the change log of ${log}`);
  }
  return wrong;
}

/** Entries are added alone: none of these runs lasts as long as an entry is kept. */
function wrongAudit({ audit }, found) {
  const at = audit.findIndex((entry, index) => found.audit[index] !== entry);
  return at < 0 ? [] : [`the audit log had ${audit[at]}, and has ${found.audit[at]} there`];
}

/** What is kept of the time for the next start. */
function wrongKept(before, kept, { expected, isCertain }, { from, to }, known) {
  const isAsBefore = JSON.stringify(kept) === JSON.stringify(before);
  const isNew =
    kept !== undefined &&
    kept.at >= from &&
    kept.at <= to &&
    expected.some(({ lag }) => Math.abs(kept.lag - lag) < day / 24);
  const mustBeNew = isCertain && expected.length > 0 && expected.every((start) => keepsAtOnce(known, start));
  if (isNew || (isAsBefore && !mustBeNew)) return [];
  const allowed =
    expected.length === 0 ? "refused" : expected.map(({ kind, lag }) => `${kind} with a lag of ${lag}`).join(" or ");
  return [`the clock was kept as ${JSON.stringify(kept)} after ${JSON.stringify(before)}; the start was ${allowed}`];
}

const show = (at) => (Number.isFinite(at) ? new Date(at / 1000).toISOString() : String(at));
