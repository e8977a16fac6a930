import { LIMITS, type SignInConfig } from '#kernel';
import type { AccountKind } from './tables.ts';

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
  passwords: 'on',
  secondFactorKey: undefined,
});

/** Kinds of which `required` speaks: who works for the node or for those that read through it. */
const WITH_SECOND_FACTOR: ReadonlySet<AccountKind> = new Set([
  'operator',
  'institution',
  'platform',
  'regulator',
]);

export function isSecondFactorRequired({ secondFactor }: SignInRules, kind: AccountKind): boolean {
  return secondFactor === 'required' && WITH_SECOND_FACTOR.has(kind);
}
