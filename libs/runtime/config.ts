import 'reflect-metadata';
import { plainToInstance, Type } from 'class-transformer';
import { IsInt, IsOptional, IsString, Max, Min, MinLength, validateSync } from 'class-validator';

/** Settings of a controller in a process of its own, read from the environment. */
export class RuntimeConfig {
  @IsString()
  @MinLength(1)
  DATABASE_URL!: string;

  @IsString()
  @MinLength(1)
  NATS_URL!: string;

  /** Port of `/healthz`, `/readyz` and `/metrics`. Default: none. */
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(65_535)
  HEALTH_PORT?: number;
}

const NAMES = ['DATABASE_URL', 'NATS_URL', 'HEALTH_PORT'] as const;

/** @throws Error with one line that names every wrong setting. */
export function readConfig(env: NodeJS.ProcessEnv): RuntimeConfig {
  const given = Object.fromEntries(NAMES.filter((name) => env[name] !== undefined).map((name) => [name, env[name]]));
  const config = plainToInstance(RuntimeConfig, given);
  const problems = validateSync(config).flatMap((problem) => Object.values(problem.constraints ?? {}));
  if (problems.length > 0) throw new Error(problems.join('; '));
  return config;
}
