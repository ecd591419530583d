import type { Micros } from "../../../clock.js";
import type { Connection } from "../database/connection.js";
import { laterThanLast } from "./later-than-last.js";

/** The rows outside the modules, by the names of their tables. */
type CollectionName = "document" | "response" | "audit";

/** What a write to a collection takes from its counters. */
interface Step {
  readonly revision: number;
  /** The newest id of the collection. */
  readonly id: number;
  /** When the write happens: what was asked for, or just after the collection's newest write where that is later. */
  readonly at: Micros;
}

/** The counters on a collection's row, moved on by each write to the collection. */
export interface CollectionCounters {
  insert(name: CollectionName, at: Micros): Step;
  /** The same where rows keep the time that was asked for, whatever those before have. */
  note(name: CollectionName, at: Micros): Step;
  /** A write that changes a row. */
  change(name: CollectionName, at: Micros): Step;
  /** A write that leaves no time. */
  remove(name: CollectionName): void;
}

export function collectionCounters(connection: Connection): CollectionCounters {
  const step = (ids: number, latest: string) => {
    const statement = connection.prepare(
      `UPDATE collection SET revision = revision + 1, last_id = last_id + ${ids}, last_activity_at = ${latest}
       WHERE name = ?1 RETURNING revision, last_id, last_activity_at`,
    );
    return (name: CollectionName, at: Micros): Step => {
      const [revision, id, latest] = statement.get([name, at]) as unknown as [number, number, number];
      return { revision, id, at: latest };
    };
  };
  const untimed = step(0, "max(last_activity_at, ?2)");
  return {
    insert: step(1, laterThanLast("?2")),
    note: step(1, "max(last_activity_at, ?2)"),
    change: step(0, laterThanLast("?2")),
    remove: (name) => void untimed(name, 0),
  };
}
