import { type Static, Type } from 'typebox';
import { readTerms, TERMS_WORDS } from '../terms-file.ts';
import { pushRefusal } from './push-refusals.ts';

const strict = { additionalProperties: false } as const;
const DAY_SECONDS = 86_400;
/** Messages are kept for a quarter (`messagesKeptDays`): what is given up later could not be sent again. */
const GIVE_UP_HOURS_MAX = 30 * 24;

const Seconds = Type.Integer({ minimum: 1, maximum: 7 * DAY_SECONDS });
const PushFile = Type.Object(
  {
    id: Type.Literal('alert-push'),
    version: Type.String(),
    name: TERMS_WORDS,
    source: Type.String(),
    retry: Type.Object(
      {
        afterSeconds: Type.Array(Seconds, { minItems: 1, maxItems: 50 }),
        jitterPercent: Type.Integer({ minimum: 0, maximum: 50 }),
        giveUpAfterHours: Type.Integer({ minimum: 1, maximum: GIVE_UP_HOURS_MAX }),
      },
      strict,
    ),
    rest: Type.Object(
      {
        afterFailures: Type.Integer({ minimum: 1, maximum: 100 }),
        shortestSeconds: Seconds,
        longestSeconds: Type.Integer({ minimum: 1, maximum: DAY_SECONDS }),
      },
      strict,
    ),
    waitingPerEndpointMax: Type.Integer({ minimum: 100, maximum: 1_000_000 }),
  },
  strict,
);

/** 推送期限: when a message is tried again and given up, when an endpoint rests, how much may wait for it. */
export type PushTerms = {
  readonly version: string;
  /** After each failed attempt; the last stands for all further ones. */
  readonly retryAfterMs: readonly number[];
  /** Moves a retry to either side: a share of its delay. */
  readonly jitter: number;
  readonly deadAfterMs: number;
  readonly failuresBeforeRest: number;
  readonly restMinMs: number;
  readonly restMaxMs: number;
  readonly waitingPerEndpointMax: number;
};

/**
 * Reads `monitoring/push.yaml` of the last folder that has one, so that a city's own replaces the package's. Throws
 * `push.terms_not_valid`.
 */
export function loadPushTerms(folders: readonly string[]): PushTerms {
  const refuse = (params: { readonly file: string; readonly reason: string }) =>
    pushRefusal('push.terms_not_valid', params);
  const { file, terms } = readTerms(folders, { name: 'push.yaml', shape: PushFile, refuse });
  const reason = contradictionOf(terms);
  if (reason !== undefined) throw refuse({ file, reason });
  const { version, retry, rest, waitingPerEndpointMax } = terms;
  return Object.freeze({
    version,
    retryAfterMs: Object.freeze(retry.afterSeconds.map((seconds) => seconds * 1_000)),
    jitter: retry.jitterPercent / 100,
    deadAfterMs: retry.giveUpAfterHours * 3_600_000,
    failuresBeforeRest: rest.afterFailures,
    restMinMs: rest.shortestSeconds * 1_000,
    restMaxMs: rest.longestSeconds * 1_000,
    waitingPerEndpointMax,
  });
}

/** What is of the right shape and still cannot be meant. */
function contradictionOf({ retry, rest }: Static<typeof PushFile>): string | undefined {
  const { afterSeconds, giveUpAfterHours } = retry;
  if (afterSeconds.some((seconds, at) => seconds < (afterSeconds[at - 1] ?? 0)))
    return '/retry/afterSeconds grows';
  if ((afterSeconds[0] ?? 0) >= giveUpAfterHours * 3_600)
    return '/retry/giveUpAfterHours leaves no time for a second attempt';
  if (rest.shortestSeconds > rest.longestSeconds) return '/rest/shortestSeconds exceeds /rest/longestSeconds';
  return undefined;
}
