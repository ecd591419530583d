/**
 * SQL for when a write happens: at the instant that was asked for, or a microsecond after `last_activity_at` where that
 * is later, so that times go on in the order of writes behind a clock that was set back.
 */
export function laterThanLast(wanted: string): string {
  return `iif(${wanted} >= last_activity_at, ${wanted}, last_activity_at + 1)`;
}
