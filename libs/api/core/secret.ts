import type { Secret as WireSecret } from 'kubernetes-types/core/v1';
import { fromBase64, toBase64 } from '#lib/api/base64';
import { AGE, NAME } from '#lib/api/columns';
import { invalid, required, tooLong, type FieldError } from '#lib/api/field-error';
import { defineKind } from '#lib/api/kind';
import type { Stored } from '#lib/api/meta';
import { validateImmutable } from '#lib/api/validation/meta';
import { isConfigMapKey } from '#lib/api/validation/names';
import { base64Length } from '#lib/api/validation/size';
import { MAX_DATA, validateFrozen } from './configmap';

/** Keys and base64 values that should not be shown around. */
export type Secret = Stored<WireSecret>;

/** The annotation that names the ServiceAccount of a token Secret. */
export const SERVICE_ACCOUNT_NAME = 'kubernetes.io/service-account.name';
/** The annotation that says which ServiceAccount of that name it was. */
export const SERVICE_ACCOUNT_UID = 'kubernetes.io/service-account.uid';
/** The type of a Secret that holds a token of a ServiceAccount. */
export const SERVICE_ACCOUNT_TOKEN = 'kubernetes.io/service-account-token';

/** Mirrors pkg/registry/core/secret/strategy.go and ValidateSecret. `stringData` is written into `data` and never stored. */
export const Secret = defineKind<Secret>({
  group: '',
  version: 'v1',
  kind: 'Secret',
  plural: 'secrets',
  scope: 'Namespaced',

  prepareUpdate(draft, previous) {
    if (!draft.type && previous.type) draft.type = previous.type;
  },

  defaults(draft) {
    draft.type ||= 'Opaque';
    if (draft.stringData) {
      const added = Object.entries(draft.stringData).map(([key, value]) => [key, toBase64(value)]);
      if (added.length > 0) draft.data = { ...draft.data, ...Object.fromEntries(added) };
    }
    delete draft.stringData;
  },

  validate(secret) {
    const data = secret.data ?? {};
    const errors = Object.keys(data).flatMap((key) => isConfigMapKey(key).map((message) => invalid(`data[${key}]`, key, message)));
    if (Object.values(data).reduce((size, value) => size + base64Length(value), 0) > MAX_DATA) errors.push(tooLong('data', MAX_DATA));
    return [...errors, ...validateType(secret, data)];
  },

  validateUpdate: (secret, previous) => [
    ...validateImmutable(secret.type, previous.type, 'type'),
    ...(previous.immutable === true ? validateFrozen(secret, previous, ['data']) : []),
  ],

  selectableFields: { type: (secret) => secret.type ?? '' },
  columns: [
    NAME,
    { name: 'Type', type: 'string', value: (secret) => secret.type ?? '' },
    { name: 'Data', type: 'string', value: (secret) => Object.keys(secret.data ?? {}).length },
    AGE,
  ],
});

/** What each well-known type must hold. */
function validateType(secret: Secret, data: Record<string, string>): FieldError[] {
  const missing = (key: string): FieldError[] => (Object.hasOwn(data, key) ? [] : [required(`data[${key}]`)]);
  switch (secret.type) {
    case SERVICE_ACCOUNT_TOKEN:
      return secret.metadata.annotations?.[SERVICE_ACCOUNT_NAME] ? [] : [required(`metadata.annotations[${SERVICE_ACCOUNT_NAME}]`)];
    case 'kubernetes.io/dockercfg':
      return validateJson('.dockercfg', data);
    case 'kubernetes.io/dockerconfigjson':
      return validateJson('.dockerconfigjson', data);
    case 'kubernetes.io/basic-auth':
      return Object.hasOwn(data, 'username') || Object.hasOwn(data, 'password') ? [] : [...missing('username'), ...missing('password')];
    case 'kubernetes.io/ssh-auth':
      return data['ssh-privatekey'] ? [] : [required('data[ssh-privatekey]')];
    case 'kubernetes.io/tls':
      return [...missing('tls.crt'), ...missing('tls.key')];
    default:
      return [];
  }
}

function validateJson(key: string, data: Record<string, string>): FieldError[] {
  if (!Object.hasOwn(data, key)) return [required(`data[${key}]`)];
  const complaint = jsonComplaint(fromBase64(data[key] ?? ''));
  return complaint === undefined ? [] : [invalid(`data[${key}]`, '<secret contents redacted>', complaint)];
}

/** What Go's encoding/json says about a text that is no JSON object. */
function jsonComplaint(text: string): string | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && !Array.isArray(value)) return undefined;
    const kind = Array.isArray(value) ? 'array' : typeof value === 'boolean' ? 'bool' : typeof value;
    return `json: cannot unmarshal ${kind} into Go value of type map[string]interface {}`;
  } catch {
    const start = text.trimStart();
    if (start === '' || /^[[{"]/.test(start)) return 'unexpected end of JSON input';
    return `invalid character '${start[0]}' looking for beginning of value`;
  }
}
