
/** What travels on the bus for one log entry: enough to fold it into a world. */
export interface LogMessage {
  readonly revision: number;
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly resource: string;
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly at: string;
  /** The object's exact JSON text. Absent when it was too large for a message: read the entry from the log. */
  readonly object?: string;
}
