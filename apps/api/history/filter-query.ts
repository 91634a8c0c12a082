import { Transform } from 'class-transformer';
import { IsISO8601, IsOptional, IsString } from 'class-validator';
import { logClock } from '#lib/log/log-clock';
import { timeWritten } from '../read/written-time';

const IS_NO_TIME = { message: '$property: "$value" is no time: write 2026-01-31T12:00:00Z, or how long ago: 10m' };

/** As people write it → RFC 3339; what is none stays, to be named. */
const AsTime = (): PropertyDecorator =>
  Transform(({ value }: { value: unknown }) => timeWritten(String(value), logClock.date())?.toISOString() ?? value);

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
  @AsTime()
  @IsISO8601({ strict: true }, IS_NO_TIME)
  since?: string;

  @IsOptional()
  @AsTime()
  @IsISO8601({ strict: true }, IS_NO_TIME)
  until?: string;
}
