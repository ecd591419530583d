import type {
  ChangeKind,
  ChangeRow,
  EmbeddingContent,
  EmbeddingRow,
  EmotifiedInstance,
  EssContent,
  EssRow,
  ModuleConfiguration,
  ModuleRow,
  SequenceContent,
  SequenceRow,
} from "../port/rows.js";
import { laterThan } from "./contents.fixture.js";

interface ModelModule {
  row: ModuleRow;
  readonly ess: EssRow[];
  readonly sequence: Map<number, SequenceRow>;
  readonly changes: ChangeRow[];
  lastSequenceId: number;
  readonly embeddings: Map<number, EmbeddingRow>;
  lastEmbeddingId: number;
  instances: readonly EmotifiedInstance[];
}

/** What a store must do with the data of modules, as plainly as it can be said. */
export class StoreModel {
  readonly modules = new Map<string, ModelModule>();

  /** A copy to go back to. */
  copy(): StoreModel {
    const copy = new StoreModel();
    for (const [moduleId, module] of this.modules) {
      copy.modules.set(moduleId, {
        ...module,
        ess: [...module.ess],
        sequence: new Map(module.sequence),
        embeddings: new Map(module.embeddings),
        changes: [...module.changes],
      });
    }
    return copy;
  }

  insertModule(moduleId: string, shape: number, at: number): ModuleRow {
    const counts = { ess_count: 0, sequence_count: 0, embedding_count: 0, revision: 0, ess_revision: 0 };
    const row = { module_id: moduleId, display_name: null, shape, ...counts, created_at: at, last_activity_at: at };
    const none = { ess: [], sequence: new Map(), embeddings: new Map(), changes: [], instances: [] };
    this.modules.set(moduleId, { row, ...none, lastSequenceId: 0, lastEmbeddingId: 0 });
    return row;
  }

  configureModule(moduleId: string, configuration: ModuleConfiguration, wanted: number): ModuleRow {
    const module = this.modules.get(moduleId)!;
    const { emotified_instances, ...row } = configuration;
    this.#log(module, "module_configured", 0, wanted);
    module.instances = emotified_instances.toSorted((a, b) => a.id - b.id);
    module.row = { ...module.row, ...row };
    return module.row;
  }

  insertEss(moduleId: string, content: EssContent, wanted: number): EssRow {
    const module = this.modules.get(moduleId)!;
    const id = module.ess.length + 1;
    const { revision, at } = this.#log(module, "ess_created", id, wanted);
    const row = { ...content, id, module_id: moduleId, created_at: at, updated_at: at, revision };
    module.ess.push(row);
    module.row = { ...module.row, ess_count: id, ess_revision: revision };
    return row;
  }

  updateEss(moduleId: string, id: number, content: EssContent, wanted: number): EssRow | undefined {
    const module = this.modules.get(moduleId)!;
    const old = module.ess[id - 1];
    if (old === undefined) return undefined;
    const { revision, at } = this.#log(module, "ess_updated", id, wanted);
    const row = { ...old, ...content, updated_at: at, revision };
    module.ess[id - 1] = row;
    module.row = { ...module.row, ess_revision: revision };
    return row;
  }

  insertSequence(
    moduleId: string,
    { predicted = false, ...content }: SequenceContent & { predicted?: boolean },
    wanted: number,
  ): SequenceRow {
    const module = this.modules.get(moduleId)!;
    module.lastSequenceId += 1;
    const id = module.lastSequenceId;
    const { revision, at } = this.#log(module, "sequence_created", id, wanted);
    const row = { ...content, id, module_id: moduleId, created_at: at, updated_at: at, revision, predicted };
    module.sequence.set(id, row);
    module.row = { ...module.row, sequence_count: module.sequence.size };
    return row;
  }

  updateSequence(moduleId: string, id: number, content: SequenceContent, wanted: number): SequenceRow | undefined {
    const module = this.modules.get(moduleId)!;
    const old = module.sequence.get(id);
    if (old === undefined) return undefined;
    const { revision, at } = this.#log(module, "sequence_updated", id, wanted);
    const row = { ...old, ...content, updated_at: at, revision };
    module.sequence.set(id, row);
    return row;
  }

  markPredicted(moduleId: string, id: number, wanted: number): SequenceRow | undefined {
    const module = this.modules.get(moduleId)!;
    const old = module.sequence.get(id);
    if (old === undefined || old.predicted) return old;
    const { revision, at } = this.#log(module, "sequence_updated", id, wanted);
    const row = { ...old, updated_at: at, revision, predicted: true };
    module.sequence.set(id, row);
    return row;
  }

  deleteSequence(moduleId: string, id: number, wanted: number): SequenceRow | undefined {
    const module = this.modules.get(moduleId)!;
    const old = module.sequence.get(id);
    if (old === undefined) return undefined;
    this.#log(module, "sequence_deleted", id, wanted);
    module.sequence.delete(id);
    module.row = { ...module.row, sequence_count: module.sequence.size };
    return old;
  }

  insertEmbedding(moduleId: string, content: EmbeddingContent, wanted: number): EmbeddingRow {
    const module = this.modules.get(moduleId)!;
    module.lastEmbeddingId += 1;
    const id = module.lastEmbeddingId;
    const { revision, at } = this.#log(module, "embedding_created", id, wanted);
    const row = { ...content, id, module_id: moduleId, created_at: at, updated_at: at, revision };
    module.embeddings.set(id, row);
    module.row = { ...module.row, embedding_count: module.embeddings.size };
    return row;
  }

  updateEmbedding(moduleId: string, id: number, content: EmbeddingContent, wanted: number): EmbeddingRow | undefined {
    const module = this.modules.get(moduleId)!;
    const old = module.embeddings.get(id);
    if (old === undefined) return undefined;
    const { revision, at } = this.#log(module, "embedding_updated", id, wanted);
    const row = { ...old, ...content, updated_at: at, revision };
    module.embeddings.set(id, row);
    return row;
  }

  deleteEmbedding(moduleId: string, id: number, wanted: number): EmbeddingRow | undefined {
    const module = this.modules.get(moduleId)!;
    const old = module.embeddings.get(id);
    if (old === undefined) return undefined;
    this.#log(module, "embedding_deleted", id, wanted);
    module.embeddings.delete(id);
    module.row = { ...module.row, embedding_count: module.embeddings.size };
    return old;
  }

  /** The id of the embedding that has this hash now. */
  embeddingWith(moduleId: string, hash: string): number | undefined {
    return [...this.modules.get(moduleId)!.embeddings.values()].find((row) => row.hash === hash)?.id;
  }

  aggregatesOf(moduleId: string, id: number, aggregateModuleId: string): EssRow[] {
    return this.modules
      .get(aggregateModuleId)!
      .ess.filter((row) => row.aggregate_id.some((each, i) => each === id && row.aggregate_module_id[i] === moduleId));
  }

  /** Times never go back within a module. */
  #log(module: ModelModule, kind: ChangeKind, rowId: number, wanted: number): { revision: number; at: number } {
    const revision = module.changes.length + 1;
    const at = laterThan(module.row.last_activity_at, wanted);
    module.changes.push({ module_id: module.row.module_id, revision, kind, row_id: rowId, at });
    module.row = { ...module.row, revision, last_activity_at: at };
    return { revision, at };
  }
}
