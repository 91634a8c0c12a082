/**
 * The tag of an image reference: `latest` when there is neither tag nor digest, '' when there is only a digest
 * or the text is no reference at all. Mirrors parsers.ParseImageName.
 */
export function imageTag(image: string): string {
  const [named = '', digest] = image.split('@');
  const lastSlash = named.lastIndexOf('/');
  const colon = named.indexOf(':', lastSlash + 1);
  const repository = colon < 0 ? named : named.slice(0, colon);
  const tag = colon < 0 ? '' : named.slice(colon + 1);
  if (!isRepository(repository) || (colon >= 0 && !/^\w[\w.-]{0,127}$/.test(tag))) return '';
  if (colon < 0 && digest === undefined) return 'latest';
  return tag;
}

const PATH_PART = /^[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*$/;
const HOST = /^([A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*|\[[a-fA-F0-9:]+\])(:\d+)?$/;

/** The first part is a host when it looks like one (a dot, a port, `localhost`, or upper case); the rest is lower case. */
function isRepository(text: string): boolean {
  // Docker reads 64 hexadecimal digits as an image id, which is not a name.
  if (/^[a-f0-9]{64}$/.test(text)) return false;
  const parts = text.split('/');
  const first = parts[0] ?? '';
  const hasHost = parts.length > 1 && (/[.:]/.test(first) || first === 'localhost' || first !== first.toLowerCase());
  if (hasHost && !HOST.test(first)) return false;
  return (hasHost ? parts.slice(1) : parts).every((part) => PATH_PART.test(part));
}

/** When to pull an image whose owner did not say: `latest` may change, every other tag may not. */
export const pullPolicyFor = (image: string): 'Always' | 'IfNotPresent' => (imageTag(image) === 'latest' ? 'Always' : 'IfNotPresent');
