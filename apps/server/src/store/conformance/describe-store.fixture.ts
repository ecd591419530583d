import { afterAll, beforeEach, describe, expect } from "vitest";
import { describeAccounts } from "./accounts.fixture.js";
import { describeAudit } from "./audit.fixture.js";
import { describeClock } from "./clock.fixture.js";
import { describeCollections } from "./collections.fixture.js";
import { describeConcurrency } from "./concurrency.fixture.js";
import { describeDocumentSearch } from "./document-search.fixture.js";
import { describeEmbeddings } from "./embeddings.fixture.js";
import { describeIdempotency } from "./idempotency.fixture.js";
import { describeKeys } from "./keys.fixture.js";
import { describeLongTexts } from "./long-texts.fixture.js";
import { describeModel } from "./model.fixture.js";
import { describeModuleConfiguration } from "./module-configuration.fixture.js";
import { describePaging } from "./paging.fixture.js";
import { describeRows } from "./rows.fixture.js";
import { describeSequenceFilters } from "./sequence-filters.fixture.js";
import { describeTimeRepairs } from "./time-repairs.fixture.js";
import { describeTransactions } from "./transactions.fixture.js";
import type { OpenStore } from "./use-store.fixture.js";

/** Tests that an adapter cannot pass. */
interface SkippedTests {
  /** Why not; the report shows it beside each of them. */
  readonly reason: string;
  /** Their names, or those of the groups that they are in. */
  readonly tests: readonly string[];
}

interface DescribeStoreOptions {
  readonly skip?: readonly SkippedTests[];
}

/**
 * What every adapter of the store port must keep, in the port's own words alone.
 *
 * @param name The adapter's, as the report shows it.
 * @param open Opens the adapter on a folder; the same folder gives the same data again.
 */
export function describeStore(name: string, open: OpenStore, { skip = [] }: DescribeStoreOptions = {}): void {
  describe(`${name}: the store port`, () => {
    const unmet = new Set(skip.flatMap(({ tests }) => tests));
    beforeEach(({ task, skip: skipTest }) => {
      const names = [task.name];
      for (let { suite } = task; suite !== undefined; { suite } = suite) names.push(suite.name);
      const skipped = skip.find(({ tests }) => tests.some((test) => names.includes(test)));
      if (skipped === undefined) return;
      for (const met of names) unmet.delete(met);
      skipTest(skipped.reason);
    });
    // A test that was renamed would be skipped no longer, and nobody would see why it was.
    afterAll(() => expect([...unmet], "tests to skip that are not there").toEqual([]));
    describe("rows", () => describeRows(open));
    describe("embeddings", () => describeEmbeddings(open));
    describe("module configuration", () => describeModuleConfiguration(open));
    describe("collections", () => describeCollections(open));
    describe("document search", () => describeDocumentSearch(open));
    describe("accounts", () => describeAccounts(open));
    describe("keys", () => describeKeys(open));
    describe("audit", () => describeAudit(open));
    describe("clock", () => describeClock(open));
    describe("times", () => describeTimeRepairs(open));
    describe("idempotency", () => describeIdempotency(open));
    describe("long texts", () => describeLongTexts(open));
    describe("paging", () => describePaging(open));
    describe("filters of a log", () => describeSequenceFilters(open));
    describe("transactions", () => describeTransactions(open));
    describe("concurrency", () => describeConcurrency(open));
    describe("model", () => describeModel(open));
  });
}
