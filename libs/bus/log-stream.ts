import { DiscardPolicy, ErrorCode, nanos, NatsError, RetentionPolicy, StorageType, type JetStreamManager, type StreamConfig } from 'nats';
import { ALL_LOG_SUBJECTS } from './subjects';

/** The stream that holds the recent entries of the log. */
export const STREAM = 'LOG';

/** What the stream keeps. Older entries are in the log itself, so small is fine: the window only has to outlast a reconnect. */
export interface StreamLimits {
  /** Default one hour. */
  readonly maxAgeMs?: number;
  /** Default 512 MB. */
  readonly maxBytes?: number;
  /** How long a repeated publish is recognised. Default two minutes: JetStream keeps every id of the window in memory. */
  readonly duplicateWindowMs?: number;
  /** Copies in a NATS cluster. Default 1; with three URLs or more 3. */
  readonly replicas?: number;
}

/** Makes the stream when it is missing and sets its limits when they differ. */
export async function ensureStream(manager: JetStreamManager, limits: StreamLimits = {}): Promise<void> {
  const config: Partial<StreamConfig> & { name: string } = {
    name: STREAM,
    subjects: [ALL_LOG_SUBJECTS],
    retention: RetentionPolicy.Limits,
    storage: StorageType.File,
    discard: DiscardPolicy.Old,
    max_age: nanos(limits.maxAgeMs ?? 3_600_000),
    max_bytes: limits.maxBytes ?? 512 * 1024 * 1024,
    duplicate_window: nanos(limits.duplicateWindowMs ?? 120_000),
    num_replicas: limits.replicas ?? 1,
  };
  try {
    await manager.streams.info(STREAM);
    await manager.streams.update(STREAM, config);
  } catch (error) {
    if (!isMissing(error)) throw error;
    await manager.streams.add(config);
  }
}

/** The revision of the newest message, 0 when there is none or no stream. */
export async function lastRevisionOf(manager: JetStreamManager): Promise<number> {
  try {
    const { state } = await manager.streams.info(STREAM);
    if (state.messages === 0) return 0;
    const last = await manager.streams.getMessage(STREAM, { seq: state.last_seq });
    return Number(last.header.get('Nats-Msg-Id'));
  } catch (error) {
    if (isMissing(error)) return 0;
    throw error;
  }
}

/** The stream or message is not there. */
export const isMissing = (error: unknown): boolean =>
  error instanceof NatsError && (error.code === ErrorCode.JetStream404NoMessages || error.code === '404');
