import { ApiError } from '#lib/api/errors';
import type { Random } from './generate';

/** One part of the server that is given wild inputs. */
export interface Target<I = unknown> {
  readonly name: string;
  /** Of 100 inputs of a run so many are for it: those that take long get few. */
  readonly share: number;
  /** Plain data that JSON can hold: it is printed and made smaller when it does harm. */
  make(random: Random): I;
  /** Says whether the input was taken (or refused). Throws for what must not be. */
  run(input: I): boolean | Promise<boolean>;
}

/** What must not be; the message says what it is. */
export class Fault extends Error {}

type Refusal = abstract new (...args: never[]) => Error;

/** True when the work was done; false when it was refused as it should: with a 4xx, or one of these errors. */
export function takes(work: () => unknown, ...refusals: readonly Refusal[]): boolean {
  try {
    work();
    return true;
  } catch (error) {
    if (error instanceof ApiError ? error.code < 500 || error.code === 504 : refusals.some((refusal) => error instanceof refusal)) return false;
    throw error;
  }
}

/** The same for what takes time. */
export async function takesInTime(work: () => unknown): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (error) {
    if (error instanceof ApiError && (error.code < 500 || error.code === 504)) return false;
    throw error;
  }
}
