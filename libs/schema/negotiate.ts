import { notAcceptable } from '#lib/api/errors';

/** Another shape of the answer that clients may ask for with `as=`. */
export type AnswerShape = 'Table' | 'PartialObjectMetadata' | 'PartialObjectMetadataList' | 'APIGroupDiscoveryList';

/** What the client wants to receive. */
export interface Negotiated {
  readonly media: 'json' | 'yaml';
  /** Absent: the object as it is. */
  readonly as?: AnswerShape;
  /** Version of the group of `as`: v1 or v1beta1, v2 or v2beta1 for discovery. '' without `as`. */
  readonly version: string;
}

/** Which shapes exist, by `g`, `as` and `v`. */
const SHAPES = new Set([
  ...['Table', 'PartialObjectMetadata', 'PartialObjectMetadataList'].flatMap((as) => [`meta.k8s.io/v1/${as}`, `meta.k8s.io/v1beta1/${as}`]),
  'apidiscovery.k8s.io/v2/APIGroupDiscoveryList',
  'apidiscovery.k8s.io/v2beta1/APIGroupDiscoveryList',
]);

const ACCEPTED = ['application/json', 'application/yaml'];

/** Clients send the same few headers again and again. */
const REMEMBERED = 256;
const known = new Map<string, Negotiated>();

/**
 * Chooses the form of the answer from an Accept header: the first clause, by q, that can be served.
 * A clause with an unknown `as` is passed over. @throws ApiError 406 when nothing fits.
 * Mirrors apiserver/pkg/endpoints/handlers/negotiation.
 */
export function negotiate(accept: string | undefined): Negotiated {
  const header = accept ?? '';
  const remembered = known.get(header);
  if (remembered) return remembered;
  const found = choose(header);
  if (!found) throw notAcceptable(ACCEPTED);
  if (known.size >= REMEMBERED) known.clear();
  known.set(header, found);
  return found;
}

function choose(header: string): Negotiated | undefined {
  if (header.trim() === '') return { media: 'json', version: '' };
  const clauses = header.split(',').map(clauseOf).sort((a, b) => b.q - a.q);
  for (const clause of clauses) {
    const served = serve(clause);
    if (served) return served;
  }
  return undefined;
}

interface Clause {
  readonly type: string;
  readonly q: number;
  readonly parameters: ReadonlyMap<string, string>;
}

function clauseOf(text: string): Clause {
  const [type = '', ...rest] = text.split(';').map((part) => part.trim());
  const parameters = new Map(rest.map((part) => [part.slice(0, Math.max(0, part.indexOf('='))).trim(), part.slice(part.indexOf('=') + 1).trim()] as const));
  const q = Number(parameters.get('q') ?? 1);
  return { type: type.toLowerCase(), q: Number.isNaN(q) ? 1 : q, parameters };
}

function serve({ type, parameters }: Clause): Negotiated | undefined {
  const media = mediaOf(type);
  if (!media) return undefined;
  const [as, group, version] = [parameters.get('as'), parameters.get('g'), parameters.get('v')];
  if (as === undefined && group === undefined && version === undefined) return { media, version: '' };
  if (!SHAPES.has(`${group}/${version}/${as}`)) return undefined;
  return { media, as: as as AnswerShape, version: version ?? '' };
}

function mediaOf(type: string): Negotiated['media'] | undefined {
  if (type === 'application/json' || type === 'application/*' || type === '*/*' || type === '*') return 'json';
  return type === 'application/yaml' ? 'yaml' : undefined;
}
