import { parse } from 'yaml';
import { errorText, invalid, required, type FieldError } from '#lib/api/field-error';
import { CelEnvironment } from '#lib/cel/environment';
import { DYN } from '#lib/cel/types';
import type { ClaimOrExpression, JwtAuthenticator } from './jwt-authenticator';

const GROUP = 'apiserver.config.k8s.io/';
const ISSUERS = 64;

/** Reads an AuthenticationConfiguration of apiserver.config.k8s.io (YAML or JSON). @throws Error that names the fields that are wrong. */
export function readAuthentication(text: string): JwtAuthenticator[] {
  const file = parse(text) as { apiVersion?: string; kind?: string; jwt?: Partial<JwtAuthenticator>[] } | null;
  if (file?.kind !== 'AuthenticationConfiguration' || !file.apiVersion?.startsWith(GROUP)) {
    throw new Error(`the authentication configuration must say \`apiVersion: ${GROUP}v1\` and \`kind: AuthenticationConfiguration\``);
  }
  const jwt = file.jwt ?? [];
  const errors = jwt.flatMap((one, i) => errorsOf(one, `jwt[${i}]`, jwt.slice(0, i)));
  if (jwt.length > ISSUERS)
    errors.push({ type: 'FieldValueTooMany', field: 'jwt', value: jwt.length, detail: `must have at most ${ISSUERS} items` });
  if (errors.length > 0) throw new Error(`the authentication configuration is wrong: ${errors.map(errorText).join(', ')}`);
  return jwt as JwtAuthenticator[];
}

/** Mirrors apiserver/pkg/apis/apiserver/validation. */
function errorsOf(
  { issuer, claimMappings, claimValidationRules = [], userValidationRules = [] }: Partial<JwtAuthenticator>,
  field: string,
  before: readonly Partial<JwtAuthenticator>[],
): FieldError[] {
  const { url = '', audiences = [], discoveryURL } = issuer ?? {};
  const { username, groups, uid, extra = [] } = claimMappings ?? {};
  return [
    ...(url === '' ? [required(`${field}.issuer.url`, 'URL is required')] : urlErrors(url, `${field}.issuer.url`)),
    ...(before.some((other) => other.issuer?.url === url)
      ? [{ type: 'FieldValueDuplicate', field: `${field}.issuer.url`, value: url, detail: '' } as const]
      : []),
    ...(discoveryURL === undefined ? [] : urlErrors(discoveryURL, `${field}.issuer.discoveryURL`)),
    ...(audiences.length === 0 ? [required(`${field}.issuer.audiences`, 'at least one jwt[].issuer.audiences is required')] : []),
    ...sourceErrors(username ?? {}, `${field}.claimMappings.username`, true, 'claim or expression is required'),
    ...(groups ? sourceErrors(groups, `${field}.claimMappings.groups`, true) : []),
    ...(uid ? sourceErrors(uid, `${field}.claimMappings.uid`, false) : []),
    ...extra.flatMap(({ valueExpression }, i) =>
      expressionErrors(valueExpression, 'claims', `${field}.claimMappings.extra[${i}].valueExpression`),
    ),
    ...claimValidationRules.flatMap(({ claim, expression }, i) => [
      ...(claim === undefined && expression === undefined
        ? [required(`${field}.claimValidationRules[${i}]`, 'claim or expression is required')]
        : []),
      ...expressionErrors(expression, 'claims', `${field}.claimValidationRules[${i}].expression`),
    ]),
    ...userValidationRules.flatMap(({ expression }, i) =>
      expressionErrors(expression, 'user', `${field}.userValidationRules[${i}].expression`),
    ),
  ];
}

const urlErrors = (url: string, field: string): FieldError[] =>
  url.startsWith('https://') ? [] : [invalid(field, url, 'URL scheme must be https')];

function sourceErrors({ claim, prefix, expression }: ClaimOrExpression, field: string, hasPrefix: boolean, missing?: string): FieldError[] {
  if (expression !== undefined && claim !== undefined) return [invalid(field, '', "claim and expression can't both be set")];
  if (expression !== undefined)
    return [
      ...(prefix === undefined ? [] : [invalid(`${field}.prefix`, prefix, 'prefix must not be set when expression is set')]),
      ...expressionErrors(expression, 'claims', `${field}.expression`),
    ];
  if (claim === undefined || claim === '') return missing === undefined ? [] : [required(field, missing)];
  return hasPrefix && prefix === undefined
    ? [required(`${field}.prefix`, 'prefix is required when claim is set. It can be set to an empty string to disable prefixing')]
    : [];
}

function expressionErrors(expression: string | undefined, variable: string, field: string): FieldError[] {
  if (expression === undefined) return [];
  try {
    new CelEnvironment({ variables: [{ name: variable, type: DYN }] }).compile(expression);
    return [];
  } catch (error) {
    return [invalid(field, expression, `compilation failed: ${(error as Error).message}`)];
  }
}
