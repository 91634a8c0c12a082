import { IsBoolean, IsInt, IsString, Max, Min, MinLength } from 'class-validator';
import { defineVerb } from '../verb';

/** What the flags of `up` say. */
export class UpOptions {
  @IsString()
  @MinLength(1)
  home = '.decklog';

  @IsString()
  @MinLength(1)
  host = '127.0.0.1';

  @IsInt()
  @Min(1)
  @Max(65_535)
  port = 6443;

  @IsInt()
  @Min(0)
  @Max(5_000)
  nodes = 2;

  @IsString()
  databaseUrl = '';

  @IsString()
  natsUrl = '';

  @IsBoolean()
  ha = false;

  @IsString()
  oidcIssuerUrl = '';

  @IsString()
  oidcClientId = '';

  @IsString()
  oidcUsernameClaim = '';

  @IsString()
  oidcUsernamePrefix = '';

  @IsString()
  oidcGroupsClaim = '';

  @IsString()
  oidcGroupsPrefix = '';

  @IsString()
  oidcRequiredClaim = '';

  @IsString()
  oidcSigningAlgs = '';

  @IsString()
  oidcCaFile = '';

  @IsString()
  authenticationConfig = '';
}

/** Loads the whole cluster only when it runs: the other verbs answer in a third of the time. */
export const up = defineVerb<UpOptions>({
  name: 'up',
  usage: '[--port N] [--home DIR] [--nodes N] [--ha]',
  summary: 'Run a whole cluster in this process, with its own PostgreSQL and NATS, until Ctrl-C',
  options: UpOptions,
  flags: {
    port: { type: 'string', short: 'p', about: 'Port of the API server (default 6443)', env: 'DECKLOG_PORT' },
    host: { type: 'string', about: 'Address it listens on (default 127.0.0.1)', env: 'DECKLOG_HOST' },
    home: { type: 'string', about: 'Folder of everything the cluster keeps (default .decklog)', env: 'DECKLOG_HOME' },
    nodes: { type: 'string', short: 'n', about: 'Simulated nodes (default 2)', env: 'DECKLOG_NODES' },
    databaseUrl: { type: 'string', about: 'A PostgreSQL that runs already (default: one of our own)', env: 'DATABASE_URL' },
    ha: { type: 'boolean', about: 'Several of everything, on this machine: any process may be lost' },
    natsUrl: { type: 'string', about: 'A NATS with JetStream that runs already (default: one of our own)', env: 'NATS_URL' },
    oidcIssuerUrl: { type: 'string', about: 'An OpenID Connect issuer whose tokens are believed', env: 'DECKLOG_OIDC_ISSUER_URL' },
    oidcClientId: { type: 'string', about: 'Whom such tokens are meant for', env: 'DECKLOG_OIDC_CLIENT_ID' },
    oidcUsernameClaim: { type: 'string', about: 'The claim that names the user (default sub)', env: 'DECKLOG_OIDC_USERNAME_CLAIM' },
    oidcUsernamePrefix: {
      type: 'string',
      about: 'What stands before it; - for nothing (default: the issuer and #)',
      env: 'DECKLOG_OIDC_USERNAME_PREFIX',
    },
    oidcGroupsClaim: { type: 'string', about: 'The claim that names the groups', env: 'DECKLOG_OIDC_GROUPS_CLAIM' },
    oidcGroupsPrefix: { type: 'string', about: 'What stands before each of them', env: 'DECKLOG_OIDC_GROUPS_PREFIX' },
    oidcRequiredClaim: { type: 'string', about: 'key=value,… that a token must have', env: 'DECKLOG_OIDC_REQUIRED_CLAIM' },
    oidcSigningAlgs: { type: 'string', about: 'How tokens may be signed (default RS256)', env: 'DECKLOG_OIDC_SIGNING_ALGS' },
    oidcCaFile: { type: 'string', about: 'Certificates that the issuer is known by', env: 'DECKLOG_OIDC_CA_FILE' },
    authenticationConfig: {
      type: 'string',
      about: 'A file with an AuthenticationConfiguration instead',
      env: 'DECKLOG_AUTHENTICATION_CONFIG',
    },
  },
  run: async (options) => {
    handOn(options);
    return (await import('../up/cluster.js')).runCluster(options);
  },
});

/** API servers read these from their environment, here as in a container of their own. What is wrong with them, they say. */
function handOn(options: UpOptions): void {
  for (const [name, flag] of Object.entries(up.flags)) {
    const value = options[name as keyof UpOptions];
    if (/^(oidc|authentication)/.test(name) && flag.env && value) process.env[flag.env] = String(value);
  }
}
