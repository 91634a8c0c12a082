import { ApiError, methodNotAllowed } from '#lib/api/errors';
import { Writer } from '../write/writer';

/** In place of the writer where the log is a bundle. */
export class NoWriter extends Writer {
  override submit<R>(): Promise<R> {
    return Promise.reject(refusal());
  }

  override rehearse<R>(): R {
    throw refusal();
  }
}

const refusal = (): ApiError =>
  new ApiError({ ...methodNotAllowed().status, message: 'this is a bundle of the past: it can only be read' });
