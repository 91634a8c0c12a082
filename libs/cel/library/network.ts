import { contains, parseCIDR, parseIP, type Address, type Block } from '#lib/api/validation/ip';
import { func, method, type Overload } from '../declarations';
import { CelError } from '../issues';
import { BOOL, INT, listType, mapType, opaqueType, STRING } from '../types';
import { CelValue } from '../values';
import { flat, walking } from './charges';

/** The type of `ip('10.0.0.1')`. */
export const IP = opaqueType('net.IP');
/** The type of `cidr('10.0.0.0/8')`. */
export const CIDR = opaqueType('net.CIDR');
/** The type of `url('https://…')`. */
export const URL_TYPE = opaqueType('kubernetes.URL');

class IpValue extends CelValue {
  readonly typeName = 'net.IP';
  constructor(readonly address: Address) {
    super();
  }
  equals(other: unknown): boolean {
    return other instanceof IpValue && other.address.text === this.address.text;
  }
}

class CidrValue extends CelValue {
  readonly typeName = 'net.CIDR';
  constructor(
    readonly block: Block,
    readonly address: Address,
  ) {
    super();
  }
  get text(): string {
    return `${this.address.text}/${this.block.length}`;
  }
  equals(other: unknown): boolean {
    return other instanceof CidrValue && other.text === this.text;
  }
}

class UrlValue extends CelValue {
  readonly typeName = 'kubernetes.URL';
  constructor(readonly url: URL | string) {
    super();
  }
  get text(): string {
    return typeof this.url === 'string' ? this.url : this.url.href;
  }
  equals(other: unknown): boolean {
    return other instanceof UrlValue && other.text === this.text;
  }
}

/** Kubernetes takes no leading zeros, no zones, and no IPv4 addresses in IPv6 clothes. */
function addressOf(text: string): Address | string {
  const address = parseIP(text);
  if (!address || text.includes('%'))
    return `IP Address ${JSON.stringify(text)} parse error during conversion from string: ParseAddr(${JSON.stringify(text)}): unable to parse IP`;
  if (text.includes(':') && address.family === 'IPv4') return `IPv4-mapped IPv6 address ${JSON.stringify(text)} is not allowed`;
  if (/(^|\.)0\d/.test(text) && !text.includes(':'))
    return `IP Address ${JSON.stringify(text)} parse error during conversion from string: ParseAddr(${JSON.stringify(text)}): IPv4 field has octet with leading zero`;
  return address;
}

function ip(text: string): IpValue {
  const address = addressOf(text);
  if (typeof address === 'string') throw new CelError(address);
  return new IpValue(address);
}

function cidrOf(text: string): CidrValue | undefined {
  const [head = '', length = ''] = text.split('/');
  const [block, address] = [parseCIDR(text), addressOf(head)];
  return block && typeof address !== 'string' && !/^0\d/.test(length) ? new CidrValue(block, address) : undefined;
}

function cidr(text: string): CidrValue {
  const found = cidrOf(text);
  if (!found)
    throw new CelError(
      `network address parse error during conversion from string: netip.ParsePrefix(${JSON.stringify(text)}): invalid CIDR address`,
    );
  return found;
}

const within =
  (...blocks: readonly string[]) =>
  ({ address }: IpValue): boolean =>
    blocks.some((block) => contains(parseCIDR(block) as Block, address));
const isLoopback = within('127.0.0.0/8', '::1/128');
const isMulticast = within('224.0.0.0/24', 'ff02::/16');
const isLinkLocal = within('169.254.0.0/16', 'fe80::/10');
const isAnyMulticast = within('224.0.0.0/4', 'ff00::/8');
const isUnspecified = ({ address }: IpValue): boolean => address.value === 0n;
const isBroadcast = ({ address }: IpValue): boolean => address.text === '255.255.255.255';
const isGlobal = (value: IpValue): boolean =>
  !isUnspecified(value) && !isLoopback(value) && !isAnyMulticast(value) && !isLinkLocal(value) && !isBroadcast(value);

const family = (name: Address['family']): number => (name === 'IPv4' ? 4 : 6);
const holdsBlock = (outer: CidrValue, inner: CidrValue): boolean =>
  inner.block.length >= outer.block.length && contains(outer.block, inner.address);
const masked = ({ block, address }: CidrValue): CidrValue => {
  const groups = block.base;
  const text = block.family === 'IPv4' ? [24n, 16n, 8n, 0n].map((shift) => (groups >> shift) & 255n).join('.') : undefined;
  const first = parseIP(text ?? hex(groups)) ?? address;
  return new CidrValue(block, first);
};
const hex = (value: bigint): string => [7n, 6n, 5n, 4n, 3n, 2n, 1n, 0n].map((i) => ((value >> (16n * i)) & 0xffffn).toString(16)).join(':');

/** Addresses and blocks of addresses. Mirrors apiserver/pkg/cel/library/{ip,cidr}.go. */
export const network: readonly Overload[] = [
  func('ip', [STRING], IP, ip, walking(0)),
  func('isIP', [STRING], BOOL, (text: string) => typeof addressOf(text) !== 'string', walking(0)),
  func('ip.isCanonical', [STRING], BOOL, (text: string) => ip(text).address.text === text, walking(0, 2)),
  func('string', [IP], STRING, ({ address }: IpValue) => address.text),
  method('family', [IP], INT, ({ address }: IpValue) => family(address.family)),
  method('isUnspecified', [IP], BOOL, isUnspecified),
  method('isLoopback', [IP], BOOL, isLoopback),
  method('isLinkLocalMulticast', [IP], BOOL, isMulticast),
  method('isLinkLocalUnicast', [IP], BOOL, isLinkLocal),
  method('isGlobalUnicast', [IP], BOOL, isGlobal),
  func('cidr', [STRING], CIDR, cidr, walking(0)),
  func('isCIDR', [STRING], BOOL, (text: string) => cidrOf(text) !== undefined, walking(0)),
  func('string', [CIDR], STRING, (value: CidrValue) => value.text),
  method('containsIP', [CIDR, STRING], BOOL, (block: CidrValue, text: string) => contains(block.block, ip(text).address), flat(4)),
  method('containsIP', [CIDR, IP], BOOL, (block: CidrValue, value: IpValue) => contains(block.block, value.address), flat(4)),
  method('containsCIDR', [CIDR, STRING], BOOL, (block: CidrValue, text: string) => holdsBlock(block, cidr(text)), flat(7)),
  method('containsCIDR', [CIDR, CIDR], BOOL, holdsBlock, flat(7)),
  method('ip', [CIDR], IP, ({ address }: CidrValue) => new IpValue(address)),
  method('masked', [CIDR], CIDR, masked),
  method('prefixLength', [CIDR], INT, ({ block }: CidrValue) => block.length),
];

/** As Go's url.ParseRequestURI: an absolute URL or an absolute path; undefined when it is neither. */
function urlOf(text: string): UrlValue | undefined {
  if (/[\x00-\x20\x7f]/.test(text)) return undefined;
  if (text.startsWith('/')) return new UrlValue(text);
  if (!/^[A-Za-z][A-Za-z0-9+.-]*:/.test(text)) return undefined;
  try {
    return new UrlValue(new URL(text));
  } catch {
    return undefined;
  }
}

function url(text: string): UrlValue {
  const found = urlOf(text);
  if (!found) throw new CelError(`URL parse error during conversion from string: parse ${JSON.stringify(text)}: invalid URI for request`);
  return found;
}

const part =
  (name: 'scheme' | 'host' | 'hostname' | 'port' | 'path') =>
  ({ url: value }: UrlValue): string => {
    if (typeof value === 'string') return name === 'path' ? decoded(value.split(/[?#]/)[0] ?? '') : '';
    switch (name) {
      case 'scheme':
        return value.protocol.slice(0, -1);
      case 'hostname':
        return value.hostname.replace(/^\[|\]$/g, '');
      case 'path':
        return decoded(value.pathname);
      default:
        return value[name];
    }
  };

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

function queryOf({ url: value }: UrlValue): Record<string, string[]> {
  const parameters = typeof value === 'string' ? new URLSearchParams(value.split('?')[1] ?? '') : value.searchParams;
  const out: Record<string, string[]> = {};
  for (const key of new Set(parameters.keys())) out[key] = parameters.getAll(key);
  return out;
}

/** `url('https://…').getHost()`. Mirrors apiserver/pkg/cel/library/urls.go. */
export const urls: readonly Overload[] = [
  func('url', [STRING], URL_TYPE, url, walking(0)),
  func('isURL', [STRING], BOOL, (text: string) => urlOf(text) !== undefined),
  method('getScheme', [URL_TYPE], STRING, part('scheme')),
  method('getHost', [URL_TYPE], STRING, part('host')),
  method('getHostname', [URL_TYPE], STRING, part('hostname')),
  method('getPort', [URL_TYPE], STRING, part('port')),
  method('getEscapedPath', [URL_TYPE], STRING, ({ url: value }: UrlValue) =>
    typeof value === 'string' ? (value.split(/[?#]/)[0] ?? '') : value.pathname,
  ),
  method('getQuery', [URL_TYPE], mapType(STRING, listType(STRING)), queryOf),
];
