import { invalid, required, type FieldError } from '#lib/api/field-error';
import { isDNS1035Label, isDNS1123Subdomain, isValidPortNum } from './names';

/** Where a webhook is found: by its address, or as a service of the cluster. */
export interface WebhookClient {
  readonly url?: string;
  readonly service?: { readonly namespace?: string; readonly name?: string; readonly path?: string; readonly port?: number };
}

/** The versions of reviews that this server speaks, as complaints list them. */
export const REVIEW_VERSIONS: readonly string[] = ['v1', 'v1beta1'];

/** One of the two, and that one well formed. Mirrors ValidateWebhookURL and ValidateWebhookService of apiserver/pkg/util/webhook. */
export function validateWebhookClient({ url, service }: WebhookClient, field: string): FieldError[] {
  if ((url === undefined) === (service === undefined)) return [required(field, 'exactly one of url or service is required')];
  return url !== undefined ? urlErrors(`${field}.url`, url) : serviceErrors(`${field}.service`, service ?? {});
}

/** Each version once and well formed; at least one is known where `mustKnow`. Mirrors validateAdmissionReviewVersions. */
export function validateReviewVersions(versions: readonly string[], field: string, mustKnow = true): FieldError[] {
  const errors = versions.flatMap((version, i) =>
    versions.indexOf(version) < i
      ? [invalid(`${field}[${i}]`, version, 'duplicate version')]
      : isDNS1035Label(version).map((text) => invalid(`${field}[${i}]`, version, text)),
  );
  if (mustKnow && !versions.some((version) => REVIEW_VERSIONS.includes(version))) {
    errors.push(invalid(field, versions, `must include at least one of ${REVIEW_VERSIONS.join(', ')}`));
  }
  return errors;
}

function urlErrors(field: string, text: string): FieldError[] {
  const match = /^([a-z][a-z0-9+.-]*):\/\/([^/?#]*)/i.exec(text);
  const wrong = (detail: string): FieldError => invalid(field, text, detail);
  return [
    ...(match?.[1]?.toLowerCase() === 'https'
      ? []
      : [wrong("'https' is the only allowed URL scheme; desired format: https://host[/path]")]),
    ...(match?.[2] ? [] : [wrong('host must be specified; desired format: https://host[/path]')]),
    ...(match?.[2]?.includes('@') ? [wrong('user information is not permitted in the URL')] : []),
    ...(text.includes('#') ? [wrong('fragments are not permitted in the URL')] : []),
    ...(text.includes('?') ? [wrong('query parameters are not permitted in the URL')] : []),
  ];
}

function serviceErrors(
  field: string,
  { namespace = '', name = '', path, port = 443 }: NonNullable<WebhookClient['service']>,
): FieldError[] {
  const portTexts = isValidPortNum(port);
  return [
    ...(name === '' ? [required(`${field}.name`, 'service name is required')] : []),
    ...(namespace === '' ? [required(`${field}.namespace`, 'service namespace is required')] : []),
    ...(portTexts.length > 0 ? [invalid(`${field}.port`, port, `port is not valid: ${portTexts.join(', ')}`)] : []),
    ...(path === undefined ? [] : pathErrors(`${field}.path`, path)),
  ];
}

function pathErrors(field: string, path: string): FieldError[] {
  if (path === '' || path === '/') return [];
  if (path === '//') return [invalid(field, path, 'segment[0] may not be empty')];
  const steps = path.slice(1).replace(/\/$/, '').split('/');
  return [
    ...(path.startsWith('/') ? [] : [invalid(field, path, "must start with a '/'")]),
    ...steps.flatMap((step, i) =>
      step === ''
        ? [invalid(field, path, `segment[${i}] may not be empty`)]
        : isDNS1123Subdomain(step).map((text) => invalid(field, path, `segment[${i}]: ${text}`)),
    ),
  ];
}
