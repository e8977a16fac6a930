import type { KeyStore, Tx } from '#kernel';
import { type Given, giveUnderConsent } from '#security';
import type { Asked } from './query/ask.ts';
import type { QueryRequest } from './query/query-shape.ts';

/** What an institution is about to be given, beside who asked, for what and under which consent. */
export type LeavingAnswer = Omit<Given, keyof Asked | 'kind' | 'application'> & {
  readonly kind: 'answer' | 'verification';
  /** Contracts whose data are in it. */
  readonly contracts: readonly string[];
  readonly request: Pick<QueryRequest, 'application'>;
};

/** Records an answer with who asked for it, as `giveUnderConsent`; returns the JSON text that is sent. */
export async function recordAnswered(
  tx: Tx,
  keys: KeyStore,
  { enterprise, admission, consent, permit }: Asked,
  { request: { application }, ...leaving }: LeavingAnswer,
): Promise<string> {
  return await giveUnderConsent(tx, keys, {
    ...leaving,
    enterprise,
    admission,
    consent,
    permit,
    application,
  });
}
