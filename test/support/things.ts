/** What a server answers, for tests that look at many kinds. */
export interface Meta {
  name: string;
  uid: string;
  resourceVersion?: string;
  generation?: number;
  labels?: Record<string, string>;
  finalizers?: string[];
  deletionTimestamp?: string;
  deletionGracePeriodSeconds?: number;
}

/** An object of any kind. */
export interface Thing {
  kind: string;
  metadata: Meta;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- each kind has its own
  [part: string]: any;
}

/** Objects of one kind. */
export interface List {
  kind: string;
  metadata: { resourceVersion: string; continue?: string; remainingItemCount?: number };
  items: Thing[];
}
