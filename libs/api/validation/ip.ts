/** An address: its family, its value as a number, and its canonical text (RFC 5952 for IPv6). */
export interface Address {
  readonly family: 'IPv4' | 'IPv6';
  readonly value: bigint;
  readonly text: string;
}

/** A block of addresses: every address whose first `length` bits are those of `base`. */
export interface Block {
  readonly family: 'IPv4' | 'IPv6';
  /** First address of the block (bits after the prefix are zero). */
  readonly base: bigint;
  readonly length: number;
}

/** Reads an address as Go's net.ParseIP does (leading zeros in IPv4 are tolerated, zones are not); undefined when it is none. */
export function parseIP(text: string): Address | undefined {
  if (!text.includes(':')) {
    const value = parseV4(text);
    return value === undefined ? undefined : { family: 'IPv4', value: BigInt(value), text: printV4(value) };
  }
  const groups = parseV6(text);
  if (groups === undefined) return undefined;
  const value = groups.reduce((sum, group) => (sum << 16n) | BigInt(group), 0n);
  // An IPv4-mapped address is IPv4 to Go.
  if (value >> 32n === 0xffffn) {
    const low = Number(value & 0xffffffffn);
    return { family: 'IPv4', value: BigInt(low), text: printV4(low) };
  }
  return { family: 'IPv6', value, text: printV6(groups) };
}

/** Reads `10.96.0.0/16`; undefined when it is none. */
export function parseCIDR(text: string): Block | undefined {
  const slash = text.lastIndexOf('/');
  if (slash < 0 || !/^\d{1,3}$/.test(text.slice(slash + 1))) return undefined;
  const address = parseIP(text.slice(0, slash));
  const length = Number(text.slice(slash + 1));
  const bits = address?.family === 'IPv4' ? 32 : 128;
  if (address === undefined || length > bits) return undefined;
  const tail = BigInt(bits - length);
  return { family: address.family, base: (address.value >> tail) << tail, length };
}

/** Whether the block contains the address. */
export function contains(block: Block, address: Address): boolean {
  const tail = BigInt((block.family === 'IPv4' ? 32 : 128) - block.length);
  return block.family === address.family && address.value >> tail === block.base >> tail;
}

/**
 * Whether the block contains the address, which is not the network's own or its broadcast address. Mirrors PrefixContainsIP of
 * pkg/api/servicecidr.
 */
export function isUsableIn(block: Block, address: Address): boolean {
  if (!contains(block, address) || address.value === block.base) return false;
  return block.family === 'IPv6' || address.value !== block.base + (1n << BigInt(32 - block.length)) - 1n;
}

/** Whether all addresses of `inner` are in `outer`. */
export const containsBlock = (outer: Block, inner: Block): boolean =>
  outer.length <= inner.length && contains(outer, { family: inner.family, value: inner.base, text: '' });

/** The address `offset` places after the first one of the block. */
export function addressAt(block: Block, offset: number): string {
  const value = block.base + BigInt(offset);
  return block.family === 'IPv4' ? printV4(Number(value)) : printV6(groupsOf(value));
}

/** How many addresses the block has, or 2^16 when it has more: nobody needs to draw from a larger one. */
export const sizeOf = (block: Block): number => 2 ** Math.min(16, (block.family === 'IPv4' ? 32 : 128) - block.length);

/** Complaints as of apimachinery's IsValidIP. */
export const isValidIP = (value: string): string[] =>
  parseIP(value) ? [] : ['must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)'];

/** Complaints as of apimachinery's IsValidIPv4Address. */
export const isValidIPv4 = (value: string): string[] => (parseIP(value)?.family === 'IPv4' ? [] : ['must be a valid IPv4 address']);

/** Complaints as of apimachinery's IsValidIPv6Address. */
export const isValidIPv6 = (value: string): string[] => (parseIP(value)?.family === 'IPv6' ? [] : ['must be a valid IPv6 address']);

/** Complaints as of apimachinery's IsValidCIDR. */
export const isValidCIDR = (value: string): string[] =>
  parseCIDR(value) ? [] : ['must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)'];

/** Loopback, unspecified, link-local and multicast addresses cannot be endpoints. Texts of validation.ValidateNonSpecialIP. */
export function isNonSpecialIP(value: string): string[] {
  const address = parseIP(value);
  if (!address) return [];
  const within = (cidr: string): boolean => contains(parseCIDR(cidr) as Block, address);
  const errors: string[] = [];
  if (address.value === 0n) errors.push(`may not be unspecified (${value})`);
  if (within('127.0.0.0/8') || within('::1/128')) errors.push('may not be in the loopback range (127.0.0.0/8, ::1/128)');
  if (within('169.254.0.0/16') || within('fe80::/10')) errors.push('may not be in the link-local range (169.254.0.0/16, fe80::/10)');
  if (within('224.0.0.0/24') || within('ff02::/16')) errors.push('may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)');
  return errors;
}

function parseV4(text: string): number | undefined {
  const parts = text.split('.');
  if (parts.length !== 4 || !parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) <= 255)) return undefined;
  return parts.reduce((sum, part) => sum * 256 + Number(part), 0);
}

function parseV6(text: string): number[] | undefined {
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const [head, tail] = halves.map((half) => (half === '' ? [] : groupList(half)));
  if (head === undefined || (halves.length === 2 && tail === undefined)) return undefined;
  if (halves.length === 1) return head.length === 8 ? head : undefined;
  const missing = 8 - head.length - (tail?.length ?? 0);
  return missing < 1 ? undefined : [...head, ...new Array<number>(missing).fill(0), ...(tail ?? [])];
}

/** The 16-bit groups of `a:b:c` or `a:b:1.2.3.4`. */
function groupList(text: string): number[] | undefined {
  const parts = text.split(':');
  const groups: number[] = [];
  for (const [i, part] of parts.entries()) {
    if (i === parts.length - 1 && part.includes('.')) {
      const low = parseV4(part);
      if (low === undefined) return undefined;
      groups.push(Math.floor(low / 0x10000), low % 0x10000);
    } else if (/^[0-9a-fA-F]{1,4}$/.test(part)) groups.push(parseInt(part, 16));
    else return undefined;
  }
  return groups;
}

const printV4 = (value: number): string => [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join('.');

const groupsOf = (value: bigint): number[] => [7, 6, 5, 4, 3, 2, 1, 0].map((i) => Number((value >> BigInt(16 * i)) & 0xffffn));

/** The longest run of two or more zero groups, the first of equals, is written `::`. */
function printV6(groups: readonly number[]): string {
  let start = -1;
  let length = 1;
  for (let i = 0; i < 8; i++) {
    let end = i;
    while (end < 8 && groups[end] === 0) end++;
    if (end - i > length) [start, length] = [i, end - i];
  }
  const print = (list: readonly number[]): string => list.map((group) => group.toString(16)).join(':');
  return start < 0 ? print(groups) : `${print(groups.slice(0, start))}::${print(groups.slice(start + length))}`;
}
