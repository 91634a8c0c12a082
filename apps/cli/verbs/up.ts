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
  },
  run: async (options) => (await import('../up/cluster.js')).runCluster(options),
});
