import { decodedPath, splitMoment, targetOf, type Target } from './target';

/** What the part of a URL before its query says. */
export interface Address {
  /** Of `/asof/<moment>/…`. */
  readonly moment: string | undefined;
  /** Decoded, without the moment. */
  readonly path: string;
  readonly target: Target;
  /** Whether everybody may ask, without saying who he is. */
  readonly isPublic: boolean;
}

/** Paths that say how the server is: for load balancers, which have no identity. */
const PUBLIC = /^\/(livez|readyz|healthz)(\/[^/]*)?$|^\/version\/?$/;

/** So many are remembered, and none of more characters. */
const MAX_KNOWN = 1_000;
const MAX_LENGTH = 200;

/** Reads addresses. Clients ask for the same collections again and again, so the last ones are remembered: 5 µs of a create. */
export class Addresses {
  private readonly known = new Map<string, Address>();

  /** @throws ApiError 400. */
  read(raw: string): Address {
    let address = this.known.get(raw);
    if (address) return address;
    const { moment, path } = splitMoment(decodedPath(raw));
    address = { moment, path, target: targetOf(path), isPublic: PUBLIC.test(path) };
    if (this.known.size >= MAX_KNOWN) this.known.clear();
    if (raw.length <= MAX_LENGTH) this.known.set(raw, address);
    return address;
  }
}
