import { setTimeout as sleep } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import type { Bus } from '#lib/bus/bus';
import type { KeeperConfig } from './config';
import type { Database } from './database';
import { PROMISE_MS, type Question, type Verdict } from './witness';

export const WITNESS = 'decklog.keeper.witness';
export const helloOf = (name: string): string => `decklog.keeper.hello.${name}`;

const BEAT_MS = 250;
/** Before the promise ends, by as much as it takes to notice and to kill. */
const MARGIN_MS = 500;
/** How often a leader looks whether his promises hold, and his PostgreSQL lives. */
const LOOK_MS = 50;
/** How long a standby has to succeed a leader whose PostgreSQL died. */
const SUCCEED_WITHIN_MS = 4_000;
/** A standby that gets nothing for so long, although there is a primary, is copied anew: it has followed something that is gone. */
const DEAF_AFTER_MS = 15_000;
/** A standby that is away so long is no longer waited for. */
const AWAY_AFTER_MS = 1_000;

const clock = (): number => performance.now();

/** Looks after one PostgreSQL of two: primary or standby, as the witness says. */
export class Keeper {
  private readonly logger: Logger;
  /** I lead, or am about to; the beat asks for promises. */
  private leading = false;
  private assuredUntil = 0;
  /** What I promised the leader. */
  private silentUntil = clock() + PROMISE_MS;
  private heardStreaming = clock();
  private trusted: string | undefined;
  private mark: string | undefined;
  private stopped = false;
  /** Ends the pause before the next step. */
  private hurry: () => void = () => undefined;
  private turn: Promise<void> = Promise.resolve();
  private readonly timers: NodeJS.Timeout[];

  constructor(
    private readonly config: KeeperConfig,
    private readonly bus: Bus,
    private readonly database: Database,
  ) {
    this.logger = new Logger(`keeper ${config.name}`);
    this.timers = [setInterval(() => this.beat(), BEAT_MS), setInterval(() => this.look(), LOOK_MS)];
  }

  async run(): Promise<void> {
    const answering = await this.bus.answer(helloOf(this.config.name), 'keeper', (asked) => this.greeted(asked as { leads: boolean }));
    await this.database.endLeftover();
    while (!this.stopped) {
      this.turn = this.step().catch((error: Error) => this.logger.warn(error.message.split('\n')[0]));
      await this.turn;
      await this.rest();
    }
    await answering.close();
  }

  async stop(): Promise<void> {
    this.stopped = true;
    this.timers.forEach(clearInterval);
    await this.turn;
    await this.database.stop();
  }

  /** Until the next step is due, or something has happened. */
  private async rest(): Promise<void> {
    const hurried = new AbortController();
    this.hurry = () => hurried.abort();
    await sleep(BEAT_MS, undefined, { signal: hurried.signal }).catch(() => undefined);
  }

  private async step(): Promise<void> {
    if (this.leading) return this.lead();
    const verdict = await this.witness({ do: 'look' });
    if (
      verdict.leader === this.config.name ||
      (verdict.leader === undefined && (await this.witness({ do: 'lead', name: this.config.name })).leader === this.config.name)
    )
      return this.assume(verdict);
    return this.follow(verdict);
  }

  /** The witness says that I lead, and I do not: I was just started, or my PostgreSQL died. */
  private async assume(verdict: Verdict): Promise<void> {
    if (verdict.standby !== undefined && !(await this.mayGoOn())) return;
    this.assuredUntil = clock() + PROMISE_MS - MARGIN_MS;
    if ((await this.witness({ do: 'lead', name: this.config.name })).leader !== this.config.name) return;
    this.leading = true;
    this.begin();
    await this.database.startPrimary().catch((error: Error) => {
      this.leading = false;
      throw error;
    });
    if (!this.leading) return this.database.kill(); // fenced meanwhile
    this.database.waitForStandby(false);
    this.logger.log('primary');
  }

  /**
   * The standby has all that was acknowledged; what else is here was never seen by anybody, and would be now. So he goes on, and I only
   * if he does not come.
   */
  private async mayGoOn(): Promise<boolean> {
    await this.witness({ do: 'release', name: this.config.name });
    // should he not hear it, he asks the witness soon
    void this.bus.request(helloOf(this.config.peer.name), { leads: false }, PROMISE_MS).catch(() => undefined);
    for (const deadline = clock() + SUCCEED_WITHIN_MS; clock() < deadline; await sleep(100)) {
      if ((await this.witness({ do: 'look' })).leader !== this.config.name) return false;
    }
    return (await this.witness({ do: 'reclaim', name: this.config.name })).leader === this.config.name;
  }

  private async lead(): Promise<void> {
    if (!this.database.runs) {
      this.leading = false;
      this.logger.warn('PostgreSQL died');
      return this.step();
    }
    const { streaming, awaited, reached, end } = await this.database.replication(this.mark);
    if (streaming) this.heardStreaming = clock();
    if (this.trusted === undefined && streaming) {
      this.database.waitForStandby(true);
      // What was acknowledged before anybody waited for it lies before this place.
      if (awaited) this.mark ??= end;
      if (awaited && reached) await this.trust(this.config.peer.name);
    } else if (!streaming && clock() - this.heardStreaming > AWAY_AFTER_MS) {
      // First it may not take over any more, then nobody waits for it.
      this.mark = undefined;
      if (this.trusted !== undefined) await this.trust(undefined);
      this.database.waitForStandby(false);
    }
  }

  private begin(): void {
    this.trusted = this.mark = undefined;
    this.heardStreaming = clock();
  }

  private async trust(standby: string | undefined): Promise<void> {
    const verdict = await this.witness({ do: 'trust', name: this.config.name, ...(standby && { standby }) });
    if (verdict.leader !== this.config.name || verdict.standby !== standby) throw new Error('the witness does not agree');
    this.trusted = standby;
    this.logger.log(standby ? `${standby} has everything` : 'alone');
  }

  private async follow(verdict: Verdict): Promise<void> {
    const mayTake = verdict.standby === this.config.name && this.database.runs && (verdict.released || clock() > this.silentUntil);
    if (mayTake && (await this.witness({ do: 'take', name: this.config.name })).leader === this.config.name) return this.succeed();
    if (!this.database.runs) {
      await this.database.startStandby(this.config.peer.url);
      this.heardStreaming = clock();
      this.logger.log('standby');
    }
    if (await this.database.receives()) this.heardStreaming = clock();
    if (clock() - this.heardStreaming < DEAF_AFTER_MS || clock() > this.silentUntil) return;
    this.logger.warn('copies the primary anew');
    await this.database.copy(this.config.peer.url);
  }

  private async succeed(): Promise<void> {
    this.assuredUntil = clock() + PROMISE_MS - MARGIN_MS;
    this.leading = true;
    this.begin();
    try {
      await this.database.promote();
    } catch (error) {
      this.leading = false; // the witness has decided: the next step tries again, from the start
      await this.database.kill();
      throw error;
    }
    if (!this.leading) return this.database.kill(); // fenced meanwhile
    this.logger.log('takes over as primary');
  }

  /** Asks the other two to hold still. Either is enough: what one of us can lose is one. */
  private beat(): void {
    if (!this.leading) return;
    const until = clock() + PROMISE_MS - MARGIN_MS;
    const assured = (yes: boolean): void => {
      if (yes) this.assuredUntil = Math.max(this.assuredUntil, until);
    };
    const late = (): void => undefined; // it shows in assuredUntil
    this.witness({ do: 'lead', name: this.config.name }).then(
      ({ leader, released }) => assured(leader === this.config.name && !released),
      late,
    );
    this.bus
      .request<{ silent: boolean }>(helloOf(this.config.peer.name), { leads: true }, PROMISE_MS)
      .then(({ silent }) => assured(silent), late);
  }

  /** A leader promises nothing: it is he who is asked. One who says that he leads no more is to be succeeded at once. */
  private greeted({ leads }: { readonly leads: boolean }): { silent: boolean } {
    if (!leads) this.hurry();
    if (this.leading || !leads) return { silent: false };
    this.silentUntil = clock() + PROMISE_MS;
    return { silent: true };
  }

  /** Nobody has promised anything for too long: another one may be about to lead. */
  private look(): void {
    if (this.leading && !this.database.runs) this.hurry();
    if (!this.leading || clock() < this.assuredUntil) return;
    this.leading = false;
    this.logger.warn('neither the witness nor the other keeper answers: PostgreSQL is stopped');
    void this.database.kill();
  }

  private witness(question: Question): Promise<Verdict> {
    return this.bus.request<Verdict>(WITNESS, question, PROMISE_MS);
  }
}
