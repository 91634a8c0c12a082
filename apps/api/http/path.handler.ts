import { methodNotAllowed, notAcceptable, unknownPath } from '#lib/api/errors';
import {
  aggregatedDiscovery,
  groupDiscovery,
  groupListDiscovery,
  legacyVersions,
  resourceListDiscovery,
  versionInfo,
  type CachedDocument,
} from '#lib/schema/discovery/documents';
import { openapiV2Json, openapiV2Proto, openapiV3, openapiV3Index } from '#lib/schema/openapi/documents';
import { ISSUER } from '../auth/tokens';
import { discoveredGroups, type DiscoveredGroup } from '#lib/schema/discovery/resources';
import type { Kernel } from '../kernel';
import { checksOf, ENDPOINTS, healthAnswer, healthMetrics, type Health } from './health';
import { answer, contentOf, takesGzip, wantedBy } from './answer';
import { send, warningHeaders, type Exchange } from './exchange';
import { metricsText, metricsType } from './metrics';

const text = (exchange: Exchange, code: number, body: string, type = 'text/plain; charset=utf-8'): void =>
  send(exchange.response, code, Buffer.from(body), { 'content-type': type, 'x-content-type-options': 'nosniff' });

type Served = readonly DiscoveredGroup[];

/** Everything that is not a resource: discovery, OpenAPI, health, version, metrics, the issuer of tokens. */
export class PathHandler {
  /** `servedAt` tells what is served, now or at a moment of the past. */
  constructor(
    private readonly health: Health,
    private readonly keySet: () => object,
    private readonly servedAt: Kernel['servedAt'],
    private readonly metrics: () => string[],
  ) {}

  async handle(exchange: Exchange): Promise<void> {
    if (exchange.method !== 'GET' && exchange.method !== 'HEAD') throw methodNotAllowed();
    const path = exchange.path.length > 1 ? exchange.path.replace(/\/+$/, '') : exchange.path;
    const [, first = '', second = '', third = '', rest] = path.split('/');
    switch (first) {
      case 'livez':
      case 'readyz':
      case 'healthz': {
        const { code, body } = await healthAnswer(
          this.health,
          first,
          second,
          exchange.query.has('verbose'),
          exchange.query.getAll('exclude'),
        );
        return text(exchange, code, body);
      }
      case 'version':
        return this.json(exchange, versionInfo());
      case 'metrics':
        if (second === 'slis') return text(exchange, 200, healthMetrics(), metricsType);
        return text(exchange, 200, await metricsText(this.metrics()), metricsType);
      case 'api':
        return second === ''
          ? this.root(exchange, 'api', discoveredGroups())
          : this.found(exchange, third === '' ? resourceListDiscovery('', second) : undefined);
      case 'apis':
        return this.apis(exchange, await this.served(exchange), second, third, rest);
      case 'openapi':
        return this.openapi(exchange, path, await this.served(exchange));
      case '.well-known':
      case 'openid':
        return this.issuer(exchange, path);
      case '':
        return this.json(exchange, { paths: rootPaths(await this.served(exchange), this.health) });
      default:
        throw unknownPath();
    }
  }

  /** With it others check tokens of service accounts without asking. Mirrors pkg/routes/openidmetadata.go. */
  private issuer(exchange: Exchange, path: string): void {
    const headers = (type: string) => ({ 'content-type': type, 'cache-control': 'public, max-age=3600' });
    if (path === '/openid/v1/jwks')
      return send(exchange.response, 200, Buffer.from(JSON.stringify(this.keySet())), headers('application/jwk-set+json'));
    if (path !== '/.well-known/openid-configuration') throw unknownPath();
    const jwks = `https://${exchange.request.headers.host ?? exchange.request.headers[':authority'] ?? 'localhost'}/openid/v1/jwks`;
    send(exchange.response, 200, Buffer.from(JSON.stringify(issuerMetadata(jwks))), headers('application/json'));
  }

  private async served(exchange: Exchange): Promise<Served> {
    return this.servedAt(exchange.past);
  }

  private apis(exchange: Exchange, served: Served, group: string, version: string, rest: string | undefined): void {
    if (group === '') return this.root(exchange, 'apis', served);
    if (rest !== undefined) throw unknownPath();
    return this.found(exchange, version === '' ? groupDiscovery(group, served) : resourceListDiscovery(group, version, served));
  }

  private root(exchange: Exchange, root: 'api' | 'apis', served: Served): void {
    const wanted = wantedBy(exchange.request, 'all');
    if (wanted.as === 'APIGroupDiscoveryList') {
      const type = `application/json;g=apidiscovery.k8s.io;v=${wanted.version};as=APIGroupDiscoveryList`;
      return this.cached(exchange, aggregatedDiscovery(root, wanted.version as 'v2' | 'v2beta1', served), type);
    }
    return this.json(exchange, root === 'api' ? legacyVersions(exchange.request.headers.host ?? 'localhost') : groupListDiscovery(served));
  }

  private openapi(exchange: Exchange, path: string, served: Served): void {
    if (path === '/openapi/v3') return this.json(exchange, openapiV3Index(served));
    if (path === '/openapi/v2') return this.openapiV2(exchange, served);
    const found = path.startsWith('/openapi/v3/') ? openapiV3(path.slice('/openapi/v3/'.length), served) : undefined;
    if (!found) throw unknownPath();
    return this.cached(exchange, found, 'application/json');
  }

  private openapiV2(exchange: Exchange, served: Served): void {
    const accept = header(exchange, 'accept') ?? '';
    const PROTO = 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf';
    if (accept.includes('application/com.github.proto-openapi.spec.v2@v1.0+protobuf'))
      return this.cached(exchange, openapiV2Proto(served), PROTO);
    if (accept !== '' && !/json|\*\/\*/.test(accept)) throw notAcceptable(['application/json', PROTO]);
    return this.cached(exchange, openapiV2Json(served), 'application/json');
  }

  private found(exchange: Exchange, document: object | undefined): void {
    if (!document) throw unknownPath();
    this.json(exchange, document);
  }

  /** Documents with a type of their own come as protobuf, too. */
  private json(exchange: Exchange, document: object): void {
    if ('kind' in document) return answer(exchange, wantedBy(exchange.request, 'all'), 200, contentOf(document));
    send(exchange.response, 200, Buffer.from(JSON.stringify(document)), warningHeaders(exchange.warnings));
  }

  /** Compressed for those who take it: the documents are large and always the same. */
  private cached(exchange: Exchange, document: CachedDocument, type: string): void {
    const { etag } = document;
    const headers = { 'content-type': type, etag: `"${etag}"`, vary: 'Accept, Accept-Encoding', ...warningHeaders(exchange.warnings) };
    if (header(exchange, 'if-none-match')?.includes(etag)) return send(exchange.response, 304, Buffer.alloc(0), headers);
    if (takesGzip(exchange.request)) return send(exchange.response, 200, document.gzipped, { ...headers, 'content-encoding': 'gzip' });
    send(exchange.response, 200, document.body, headers);
  }
}

function header(exchange: Exchange, name: string): string | undefined {
  const value = exchange.request.headers[name];
  return Array.isArray(value) ? value.join(',') : value;
}

const issuerMetadata = (jwks: string): object => ({
  issuer: ISSUER,
  jwks_uri: jwks,
  response_types_supported: ['id_token'],
  subject_types_supported: ['public'],
  id_token_signing_alg_values_supported: ['ES256'],
});

/** Mirrors IndexLister of apiserver/pkg/server/routes. */
const rootPaths = (served: Served, health: Health): string[] =>
  [
    '/.well-known/openid-configuration',
    '/api',
    '/api/v1',
    '/apis',
    ...groupListDiscovery(served).groups.flatMap((group) => [
      `/apis/${group.name}`,
      ...group.versions.map((v) => `/apis/${v.groupVersion}`),
    ]),
    ...ENDPOINTS.flatMap((endpoint) => [
      `/${endpoint}`,
      ...Object.keys(checksOf(health, endpoint)).map((check) => `/${endpoint}/${check}`),
    ]),
    '/metrics',
    '/metrics/slis',
    '/openapi/v2',
    '/openapi/v3',
    '/openid/v1/jwks',
    '/version',
  ].sort();
