import { addressAt, parseCIDR, parseIP } from './ip';

/**
 * Texts for `Warning:` headers about an address that is valid, but not written as it should be. Nothing for what is no address: that is
 * refused elsewhere. Mirrors GetWarningsForIP of apimachinery/pkg/util/validation.
 */
export function ipWarnings(value: string, field: string): string[] {
  const address = parseIP(value);
  if (!address || address.text === value) return [];
  const [was, should] = [JSON.stringify(value), JSON.stringify(address.text)];
  if (isMapped(value) || hasLeadingZeros(value)) {
    return [`${field}: non-standard IP address ${was} will be considered invalid in a future Kubernetes release: use ${should}`];
  }
  return [`${field}: IPv6 address ${was} should be in RFC 5952 canonical format (${should})`];
}

/** The same for a block of addresses. Mirrors GetWarningsForCIDR. */
export function cidrWarnings(value: string, field: string): string[] {
  const block = parseCIDR(value);
  const [text = '', length = ''] = value.split('/');
  const address = parseIP(text);
  if (!block || !address) return [];
  const [was, should] = [JSON.stringify(value), JSON.stringify(`${addressAt(block, 0)}/${block.length}`)];
  const warnings: string[] = [];
  if (address.value !== block.base) {
    const single = JSON.stringify(`${address.text}/${block.family === 'IPv4' ? 32 : 128}`);
    warnings.push(`${field}: CIDR value ${was} is ambiguous in this context (should be ${should} or ${single}?)`);
  }
  if (isMapped(text) || hasLeadingZeros(text) || /^0\d/.test(length)) {
    warnings.push(`${field}: non-standard CIDR value ${was} will be considered invalid in a future Kubernetes release: use ${should}`);
  }
  if (warnings.length > 0 || was === should) return warnings;
  return [`${field}: IPv6 CIDR value ${was} should be in RFC 5952 canonical format (${should})`];
}

const isMapped = (text: string): boolean => text.includes(':') && parseIP(text)?.family === 'IPv4';

/** Of the parts between dots: IPv6 groups may have them. */
const hasLeadingZeros = (text: string): boolean =>
  text.slice(text.lastIndexOf(':') + 1).split('.').length === 4 && /(^|[.:])0\d+(\.|$)/.test(text);
