import { initial } from "./0001-initial.js";
import { embeddingsDocumentsResponses } from "./0002-embeddings-documents-responses.js";
import { keys } from "./0003-keys.js";
import { pagingIdempotency } from "./0004-paging-idempotency.js";
import { audit } from "./0005-audit.js";
import { documentSearch } from "./0006-document-search.js";
import { moduleConfiguration } from "./0007-module-configuration.js";
import { newestTime } from "./0008-newest-time.js";
import { rowsOfReplies } from "./0009-rows-of-replies.js";
import { auditByKind } from "./0010-audit-by-kind.js";
import { predictedEntries } from "./0011-predicted-entries.js";
import { sourcesOfDocuments } from "./0012-sources-of-documents.js";
import { clock } from "./0013-clock.js";
import { longTextsAside } from "./0014-long-texts-aside.js";
import { runsOfPredictions } from "./0015-runs-of-predictions.js";

/** The steps from an empty database to the newest schema: step n leads from version n - 1 to n. */
export const migrations: readonly string[] = [
  initial,
  embeddingsDocumentsResponses,
  keys,
  pagingIdempotency,
  audit,
  documentSearch,
  moduleConfiguration,
  newestTime,
  rowsOfReplies,
  auditByKind,
  predictedEntries,
  sourcesOfDocuments,
  clock,
  longTextsAside,
  runsOfPredictions,
];
