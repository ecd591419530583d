/**
 * What callers asked for and what they were promised: one fact for each write of a row.
 *
 * A row is named by its path, its value is a text that is written once, and a row that is not there has the
 * value `null`. Rows have one writer each, so that the facts of a row follow one another.
 *
 * @typedef {object} Fact
 * @property {string} request The id that the request carried.
 * @property {string} table
 * @property {string | undefined} path Unknown while the row of a create was not named by an answer.
 * @property {string | null} value
 * @property {"unknown" | "acknowledged" | "refused"} outcome
 */
export class Ledger {
  #serial = 0;
  /** @type {Map<string, Fact[]>} */
  #byPath = new Map();
  /** @type {Map<string, Fact>} */
  #byValue = new Map();

  /** A text that no other write has. */
  nextValue(writer) {
    this.#serial += 1;
    return `${writer}-${this.#serial}`;
  }

  /** Notes that a write is asked for. */
  begin(table, path, value, request = value) {
    const fact = { request, table, path, value, outcome: "unknown" };
    this.facts.push(fact);
    if (path !== undefined) this.#append(path, fact);
    const place = `${table} ${value}`;
    if (value !== null && !this.#byValue.has(place)) this.#byValue.set(place, fact);
    return fact;
  }

  /** Notes that a write was acknowledged, for a create with the path of its row. */
  acknowledge(fact, path = fact.path) {
    if (fact.path === undefined) this.#append(path, fact);
    fact.path = path;
    fact.outcome = "acknowledged";
  }

  /** Notes that a write was refused: nothing of it may be there. */
  refuse(fact) {
    fact.outcome = "refused";
  }

  #append(path, fact) {
    const facts = this.#byPath.get(path);
    if (facts === undefined) this.#byPath.set(path, [fact]);
    else facts.push(fact);
  }

  /** @type {Fact[]} */
  facts = [];

  get paths() {
    return this.#byPath.keys();
  }

  /** The fact that first wrote a value into a table. */
  writerOf(table, value) {
    return this.#byValue.get(`${table} ${value}`);
  }

  /**
   * The values that a row may have.
   *
   * @param {string} path
   * @param {(fact: Fact) => boolean} [hasBegun] Whether a write was asked for by the moment that is looked at.
   * @param {(fact: Fact) => boolean} [isAcknowledged] Whether its answer was given by then.
   */
  allowed(path, hasBegun = () => true, isAcknowledged = ({ outcome }) => outcome === "acknowledged") {
    const facts = (this.#byPath.get(path) ?? []).filter((fact) => fact.outcome !== "refused" && hasBegun(fact));
    const last = facts.findLastIndex(isAcknowledged);
    const open = facts.slice(last + 1).map(({ value }) => value);
    return [last < 0 ? null : facts[last].value, ...open];
  }

  /** How many writes had an unknown outcome when rows were settled. */
  unknownSettled = 0;

  /**
   * Takes what was found as settled: whatever had an unknown outcome was carried out where its value is there,
   * and else was not.
   *
   * @param {{ table: string, path: string, value: string }[]} rows
   */
  settle(rows) {
    const open = this.facts.filter(({ outcome }) => outcome === "unknown");
    this.unknownSettled += open.length;
    const found = new Map(rows.map(({ path, value }) => [path, value]));
    const places = new Map(rows.map(({ table, path, value }) => [`${table} ${value}`, path]));
    for (const fact of open) {
      const { table, value } = fact;
      const place = value === null ? fact.path : places.get(`${table} ${value}`);
      const isThere = place !== undefined && (found.get(place) ?? null) === value;
      if (isThere) this.acknowledge(fact, place);
      else this.refuse(fact);
    }
  }
}

/**
 * Compares what is there with what was promised.
 *
 * @param {Ledger} ledger
 * @param {{ table: string, path: string, value: string }[]} rows
 * @param {(fact: Fact) => boolean} [hasBegun]
 * @param {(fact: Fact) => boolean} [isAcknowledged]
 * @returns {string[]} What is wrong, a line each.
 */
export function compare(ledger, rows, hasBegun = () => true, isAcknowledged) {
  const wrong = [];
  const found = new Map(rows.map(({ path, value }) => [path, value]));
  const places = new Map();
  for (const { table, path, value } of rows) {
    const fact = ledger.writerOf(table, value);
    if (fact === undefined || fact.outcome === "refused" || !hasBegun(fact)) {
      wrong.push(`${path} has ${value}, which nobody wrote`);
    }
    const place = `${table} ${value}`;
    if (places.has(place)) wrong.push(`${value} is there twice: in ${places.get(place)} and ${path}`);
    places.set(place, path);
  }
  for (const path of ledger.paths) {
    const value = found.get(path) ?? null;
    const allowed = ledger.allowed(path, hasBegun, isAcknowledged);
    if (!allowed.includes(value)) wrong.push(`${path} has ${value}, and may have ${allowed.join(" or ")}`);
  }
  return wrong;
}
