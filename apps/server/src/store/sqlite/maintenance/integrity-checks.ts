import { StoreDamagedError } from "../../port/store.js";
import { checkAggregates } from "./aggregate-checks.js";
import type { Connection } from "../database/connection.js";
import type { OnProgress } from "../database/progress.js";

/** A rule that the data keeps, and a query for what breaks it: one row with one text for each issue. */
interface Rule {
  /** The version of the schema that the rule came with. */
  readonly since: number;
  readonly sql: string;
}

/** How many issues of one rule are reported; the first ones show what happened. */
const maxIssuesPerRule = 5;

/**
 * Returns the issues of a database, each in a line; empty where there are none. SQLite's own integrity check
 * comes first. The rules above it are checked only where its pages are sound.
 */
export function checkIntegrity(connection: Connection, version: number, onProgress: OnProgress): string[] {
  const pages = Number(connection.value("PRAGMA page_count"));
  onProgress({ step: "checking pages", done: 0, total: pages, unit: "pages" });
  const broken = brokenPages(connection);
  if (broken.length > 0) return broken.slice(0, maxIssuesPerRule);
  const kept = rules.filter(({ since }) => since <= version);
  const passRule = (done: number) =>
    onProgress({ step: "checking rules", done, total: kept.length + 1, unit: "rules" });
  passRule(0);
  const orphans = connection
    .prepare("PRAGMA foreign_key_check")
    .all([])
    .map(([table, , parent]) => `a row of ${String(table)} refers to a row of ${String(parent)} that is not there`);
  const issues = kept.flatMap(({ sql }, index) => {
    passRule(index + 1);
    return textsOf(connection, `${sql} LIMIT ${maxIssuesPerRule}`);
  });
  return [
    ...orphans.slice(0, maxIssuesPerRule),
    ...issues,
    ...checkAggregates(connection, maxIssuesPerRule, onProgress),
  ];
}

function brokenPages(connection: Connection): string[] {
  try {
    return textsOf(connection, "PRAGMA integrity_check").filter((text) => text !== "ok");
  } catch (error) {
    // SQLite could not even begin the check.
    if (!(error instanceof StoreDamagedError)) throw error;
    return [(error as Error).message];
  }
}

function textsOf(connection: Connection, sql: string): string[] {
  return connection
    .prepare(sql)
    .all([])
    .map(([text]) => String(text));
}

/** The kinds of rows that a module has, and its counters of them. */
const kinds = [
  { table: "ess", since: 1, deletes: false },
  { table: "sequence", since: 1, deletes: true },
  { table: "embedding", since: 2, deletes: true },
];

const ofModules: readonly Rule[] = [
  {
    since: 1,
    sql: `SELECT format('module %Q has revision %d, its change log has %d entries up to %d',
            module_id, module.revision, count(change.revision), max(change.revision))
          FROM module LEFT JOIN change USING (module_id) GROUP BY module_id
          HAVING module.revision <> count(change.revision) OR module.revision <> coalesce(max(change.revision), 0)`,
  },
  {
    since: 1,
    sql: `SELECT format('module %Q has ess_revision %d, its change log says %d',
            module.module_id, ess_revision, coalesce(max(change.revision), 0))
          FROM module LEFT JOIN change ON change.module_id = module.module_id AND kind GLOB 'ess_*'
          GROUP BY module.module_id HAVING ess_revision <> coalesce(max(change.revision), 0)`,
  },
  {
    since: 1,
    sql: "SELECT DISTINCT format('the change log tells of module %Q, which is not there', module_id) FROM change WHERE module_id NOT IN (SELECT module_id FROM module)",
  },
  {
    since: 1,
    sql: `SELECT format('ess %d of module %Q has %d bytes, the module has shape %d', id, module_id, length(state), shape)
          FROM ess JOIN module USING (module_id) WHERE length(state) <> 4 * shape`,
  },
  {
    since: 7,
    sql: `SELECT format('emotified instance %d of module %Q has %d bytes, the module has shape %d', id, module_id, length(state), shape)
          FROM emotified_instance JOIN module USING (module_id) WHERE length(state) <> 4 * shape`,
  },
];

/** What holds between the rows of a kind, the change log and the counters. */
function ofKind({ table, since, deletes }: (typeof kinds)[number]): Rule[] {
  // With max() alone, SQLite takes the other columns from the row that has the greatest value.
  const latest = `(SELECT module_id, row_id AS id, max(revision) AS revision, kind, at
    FROM change WHERE kind GLOB '${table}_*' GROUP BY module_id, row_id)`;
  const rules = [
    `SELECT DISTINCT format('%s %d belongs to module %Q, which is not there', '${table}', id, module_id)
     FROM ${table} WHERE module_id NOT IN (SELECT module_id FROM module)`,
    `SELECT format('module %Q has %d rows of ${table} and counts %d', module_id, count(id), ${table}_count)
     FROM module LEFT JOIN ${table} USING (module_id) GROUP BY module_id HAVING count(id) <> ${table}_count`,
    `SELECT format('module %Q: the ids of ${table} have a gap before %d', module_id, row_id)
     FROM (SELECT module_id, row_id, row_number() OVER (PARTITION BY module_id ORDER BY revision) AS nth
           FROM change WHERE kind = '${table}_created') WHERE row_id <> nth`,
    `SELECT format('module %Q gave %d ids of ${table}, its change log tells of %d', module.module_id, last_${table}_id, count(row_id))
     FROM module LEFT JOIN change ON change.module_id = module.module_id AND kind = '${table}_created'
     GROUP BY module.module_id HAVING last_${table}_id <> count(row_id)`,
    `SELECT format('%s %d of module %Q is not there, though its change log has it', '${table}', latest.id, latest.module_id)
     FROM ${latest} AS latest LEFT JOIN ${table} USING (module_id, id)
     WHERE latest.kind <> '${table}_deleted' AND ${table}.id IS NULL`,
    `SELECT format('%s %d of module %Q is of revision %d at %d, its change log says %s in revision %d at %d',
       '${table}', id, module_id, ${table}.revision, updated_at, latest.kind, latest.revision, latest.at)
     FROM ${latest} AS latest JOIN ${table} USING (module_id, id)
     WHERE latest.kind = '${table}_deleted' OR latest.revision <> ${table}.revision OR latest.at <> updated_at`,
  ];
  if (!deletes) {
    rules.push(`SELECT format('the change log tells of a deleted ${table} %d of module %Q', row_id, module_id)
                FROM change WHERE kind = '${table}_deleted'`);
  }
  return rules.map((sql) => ({ since, sql }));
}

/** What the lists of aggregates say is checked by `checkAggregates`. */
const ofAggregates: Rule = {
  since: 1,
  sql: `SELECT format('aggregate %d of module %Q names component %d of %Q, which is not there', aggregate_id, component.module_id, component_id, component_module_id)
        FROM ess_component AS component LEFT JOIN ess
        ON ess.module_id = component_module_id AND ess.id = component_id WHERE ess.id IS NULL`,
};

/** Rows of no module, whose ids are never given again. */
function ofCollection(table: string, since: number, isGapless: boolean): Rule {
  const gap = isGapless
    ? `OR count(${table}.id) > 0 AND max(${table}.id) - min(${table}.id) + 1 <> count(${table}.id)`
    : "";
  return {
    since,
    sql: `SELECT format('%s has %d rows up to id %d and counts up to %d', collection.name, count(${table}.id), max(${table}.id), last_id)
          FROM collection LEFT JOIN ${table} WHERE collection.name = '${table}' GROUP BY collection.name
          HAVING coalesce(max(${table}.id), 0) > last_id ${gap}`,
  };
}

/** What lets reads of observations pass over predicted entries. */
const ofPredictedRuns: readonly Rule[] = [
  {
    since: 15,
    sql: `SELECT format('sequence %d of module %Q was observed, and is in a run of predicted ones', entry.id, entry.module_id)
          FROM predicted_run AS run
          CROSS JOIN sequence AS entry ON entry.module_id = run.module_id AND entry.id BETWEEN first_id AND last_id
          WHERE entry.predicted = 0`,
  },
  {
    since: 15,
    sql: `SELECT format('sequence %d of module %Q was predicted, and is in no run of predicted ones', entry.id, entry.module_id)
          FROM sequence AS entry WHERE predicted = 1 AND id > coalesce((
            SELECT last_id FROM predicted_run AS run WHERE run.module_id = entry.module_id AND first_id <= entry.id
            ORDER BY first_id DESC LIMIT 1), 0)`,
  },
];

const rules: readonly Rule[] = [
  ...ofModules,
  ...kinds.flatMap(ofKind),
  ofAggregates,
  {
    since: 14,
    sql: `SELECT format('the context of sequence %d of module %Q has %d bytes, the entry says %d', entry.id, entry.module_id,
            coalesce(octet_length(long_context.context), 0), long_context_bytes)
          FROM sequence AS entry LEFT JOIN long_context USING (module_id, id)
          WHERE long_context_bytes <> coalesce(octet_length(long_context.context), 0)`,
  },
  {
    since: 14,
    sql: `SELECT format('there is a context of sequence %d of module %Q, which is not there', id, module_id)
          FROM long_context WHERE NOT EXISTS (
            SELECT 1 FROM sequence WHERE sequence.module_id = long_context.module_id AND sequence.id = long_context.id)`,
  },
  ...ofPredictedRuns,
  ofCollection("document", 2, false),
  ofCollection("response", 2, true),
  ofCollection("audit", 5, false),
  {
    since: 10,
    sql: `SELECT format('the audit log has %d entries of kind %s and counts %d', count(audit.id), kind, audit_count.count)
          FROM audit_count LEFT JOIN audit USING (kind) GROUP BY kind HAVING count(audit.id) <> audit_count.count`,
  },
  {
    since: 10,
    sql: "SELECT DISTINCT format('the audit log does not count its entries of kind %s', kind) FROM audit WHERE kind NOT IN (SELECT kind FROM audit_count)",
  },
];
