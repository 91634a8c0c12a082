import 'reflect-metadata';
import { plainToInstance, Type } from 'class-transformer';
import { IsInt, IsOptional, IsString, Max, Min, MinLength, validateSync } from 'class-validator';

/** Settings of an API server in a process of its own. */
export class ApiConfig {
  @IsString()
  @MinLength(1)
  DATABASE_URL!: string;

  @IsString()
  @MinLength(1)
  NATS_URL!: string;

  /** Folder of the cluster CA and keys; shared by all API servers of a cluster. */
  @IsString()
  @MinLength(1)
  DECKLOG_PKI_DIR!: string;

  @IsString()
  DECKLOG_HOST = '0.0.0.0';

  @Type(() => Number)
  @IsInt()
  @Min(0)
  @Max(65_535)
  DECKLOG_PORT = 6443;

  @IsOptional()
  @IsString()
  DECKLOG_ADVERTISE?: string;
}

/** @throws Error with one line that names every wrong setting. */
export function readConfig(env: NodeJS.ProcessEnv): ApiConfig {
  const known = Object.keys(new ApiConfig()).concat('DATABASE_URL', 'NATS_URL', 'DECKLOG_PKI_DIR', 'DECKLOG_ADVERTISE');
  const given = Object.fromEntries(known.filter((name) => env[name] !== undefined).map((name) => [name, env[name]]));
  const config = plainToInstance(ApiConfig, given);
  const problems = validateSync(config).flatMap((problem) => Object.values(problem.constraints ?? {}));
  if (problems.length > 0) throw new Error(problems.join('; '));
  return config;
}
