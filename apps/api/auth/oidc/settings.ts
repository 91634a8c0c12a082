import { plainToInstance } from 'class-transformer';
import { IsIn, IsOptional, IsString, Matches, MinLength, validateSync } from 'class-validator';
import { readFileSync } from 'node:fs';
import { readAuthentication } from './authentication-configuration';
import { ALGORITHMS, type JwtAuthenticator } from './jwt-authenticator';

/** The settings of kube-apiserver's `--oidc-…` flags, in their environment variables. */
class OidcSettings {
  @Matches(/^https:\/\/[^?#]+$/, { message: 'DECKLOG_OIDC_ISSUER_URL must be an https URL without query and fragment' })
  ISSUER_URL = '';

  @IsString()
  @MinLength(1, { message: 'DECKLOG_OIDC_CLIENT_ID is required with DECKLOG_OIDC_ISSUER_URL' })
  CLIENT_ID = '';

  @IsString()
  @MinLength(1)
  USERNAME_CLAIM = 'sub';

  /** `-`: none. Default: none for `email`, else the issuer and `#`. */
  @IsOptional()
  @IsString()
  USERNAME_PREFIX?: string;

  @IsOptional()
  @IsString()
  GROUPS_CLAIM?: string;

  @IsString()
  GROUPS_PREFIX = '';

  /** `key=value,key=value`. */
  @Matches(/^([^=,]+=[^,]*(,[^=,]+=[^,]*)*)?$/, { message: 'DECKLOG_OIDC_REQUIRED_CLAIM must be of the form key=value,key=value' })
  REQUIRED_CLAIM = '';

  @IsIn(ALGORITHMS as string[], { each: true, message: `DECKLOG_OIDC_SIGNING_ALGS must be some of ${ALGORITHMS.join(',')}` })
  SIGNING_ALGS = ['RS256'];

  /** A file of certificates. Default: the authorities that this machine trusts. */
  @IsOptional()
  @IsString()
  CA_FILE?: string;
}

const PREFIX = 'DECKLOG_OIDC_';
const NAMES = [
  'ISSUER_URL',
  'CLIENT_ID',
  'USERNAME_CLAIM',
  'USERNAME_PREFIX',
  'GROUPS_CLAIM',
  'GROUPS_PREFIX',
  'REQUIRED_CLAIM',
  'SIGNING_ALGS',
  'CA_FILE',
] as const;

/** The issuers that the environment names, by flags of old or by a file. @throws Error with one line that names what is wrong. */
export function issuersOf(env: NodeJS.ProcessEnv, read = (file: string): string => readFileSync(file, 'utf8')): JwtAuthenticator[] {
  const given: Record<string, string | string[]> = {};
  for (const name of NAMES) {
    const value = env[PREFIX + name];
    if (value) given[name] = name === 'SIGNING_ALGS' ? value.split(',') : value;
  }
  const file = env.DECKLOG_AUTHENTICATION_CONFIG;
  if (file && Object.keys(given).length > 0) throw new Error('authentication-config file and oidc-* flags are mutually exclusive');
  if (file) return readAuthentication(read(file));
  if (Object.keys(given).length === 0) return [];
  const settings = plainToInstance(OidcSettings, given, { exposeDefaultValues: true });
  const problems = validateSync(settings).flatMap((problem) => Object.values(problem.constraints ?? {}));
  if (problems.length > 0) throw new Error(problems.join('; '));
  return [authenticatorOf(settings, read)];
}

function authenticatorOf(settings: OidcSettings, read: (file: string) => string): JwtAuthenticator {
  const {
    ISSUER_URL: url,
    CLIENT_ID,
    USERNAME_CLAIM: claim,
    USERNAME_PREFIX: prefix,
    GROUPS_CLAIM,
    GROUPS_PREFIX,
    REQUIRED_CLAIM,
    SIGNING_ALGS,
    CA_FILE,
  } = settings;
  const usual = claim === 'email' ? '' : `${url}#`;
  const required = REQUIRED_CLAIM === '' ? [] : REQUIRED_CLAIM.split(',').map((pair) => pair.split(/=(.*)/s));
  return {
    issuer: { url, audiences: [CLIENT_ID], ...(CA_FILE && { certificateAuthority: read(CA_FILE) }) },
    claimMappings: {
      username: { claim, prefix: prefix === '-' ? '' : (prefix ?? usual) },
      ...(GROUPS_CLAIM && { groups: { claim: GROUPS_CLAIM, prefix: GROUPS_PREFIX } }),
    },
    claimValidationRules: required.map(([name = '', requiredValue = '']) => ({ claim: name, requiredValue })),
    signingAlgorithms: SIGNING_ALGS,
  };
}
