import type { LimitedPriorityLevelConfiguration, LimitResponse, QueuingConfiguration } from 'kubernetes-types/flowcontrol/v1';
import { sameValue } from '#lib/api/equality';
import { forbidden, invalid, notSupported, required, type FieldError } from '#lib/api/field-error';
import { conditionErrors } from './flow-validation';
import { MANDATORY_LEVELS } from './mandatory';
import type { PriorityLevelConfiguration } from './prioritylevelconfiguration';

const MAX_QUEUES = 10_000_000;
/** How many bits a hash has that hands are dealt from. */
const MAX_HASH_BITS = 60;

/** Mirrors ValidatePriorityLevelConfiguration. */
export const validateLevel = ({ metadata: { name }, spec, status }: PriorityLevelConfiguration): FieldError[] => [
  ...specErrors(name, spec),
  ...mandatoryErrors(name, spec),
  ...conditionErrors(status?.conditions),
];

/** Mirrors ValidatePriorityLevelConfigurationStatusUpdate. */
export const validateLevelStatus = ({ status }: PriorityLevelConfiguration): FieldError[] => conditionErrors(status.conditions);

function specErrors(name: string, { type, limited, exempt }: PriorityLevelConfiguration['spec']): FieldError[] {
  const errors =
    (name === 'exempt') !== (type === 'Exempt')
      ? [invalid('spec.type', type, "type must be 'Exempt' if and only if name is 'exempt'")]
      : [];
  switch (type) {
    case 'Exempt':
      if (limited) errors.push(forbidden('spec.limited', 'must be nil if the type is not Limited'));
      return exempt ? [...errors, ...shareErrors(exempt, 'spec.exempt')] : errors;
    case 'Limited':
      if (exempt) errors.push(forbidden('spec.exempt', 'must be nil if the type is Limited'));
      return [
        ...errors,
        ...(limited ? limitedErrors(limited, 'spec.limited') : [required('spec.limited', 'must not be empty when type is Limited')]),
      ];
    default:
      return [...errors, notSupported('spec.type', type, ['Exempt', 'Limited'])];
  }
}

/** What is exempt may be lent differently; all else of what every cluster has stays as it is. */
function mandatoryErrors(name: string, spec: PriorityLevelConfiguration['spec']): FieldError[] {
  const fixed = MANDATORY_LEVELS[name];
  if (!fixed) return [];
  if (name !== 'exempt') return sameValue(fixed, spec) ? [] : [invalid('spec', spec, `spec of '${name}' must equal the fixed value`)];
  return sameValue({ ...spec, exempt: fixed.exempt }, fixed)
    ? []
    : [invalid('spec', spec, `spec of '${name}' except the 'spec.exempt' field must equal the fixed value`)];
}

interface Shares {
  readonly nominalConcurrencyShares?: number;
  readonly lendablePercent?: number;
}

const shareErrors = ({ nominalConcurrencyShares: shares = 0, lendablePercent: lendable = 0 }: Shares, field: string): FieldError[] => [
  ...(shares < 0 ? [invalid(`${field}.nominalConcurrencyShares`, shares, 'must be a non-negative integer')] : []),
  ...(lendable < 0 || lendable > 100 ? [invalid(`${field}.lendablePercent`, lendable, 'must be between 0 and 100, inclusive')] : []),
];

function limitedErrors(limited: LimitedPriorityLevelConfiguration, field: string): FieldError[] {
  const { borrowingLimitPercent: borrowed, limitResponse, nominalConcurrencyShares: shares = 0, lendablePercent: lendable } = limited;
  return [
    ...shareErrors({ nominalConcurrencyShares: shares }, field),
    ...responseErrors(limitResponse, `${field}.limitResponse`),
    ...shareErrors({ ...(lendable !== undefined && { lendablePercent: lendable }) }, field),
    ...(borrowed !== undefined && borrowed < 0
      ? [invalid(`${field}.borrowingLimitPercent`, borrowed, 'if specified, must be a non-negative integer')]
      : []),
  ];
}

function responseErrors({ type, queuing }: Partial<LimitResponse> = {}, field: string): FieldError[] {
  switch (type) {
    case 'Reject':
      return queuing ? [forbidden(`${field}.queuing`, 'must be nil if limited.limitResponse.type is not Limited')] : [];
    case 'Queue':
      return queuing
        ? queueErrors(queuing, `${field}.queuing`)
        : [required(`${field}.queuing`, 'must not be empty if limited.limitResponse.type is Limited')];
    default:
      return [notSupported(`${field}.type`, type ?? '', ['Queue', 'Reject'])];
  }
}

function queueErrors({ queueLengthLimit = 0, queues = 0, handSize = 0 }: QueuingConfiguration, field: string): FieldError[] {
  return [
    ...(queueLengthLimit <= 0 ? [invalid(`${field}.queueLengthLimit`, queueLengthLimit, 'must be positive')] : []),
    ...(queues <= 0 ? [invalid(`${field}.queues`, queues, 'must be positive')] : []),
    ...(queues > MAX_QUEUES ? [invalid(`${field}.queues`, queues, `must not be greater than ${MAX_QUEUES}`)] : []),
    ...handErrors(queues, handSize, `${field}.handSize`),
  ];
}

function handErrors(queues: number, handSize: number, field: string): FieldError[] {
  if (handSize <= 0) return [invalid(field, handSize, 'must be positive')];
  if (handSize > queues) return [invalid(field, handSize, `should not be greater than queues (${queues})`)];
  const bits = Math.ceil(handSize * Math.log2(queues));
  return bits > MAX_HASH_BITS
    ? [
        invalid(
          field,
          handSize,
          `required entropy bits of deckSize ${queues} and handSize ${handSize} should not be greater than ${MAX_HASH_BITS}`,
        ),
      ]
    : [];
}
