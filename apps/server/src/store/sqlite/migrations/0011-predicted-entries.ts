/**
 * Marks the entries that were predicted. Those from before the mark stay observations.
 *
 * Observations and predictions have indexes of their own, so that no question about the ones walks over
 * the others, however many there are. Those of observations end with the columns that predictions read,
 * which then need no row. `sequence_by_instance` finds the occurrences of a state.
 */
export const predictedEntries = `
ALTER TABLE sequence ADD COLUMN predicted INTEGER NOT NULL DEFAULT 0 CHECK (predicted IN (0, 1));

DROP INDEX sequence_by_status;
DROP INDEX sequence_by_time;

CREATE INDEX sequence_by_id ON sequence (module_id, id, instance_id) WHERE predicted = 0;
CREATE INDEX sequence_by_status ON sequence (module_id, status, id, instance_id) WHERE predicted = 0;
CREATE INDEX sequence_by_time ON sequence (module_id, created_at, id) WHERE predicted = 0;
CREATE INDEX sequence_by_instance ON sequence (module_id, instance_id, id, status) WHERE predicted = 0;

CREATE INDEX predicted_by_id ON sequence (module_id, id) WHERE predicted = 1;
CREATE INDEX predicted_by_status ON sequence (module_id, status, id) WHERE predicted = 1;
CREATE INDEX predicted_by_time ON sequence (module_id, created_at, id) WHERE predicted = 1;
`;
