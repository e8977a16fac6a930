import type { Clock } from '#kernel';
import { parseJson, valueAt } from '../answer.ts';
import { SourceFault } from '../fault.ts';
import type { HttpAnswer } from './http-exchange.ts';

/** A token is asked for anew this long before its end, so that none dies on the way. */
const SPARE_MS = 10_000;
const LIFE_SECONDS_MAX = 86_400;
const TOKEN = /^[\x21-\x7e]{1,8192}$/;

/**
 * Holds the access token of one source (OAuth 2.0 client credentials, RFC 6749 section 4.4). `ask` makes the exchange;
 * calls that need a token at the same time share one.
 */
export class AccessToken {
  readonly #ask: () => Promise<HttpAnswer>;
  readonly #clock: Clock;
  #token: { readonly value: string; readonly goodUntil: number } | undefined;
  #asking: Promise<string> | undefined;

  constructor(ask: () => Promise<HttpAnswer>, clock: Clock) {
    this.#ask = ask;
    this.#clock = clock;
  }

  async get(): Promise<string> {
    if (this.#token !== undefined && this.#clock.now().getTime() < this.#token.goodUntil) {
      return this.#token.value;
    }
    this.#asking ??= this.#renew().finally(() => {
      this.#asking = undefined;
    });
    return await this.#asking;
  }

  /** The source refused this token before its time; a newer one stays. */
  forget(value: string): void {
    if (this.#token?.value === value) this.#token = undefined;
  }

  async #renew(): Promise<string> {
    const { status, body } = await this.#ask();
    if (status >= 500) throw new SourceFault('server_error');
    if (status === 429) throw new SourceFault('told_to_wait');
    if (status !== 200) throw new SourceFault('not_authorised');
    const answer = parseJson(body);
    const value = valueAt(answer, 'access_token');
    const seconds = valueAt(answer, 'expires_in');
    if (typeof value !== 'string' || !TOKEN.test(value)) throw new SourceFault('shape_unexpected');
    const lifeMs = typeof seconds === 'number' ? Math.min(seconds, LIFE_SECONDS_MAX) * 1000 : 0;
    this.#token = { value, goodUntil: this.#clock.now().getTime() + lifeMs - SPARE_MS };
    return value;
  }
}
