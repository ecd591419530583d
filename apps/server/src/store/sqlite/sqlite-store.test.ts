import { describeStoreConformance } from "../store-conformance.fixture.js";
import { openSqliteStore } from "./sqlite-store.js";

describeStoreConformance("sqlite", (folder) => openSqliteStore({ folder }));
