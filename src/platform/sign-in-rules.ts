import { LIMITS, type SignInConfig } from '#kernel';

/** The rules of this node, with the key that opens the secrets of second factors. */
export type SignInRules = SignInConfig & { readonly secondFactorKey: Buffer | undefined };

/** What holds where nothing else is said. Without a key no code can be checked, and who has a second factor stays out. */
export const DEFAULT_RULES: SignInRules = Object.freeze({
  attemptsMax: LIMITS.signInAttemptsMax,
  restMs: LIMITS.signInRestMs,
  sessionIdleMs: LIMITS.sessionIdleMs,
  sessionMaxMs: 12 * 3_600_000,
  passwordCharactersMin: 12,
  secondFactor: 'optional',
  secondFactorKey: undefined,
});
