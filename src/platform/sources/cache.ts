import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto';
import { type Clock, LIMITS } from '#kernel';
import type { SourceRow } from './answer.ts';

type Entry = {
  readonly iv: Buffer;
  readonly sealed: Buffer;
  readonly tag: Buffer;
  readonly at: Date;
  readonly expiresAt: number;
};

/**
 * Answers that may be given again for a while, in this process's memory alone and sealed under a key that never leaves
 * it: nothing is written down, and the codes asked for cannot be read out of the index.
 */
export class AnswerCache {
  readonly #key = randomBytes(32);
  readonly #indexKey = randomBytes(32);
  readonly #entries = new Map<string, Entry>();
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get(contractId: string, code: string): { rows: SourceRow[]; at: Date } | undefined {
    this.sweep();
    const entry = this.#entries.get(this.#index(contractId, code));
    return entry === undefined ? undefined : { rows: this.#open(entry), at: entry.at };
  }

  put(
    question: { readonly contractId: string; readonly code: string },
    answer: { readonly rows: readonly SourceRow[]; readonly at: Date; readonly keepMs: number },
  ): void {
    if (answer.keepMs === 0) return;
    this.sweep();
    const [oldest] = this.#entries.keys();
    if (this.#entries.size >= LIMITS.sourceAnswersKeptMax && oldest !== undefined)
      this.#entries.delete(oldest);
    const iv = randomBytes(12);
    const cipher = createCipheriv('aes-256-gcm', this.#key, iv);
    const sealed = Buffer.concat([cipher.update(JSON.stringify(answer.rows), 'utf8'), cipher.final()]);
    this.#entries.set(this.#index(question.contractId, question.code), {
      iv,
      sealed,
      tag: cipher.getAuthTag(),
      at: answer.at,
      expiresAt: this.#clock.now().getTime() + answer.keepMs,
    });
  }

  /** Forgets what has outlived its time; also called by the book's timer, so that nothing waits for the next question. */
  sweep(): void {
    const now = this.#clock.now().getTime();
    for (const [index, { expiresAt }] of this.#entries) if (expiresAt <= now) this.#entries.delete(index);
  }

  #open({ iv, sealed, tag }: Entry): SourceRow[] {
    const decipher = createDecipheriv('aes-256-gcm', this.#key, iv).setAuthTag(tag);
    const text = Buffer.concat([decipher.update(sealed), decipher.final()]).toString('utf8');
    return JSON.parse(text) as SourceRow[]; // what `put` wrote
  }

  #index(contractId: string, code: string): string {
    return createHmac('sha256', this.#indexKey).update(`${contractId}|${code}`).digest('base64url');
  }
}
