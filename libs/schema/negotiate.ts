import { notAcceptable } from '#lib/api/errors';

/** Another shape of the answer that clients may ask for with `as=`. */
export type AnswerShape = 'Table' | 'PartialObjectMetadata' | 'PartialObjectMetadataList' | 'APIGroupDiscoveryList';

/** Forms of an answer. */
export type Media = 'json' | 'yaml' | 'protobuf';

/** What the client wants to receive. */
export interface Negotiated {
  readonly media: Media;
  /** Absent: the object as it is. */
  readonly as?: AnswerShape;
  /** Version of the group of `as`: v1 or v1beta1, v2 or v2beta1 for discovery. '' without `as`. */
  readonly version: string;
  /** `;pretty=1`: indented JSON. */
  readonly pretty?: true;
}

/** What can be given: custom resources have no protobuf, a watch has no YAML, and there is no table of a review. */
export type Offer = 'all' | 'text' | 'watch' | 'text watch' | 'review';

/** Which shapes exist, by `g`, `as` and `v`. */
const SHAPES = new Set([
  ...['Table', 'PartialObjectMetadata', 'PartialObjectMetadataList'].flatMap((as) => [`meta.k8s.io/v1/${as}`, `meta.k8s.io/v1beta1/${as}`]),
  'apidiscovery.k8s.io/v2/APIGroupDiscoveryList',
  'apidiscovery.k8s.io/v2beta1/APIGroupDiscoveryList',
]);

const STREAM = ';stream=watch';
const MEDIA: Readonly<Record<Media, string>> = {
  json: 'application/json',
  yaml: 'application/yaml',
  protobuf: 'application/vnd.kubernetes.protobuf',
};
const OFFERS: Readonly<Record<Offer, readonly Media[]>> = {
  all: ['json', 'yaml', 'protobuf'],
  text: ['json', 'yaml'],
  watch: ['json', 'protobuf'],
  'text watch': ['json'],
  review: ['json', 'yaml', 'protobuf'],
};
/** Metadata alone has protobuf whatever the kind is. */
const METADATA_OFFER: Readonly<Record<Offer, Offer>> = { all: 'all', text: 'all', watch: 'watch', 'text watch': 'watch', review: 'review' };

/** The media type of a form; those of a watch say so, but for JSON, whose clients expect it plain. Mirrors serveWatchHandler. */
export const mediaType = (media: Media, watch = false): string => (watch && media !== 'json' ? MEDIA[media] + STREAM : MEDIA[media]);

/** Clients send the same few headers again and again. */
const REMEMBERED = 256;
const known: Readonly<Record<Offer, Map<string, Negotiated>>> = {
  all: new Map(),
  text: new Map(),
  watch: new Map(),
  'text watch': new Map(),
  review: new Map(),
};

/**
 * Chooses the form of the answer from an Accept header: the first clause, by q, that can be served.
 * A clause with an unknown `as` is passed over. @throws ApiError 406 when nothing fits.
 * Mirrors apiserver/pkg/endpoints/handlers/negotiation.
 */
export function negotiate(accept: string | undefined, offer: Offer = 'text'): Negotiated {
  const header = accept ?? '';
  const remembered = known[offer].get(header);
  if (remembered) return remembered;
  const found = choose(header, offer);
  if (!found) throw notAcceptable(OFFERS[offer].map((media) => MEDIA[media] + (offer.endsWith('watch') ? STREAM : '')));
  if (known[offer].size >= REMEMBERED) known[offer].clear();
  known[offer].set(header, found);
  return found;
}

function choose(header: string, offer: Offer): Negotiated | undefined {
  if (header.trim() === '') return { media: 'json', version: '' };
  const clauses = header
    .split(',')
    .map(clauseOf)
    .sort((a, b) => b.q - a.q || breadth(a) - breadth(b));
  for (const clause of clauses) {
    const served = serve(clause, offer);
    if (served) return served;
  }
  return undefined;
}

interface Clause {
  readonly type: string;
  readonly q: number;
  readonly parameters: ReadonlyMap<string, string>;
}

/** What is said exactly goes before what is said with a star. Mirrors goautoneg. */
const breadth = ({ type }: Clause): number => (type === '*/*' || type === '*' ? 2 : type.endsWith('/*') ? 1 : 0);

function clauseOf(text: string): Clause {
  const [type = '', ...rest] = text.split(';').map((part) => part.trim());
  const parameters = new Map(
    rest.map((part) => [part.slice(0, Math.max(0, part.indexOf('='))).trim(), part.slice(part.indexOf('=') + 1).trim()] as const),
  );
  const q = Number(parameters.get('q') ?? 1);
  return { type: type.toLowerCase(), q: Number.isNaN(q) ? 1 : q, parameters };
}

function serve({ type, parameters }: Clause, offer: Offer): Negotiated | undefined {
  if ((parameters.get('stream') ?? 'watch') !== 'watch') return undefined;
  const [as, group, version] = [parameters.get('as'), parameters.get('g'), parameters.get('v')];
  const isMetadata = as?.startsWith('PartialObjectMetadata') ?? false;
  const media = mediaOf(type, isMetadata ? METADATA_OFFER[offer] : offer);
  if (!media) return undefined;
  const pretty = parameters.get('pretty') === '1' ? { pretty: true as const } : {};
  if (as === undefined && group === undefined && version === undefined) return { media, version: '', ...pretty };
  if (!SHAPES.has(`${group}/${version}/${as}`) || (media === 'protobuf' && !isMetadata) || (as === 'Table' && offer === 'review'))
    return undefined;
  return { media, as: as as AnswerShape, version: version ?? '', ...pretty };
}

function mediaOf(type: string, offer: Offer): Media | undefined {
  if (type === 'application/*' || type === '*/*' || type === '*') return 'json';
  return OFFERS[offer].find((media) => MEDIA[media] === type);
}
