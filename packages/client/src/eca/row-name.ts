/** Names one row: the module and the row's id in it. */
export interface RowName {
  readonly moduleId: string;
  /** `-1` names the latest row where the route says so. */
  readonly dbId: number;
}
