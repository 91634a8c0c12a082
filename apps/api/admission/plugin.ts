import type { AnyKind, Subresource } from '#lib/api/kind';
import type { KubeObject } from '#lib/api/meta';
import type { World } from '#lib/reconcile/world';
import type { User } from '../auth/authorizer';
import type { View } from '../write/view';

/** What a plugin may look at. `object` is the pipeline's own draft and may be changed in `mutate` and `settle`. */
export interface AdmissionRequest {
  readonly operation: 'CREATE' | 'UPDATE' | 'DELETE';
  readonly kind: AnyKind;
  /** The kind that the client speaks, when that is only a view of `kind`. */
  readonly view?: AnyKind;
  readonly subresource?: Subresource;
  /** The type of `object` when that is not the object itself: a Scale, a Binding, an Eviction. */
  readonly body?: { readonly group: string; readonly version: string; readonly kind: string };
  readonly namespace: string;
  readonly name: string;
  readonly object: KubeObject;
  /** The JSON of the object's spec, once that is judged. */
  specText?: string;
  readonly previous?: KubeObject;
  readonly user: User;
  readonly dryRun: boolean;
  /** Texts for `Warning:` headers; plugins add to them. */
  readonly warnings: string[];
  /** What plugins want the record of the request to say; they add to it. */
  readonly annotations: Record<string, string>;
}

/** A world that can be waited for. */
export interface WaitingWorld extends World {
  /** Resolves true once `holds` is true, false when `timeoutMs` passed first. */
  until(holds: () => boolean, timeoutMs: number): Promise<boolean>;
}

/** One admission plugin. To add one: a file, and a line in plugins.ts. Refusals are thrown ApiErrors. */
export interface AdmissionPlugin {
  readonly name: string;
  /** Something that others are about to make and without which a create would be refused; undefined when nothing is missing. */
  ready?(kind: AnyKind, namespace: string, draft: object, world: WaitingWorld): Promise<unknown> | undefined;
  /** Completes the draft before it is validated, with the world as it stands. */
  mutate?(request: AdmissionRequest, world: World): void;
  /**
   * The last look before the write, with the world the write is made against: uniqueness, allocation, quota. What it changes of a spec, it
   * replaces.
   */
  settle?(request: AdmissionRequest, view: View): void;
}
