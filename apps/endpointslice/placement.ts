import type { EndpointPort } from 'kubernetes-types/discovery/v1';
import type { Endpoint, EndpointSlice } from '#lib/api/discovery/endpointslice';
import { sameValue } from '#lib/api/equality';
import { identityOf, portsKey, type Family, type Group } from './desired';

/** Endpoints per slice: small enough that one change is cheap to send to every node. */
const MAX_ENDPOINTS = 100;

/** What a slice shall hold. */
export interface Content {
  readonly addressType: Family;
  readonly ports: readonly EndpointPort[];
  readonly endpoints: readonly Endpoint[];
}

/** What happens to the slices of one address family. */
export interface Placement {
  readonly make: readonly Content[];
  readonly rewrite: readonly { readonly slice: EndpointSlice; readonly content: Content }[];
  readonly drop: readonly EndpointSlice[];
}

/** A slice on the way to its new content. */
interface Draft {
  readonly slice: EndpointSlice | undefined;
  readonly endpoints: Endpoint[];
  changed: boolean;
}

/**
 * Puts the endpoints into slices so that as few slices as possible change: what is in a slice stays there, what is new fills
 * slices that change anyway, then one that has room for all of it, then new ones. A service without endpoints has one empty slice.
 * A slice to be dropped is rewritten when another one is to be made. Mirrors endpointslice/reconciler.go.
 */
export function place(addressType: Family, groups: ReadonlyMap<string, Group>, existing: readonly EndpointSlice[]): Placement {
  const byPorts = new Map<string, EndpointSlice[]>();
  for (const slice of existing) {
    const key = portsKey(slice.ports);
    byPorts.set(key, [...(byPorts.get(key) ?? []), slice]);
  }
  const rewrite: { slice: EndpointSlice; content: Content }[] = [];
  const make: Content[] = [];
  let drop = existing.filter((slice) => !groups.has(portsKey(slice.ports)));
  for (const [key, { ports, endpoints }] of groups) {
    for (const { slice, endpoints: held, changed } of fill(endpoints, byPorts.get(key) ?? [])) {
      if (!changed) continue;
      const content = { addressType, ports, endpoints: held };
      if (!slice) make.push(content);
      else if (held.length > 0) rewrite.push({ slice, content });
      else drop.push(slice);
    }
  }
  if (drop.length === existing.length && make.length === 0) {
    const [only] = drop;
    if (only && drop.length === 1 && isPlaceholder(only)) drop = [];
    else make.push({ addressType, ports: [], endpoints: [] });
  }
  return recycled({ make, rewrite, drop });
}

const isPlaceholder = ({ endpoints, ports }: EndpointSlice): boolean => (endpoints ?? []).length === 0 && (ports ?? []).length === 0;

function fill(desired: ReadonlyMap<string, Endpoint>, slices: readonly EndpointSlice[]): Draft[] {
  const left = new Map(desired);
  const drafts = slices.map((slice) => keep(slice, left));
  const changing = drafts
    .filter(({ changed, endpoints }) => changed && endpoints.length > 0)
    .sort((a, b) => b.endpoints.length - a.endpoints.length);
  for (const draft of changing) pour(left, draft);
  while (left.size > 0) {
    let draft = fittest(drafts, left.size);
    if (!draft) drafts.push((draft = { slice: undefined, endpoints: [], changed: true }));
    pour(left, draft);
    draft.changed = true;
  }
  return drafts;
}

/** Takes what the slice holds already out of `left`. */
function keep(slice: EndpointSlice, left: Map<string, Endpoint>): Draft {
  const before = slice.endpoints ?? [];
  const endpoints: Endpoint[] = [];
  let changed = false;
  for (const endpoint of before) {
    const key = identityOf(endpoint);
    const wanted = left.get(key);
    if (!wanted) continue;
    left.delete(key);
    endpoints.push(wanted);
    changed ||= !sameValue(endpoint, wanted);
  }
  return { slice, endpoints, changed: changed || endpoints.length !== before.length };
}

function pour(left: Map<string, Endpoint>, draft: Draft): void {
  for (const [key, endpoint] of left) {
    if (draft.endpoints.length >= MAX_ENDPOINTS) return;
    draft.endpoints.push(endpoint);
    left.delete(key);
  }
}

/** The unchanged slice that would be fullest with all of them. Mirrors getSliceToFill. */
function fittest(drafts: readonly Draft[], count: number): Draft | undefined {
  let best: Draft | undefined;
  for (const draft of drafts) {
    if (draft.changed || draft.endpoints.length + count > MAX_ENDPOINTS) continue;
    if (!best || draft.endpoints.length > best.endpoints.length) best = draft;
  }
  return best;
}

function recycled({ make, rewrite, drop }: Placement): Placement {
  const count = Math.min(make.length, drop.length);
  const reused = drop.slice(0, count).map((slice, i) => ({ slice, content: make[i] as Content }));
  return { make: make.slice(count), rewrite: [...rewrite, ...reused], drop: drop.slice(count) };
}
