import { type AggregateLists, componentsOf, decodeAggregate } from "../../codecs/aggregate-codec.js";
import type { Connection, SqlRow } from "../database/connection.js";
import { type OnProgress, RowProgress } from "../database/progress.js";

/** Gathers texts, up to a number of each kind. */
type Report = (kind: keyof typeof kinds, text: string) => void;

/** What can be wrong, in the order in which it is reported. */
const kinds = { unreadable: 0, notFound: 1, notNamed: 2, wrongParts: 3 } as const;

/**
 * Returns where the lists of aggregates, their states and the look-up by component contradict one another, each
 * in a line. Both are read once, in the order of modules and ids, so that the time grows with the components and
 * only one aggregate is in memory.
 *
 * @param limit How many texts of each kind to return.
 */
export function checkAggregates(connection: Connection, limit: number, onProgress: OnProgress): string[] {
  const texts: string[][] = Object.keys(kinds).map(() => []);
  const report: Report = (kind, text) => {
    const found = texts[kinds[kind]] as string[];
    if (found.length < limit) found.push(text);
  };
  const total = Number(connection.value("SELECT count(*) FROM ess WHERE aggregate IS NOT NULL"));
  const progress = new RowProgress("checking aggregates", total, onProgress);
  const lookUps = new LookUps(connection, report);
  const aggregates = connection.prepare(
    `SELECT module_id, id, aggregate, length(state) / 4 FROM ess WHERE aggregate IS NOT NULL ORDER BY module_id, id`,
  );
  // Both are walked to their ends whatever is found: a statement that is left early keeps its snapshot.
  for (const row of aggregates.iterate()) {
    checkAggregate(row, lookUps, report);
    progress.pass();
  }
  lookUps.finish();
  return texts.flat();
}

/** An aggregate, by its module and id. */
interface Aggregate {
  readonly moduleId: string;
  readonly id: number;
}

function checkAggregate([module, id, text, length]: SqlRow, lookUps: LookUps, report: Report): void {
  const aggregate = { moduleId: String(module), id: Number(id) };
  const found = lookUps.of(aggregate);
  const lists = readLists(text as string);
  if (lists === undefined) {
    report("unreadable", `the lists of ${nameOf(aggregate)} cannot be read`);
    return;
  }
  const named = new Map(componentsOf(lists).map((component) => [keyOf(component), component]));
  for (const key of found.keys()) {
    const component = found.get(key) as Component;
    if (!named.delete(key)) report("notNamed", notNamed(component, aggregate));
  }
  for (const component of named.values()) {
    report(
      "notFound",
      `${nameOf(aggregate)} is not found by its component ${component.id} of ${quote(component.module_id)}`,
    );
  }
  const parts = lists.aggregate_shape.reduce((sum, shape) => sum + shape, 0);
  if (parts !== length) {
    report("wrongParts", `the parts of ${nameOf(aggregate)} have ${parts} numbers, its state has ${String(length)}`);
  }
}

function readLists(text: string): AggregateLists | undefined {
  try {
    const lists = decodeAggregate(text);
    const { aggregate_id: ids, aggregate_module_id: modules, aggregate_shape: shapes } = lists;
    return [ids, modules, shapes].every((list) => Array.isArray(list)) ? lists : undefined;
  } catch {
    return undefined;
  }
}

interface Component {
  readonly module_id: string;
  readonly id: number;
}

/** What the look-up by component holds, aggregate by aggregate. */
class LookUps {
  readonly #rows: Iterator<SqlRow>;
  readonly #report: Report;
  #next: SqlRow | undefined;

  constructor(connection: Connection, report: Report) {
    const statement = connection.prepare(
      `SELECT module_id, aggregate_id, component_module_id, component_id FROM ess_component
       ORDER BY module_id, aggregate_id`,
    );
    this.#rows = statement.iterate();
    this.#report = report;
    this.#advance();
  }

  /** The components that find an aggregate; those before it find one that is not there. */
  of(aggregate: Aggregate): Map<string, Component> {
    const components = new Map<string, Component>();
    for (let order = this.#compare(aggregate); order <= 0; order = this.#compare(aggregate)) {
      const { owner, component } = this.#take();
      if (order === 0) components.set(keyOf(component), component);
      else this.#report("notNamed", notNamed(component, owner));
    }
    return components;
  }

  /** What is left finds aggregates that are not there. */
  finish(): void {
    while (this.#next !== undefined) {
      const { owner, component } = this.#take();
      this.#report("notNamed", notNamed(component, owner));
    }
  }

  /** Below 0 where the next row belongs to an aggregate before this one, above 0 where behind it or to none. */
  #compare({ moduleId, id }: Aggregate): number {
    if (this.#next === undefined) return 1;
    const [module, aggregate] = this.#next as [string, number];
    return module === moduleId ? aggregate - id : Buffer.compare(Buffer.from(module), Buffer.from(moduleId));
  }

  #take(): { owner: Aggregate; component: Component } {
    const [moduleId, id, module_id, component] = this.#next as [string, number, string, number];
    this.#advance();
    return { owner: { moduleId, id }, component: { module_id, id: component } };
  }

  #advance(): void {
    const { done, value } = this.#rows.next() as IteratorResult<SqlRow, undefined>;
    this.#next = done === true ? undefined : value;
  }
}

function notNamed({ id, module_id }: Component, aggregate: Aggregate): string {
  return `component ${id} of ${quote(module_id)} finds ${nameOf(aggregate)}, which does not name it`;
}

function nameOf({ moduleId, id }: Aggregate): string {
  return `aggregate ${id} of module ${quote(moduleId)}`;
}

function keyOf({ module_id, id }: Component): string {
  return `${id} ${module_id}`;
}

/** As `%Q` of SQLite's `format`. */
function quote(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
