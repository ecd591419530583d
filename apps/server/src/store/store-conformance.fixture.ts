import { describe } from "vitest";
import { describeAccounts } from "./conformance/accounts.fixture.js";
import { describeAudit } from "./conformance/audit.fixture.js";
import { describeClock } from "./conformance/clock.fixture.js";
import { describeCollections } from "./conformance/collections.fixture.js";
import { describeConcurrency } from "./conformance/concurrency.fixture.js";
import { describeDocumentSearch } from "./conformance/document-search.fixture.js";
import { describeEmbeddings } from "./conformance/embeddings.fixture.js";
import { describeIdempotency } from "./conformance/idempotency.fixture.js";
import { describeKeys } from "./conformance/keys.fixture.js";
import { describeLongTexts } from "./conformance/long-texts.fixture.js";
import { describeModel } from "./conformance/model.fixture.js";
import { describeModuleConfiguration } from "./conformance/module-configuration.fixture.js";
import { describePaging } from "./conformance/paging.fixture.js";
import { describeRows } from "./conformance/rows.fixture.js";
import { describeSequenceFilters } from "./conformance/sequence-filters.fixture.js";
import { describeTimeRepairs } from "./conformance/time-repairs.fixture.js";
import { describeTransactions } from "./conformance/transactions.fixture.js";
import type { OpenStore } from "./conformance/use-store.fixture.js";

/**
 * What every adapter of the store port must keep, told in the port's own words alone.
 *
 * @param open opens the adapter on a folder; the same folder gives the same data again.
 */
export function describeStoreConformance(name: string, open: OpenStore): void {
  describe(`${name}: the store port`, () => {
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
