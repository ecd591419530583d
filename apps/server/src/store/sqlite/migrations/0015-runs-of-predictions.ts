/**
 * Observations are found in the order of ids without an index of their own, which cost every write: `predicted_run` has
 * the stretches of ids between them in which all entries are predicted, and reads pass over those. A run is as long as it
 * can be, so that an observation lies between any two; where entries were deleted it may hold ids without an entry.
 */
export const runsOfPredictions = `
CREATE TABLE predicted_run (
  module_id TEXT NOT NULL,
  first_id INTEGER NOT NULL,
  last_id INTEGER NOT NULL,
  PRIMARY KEY (module_id, first_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX predicted_run_by_end ON predicted_run (module_id, last_id);

INSERT INTO predicted_run (module_id, first_id, last_id)
SELECT module_id, min(id), max(id) FROM (
  SELECT module_id, id, (
    SELECT max(observation.id) FROM sequence AS observation
    WHERE observation.predicted = 0 AND observation.module_id = entry.module_id AND observation.id < entry.id
  ) AS observed_before
  FROM sequence AS entry WHERE predicted = 1
)
GROUP BY module_id, observed_before;

DROP INDEX sequence_by_id;
`;
