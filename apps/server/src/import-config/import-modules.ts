import { isDeepStrictEqual } from "node:util";
import type { Clock } from "../clock.js";
import { openShape } from "../module/service.js";
import type { ModuleConfiguration, ModuleRow } from "../store/port/rows.js";
import type { Reader, Store } from "../store/port/store.js";
import type { ConfigIssues } from "./config-issues.js";
import type { ConfiguredModule } from "./read-config.js";

/** What the import does to a module. */
export interface ImportedModule {
  readonly moduleId: string;
  readonly outcome: "created" | "changed" | "unchanged";
  readonly configuration: ModuleConfiguration;
}

/**
 * Creates the modules of a configuration and brings those that are there already in line with it, all of
 * them or none. What the configuration does not say of a module stays as it is; what it says of one twice
 * over changes nothing the second time.
 *
 * @param issues What is wrong with the configuration already.
 * @throws DomainError `invalid_request` with those, and with each module whose shape is fixed and another one.
 */
export async function importModules(
  modules: readonly ConfiguredModule[],
  issues: ConfigIssues,
  { store, clock }: { readonly store: Pick<Store, "transact">; readonly clock: Clock },
): Promise<ImportedModule[]> {
  return store.transact(async (tx) => {
    const planned = await planImport(modules, issues, tx);
    const at = clock();
    for (const { moduleId, outcome, configuration } of planned) {
      if (outcome === "created") await tx.insertModule(moduleId, openShape, at);
      if (outcome !== "unchanged") await tx.configureModule(moduleId, configuration, at);
    }
    return planned;
  });
}

/**
 * What `importModules` would do, of which nothing is done.
 *
 * @param reader Undefined where there is no data yet.
 * @throws DomainError as `importModules`.
 */
export async function planImport(
  modules: readonly ConfiguredModule[],
  issues: ConfigIssues,
  reader: Pick<Reader, "module" | "emotifiedInstances"> | undefined,
): Promise<ImportedModule[]> {
  const planned: ImportedModule[] = [];
  for (const module of modules) {
    const row = await reader?.module(module.moduleId);
    if (row !== undefined) checkShape(row, module, issues);
    const before = row && reader && (await configurationOf(reader, row));
    const isOpen = before === undefined || before.shape === openShape;
    const configuration = {
      shape: isOpen ? (module.shape ?? openShape) : before.shape,
      display_name: module.displayName ?? before?.display_name ?? null,
      emotified_instances: module.instances ?? before?.emotified_instances ?? [],
    };
    const outcome =
      before === undefined ? "created" : isDeepStrictEqual(before, configuration) ? "unchanged" : "changed";
    planned.push({ moduleId: module.moduleId, outcome, configuration });
  }
  issues.require();
  return planned;
}

function checkShape(row: ModuleRow, { moduleId, shape, file, path }: ConfiguredModule, issues: ConfigIssues): void {
  if (shape === undefined || row.shape === openShape || row.shape === shape) return;
  issues.add(file, [...path, "shape"], `is ${shape}, the module "${moduleId}" is there and has shape ${row.shape}`);
}

async function configurationOf(
  reader: Pick<Reader, "emotifiedInstances">,
  { module_id: moduleId, shape, display_name }: ModuleRow,
): Promise<ModuleConfiguration> {
  return { shape, display_name, emotified_instances: await reader.emotifiedInstances(moduleId) };
}
