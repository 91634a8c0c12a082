import { IsISO8601, IsOptional, IsString } from 'class-validator';

/** What the log of changes and that of requests are both filtered by. */
export class FilterQuery {
  @IsOptional()
  @IsString()
  user?: string;

  @IsOptional()
  @IsString()
  verb?: string;

  /** Empty: only objects of the cluster. */
  @IsOptional()
  @IsString()
  namespace?: string;

  @IsOptional()
  @IsString()
  name?: string;

  @IsOptional()
  @IsISO8601({ strict: true })
  since?: string;

  @IsOptional()
  @IsISO8601({ strict: true })
  until?: string;
}
