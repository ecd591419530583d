import type { Micros } from "../../clock.js";
import type { Connection } from "./connection.js";

/** The rows outside the modules, by the names of their tables. */
type CollectionName = "document" | "response" | "audit";

/** What a write to a collection takes from its counters. */
interface Step {
  readonly revision: number;
  /** The newest id of the collection. */
  readonly id: number;
  /** When the write happens: what was asked for, or the time of the collection's newest write where that is later. */
  readonly at: Micros;
}

/** The counters on a collection's row, moved on by each write to the collection. */
export interface CollectionCounters {
  insert(name: CollectionName, at: Micros): Step;
  /** Any write that adds no row; one that leaves no time has none. */
  change(name: CollectionName, at?: Micros): Step;
}

export function collectionCounters(connection: Connection): CollectionCounters {
  const step = (ids: number) => {
    const statement = connection.prepare(
      `UPDATE collection SET revision = revision + 1, last_id = last_id + ${ids},
         last_activity_at = max(last_activity_at, ?2)
       WHERE name = ?1 RETURNING revision, last_id, last_activity_at`,
    );
    return (name: CollectionName, at: Micros = 0): Step => {
      const [revision, id, latest] = statement.get([name, at]) as unknown as [number, number, number];
      return { revision, id, at: latest };
    };
  };
  return { insert: step(1), change: step(0) };
}
