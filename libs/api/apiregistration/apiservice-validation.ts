import { invalid, required, type FieldError } from '#lib/api/field-error';
import { base64Length } from '#lib/api/validation/size';
import { isDNS1035Label, isDNS1123Subdomain, isValidPortNum } from '#lib/api/validation/names';
import { obeys, unsupported } from '#lib/api/validation/rules';
import type { APIService } from './apiservice';

const MAX_GROUP_PRIORITY = 20_000;
const MAX_VERSION_PRIORITY = 1000;

/** Mirrors ValidateAPIService of kube-aggregator. */
export function validateAPIService({ metadata: { name }, spec }: APIService): FieldError[] {
  const { group = '', version = '', groupPriorityMinimum: groupPriority = 0, versionPriority = 0 } = spec;
  const wanted = `${version}.${group}`;
  return [
    ...(name === wanted ? [] : [invalid('metadata.name', name, `must be \`spec.version+"."+spec.group\`: ${JSON.stringify(wanted)}`)]),
    ...(group === '' && version !== 'v1' ? [required('spec.group', 'only v1 may have an empty group and it better be legacy kube')] : []),
    ...(group === '' ? [] : obeys('spec.group', group, isDNS1123Subdomain)),
    ...obeys('spec.version', version, isDNS1035Label),
    ...(groupPriority <= 0 || groupPriority > MAX_GROUP_PRIORITY
      ? [invalid('spec.groupPriorityMinimum', groupPriority, 'must be positive and less than 20000')]
      : []),
    ...(versionPriority <= 0 || versionPriority > MAX_VERSION_PRIORITY
      ? [invalid('spec.versionPriority', versionPriority, 'must be positive and less than 1000')]
      : []),
    ...(spec.service ? remoteErrors(spec, spec.service) : localErrors(spec)),
  ];
}

function localErrors({ caBundle = '', insecureSkipTLSVerify }: APIService['spec']): FieldError[] {
  return [
    ...(caBundle === '' ? [] : [invalid('spec.caBundle', `${base64Length(caBundle)} bytes`, 'local APIServices may not have a caBundle')]),
    ...(insecureSkipTLSVerify
      ? [invalid('spec.insecureSkipTLSVerify', insecureSkipTLSVerify, 'local APIServices may not have insecureSkipTLSVerify')]
      : []),
  ];
}

function remoteErrors(
  { caBundle, insecureSkipTLSVerify }: APIService['spec'],
  { namespace, name, port = 443 }: NonNullable<APIService['spec']['service']>,
): FieldError[] {
  const portTexts = isValidPortNum(port);
  return [
    ...(namespace ? [] : [required('spec.service.namespace')]),
    ...(name ? [] : [required('spec.service.name')]),
    ...(portTexts.length > 0 ? [invalid('spec.service.port', port, `port is not valid: ${portTexts.join(', ')}`)] : []),
    ...(insecureSkipTLSVerify && caBundle
      ? [invalid('spec.insecureSkipTLSVerify', insecureSkipTLSVerify, 'may not be true if caBundle is present')]
      : []),
  ];
}

/** Mirrors ValidateAPIServiceStatus. */
export const validateAPIServiceStatus = ({ status }: APIService): FieldError[] =>
  (status?.conditions ?? []).flatMap((condition, i) =>
    ['True', 'False', 'Unknown'].includes(condition.status)
      ? []
      : [unsupported(`status.conditions[${i}].status`, condition.status, ['True', 'False', 'Unknown'])],
  );
