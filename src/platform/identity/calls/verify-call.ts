import type { Clock, Database, KeyStore } from '#kernel';
import type { Caller } from '#security';
import { clientCaller } from '../../callers.ts';
import type { ClientBook } from '../clients/client-book.ts';
import { callRefusal } from './call-refusals.ts';
import { checkProof, type ProofParts, targetOf } from './check-proof.ts';
import { openTokenCheck, type TokenFacts } from './check-token.ts';
import { NONCE_LIFE_MS, type Nonces } from './nonces.ts';
import { openProofKeys } from './proof-keys.ts';
import { bookProofNow, type ProofUse } from './used-proofs.ts';

/** One request as HTTP has it; `url` is its path with query, as sent. */
export type Call = {
  readonly authorization: string | undefined;
  readonly dpop: string | undefined;
  readonly method: string;
  readonly url: string;
};

/** Who calls under a token. */
export type TokenCaller = {
  readonly caller: Caller;
  readonly clientId: string;
  /** The consents that the token is for; none: it may ask for consents, hand in files, report and read receipts only. */
  readonly consentIds: readonly string[];
  /** For the next proof; what goes into the header `DPoP-Nonce`. */
  readonly dpopNonce: string;
};

/** Everything holds but one thing that only the database knows: whether the proof was used before. */
export type UnbookedCaller = TokenCaller & ProofUse;

export type CallParts = {
  readonly database: Database;
  readonly clock: Clock;
  readonly keys: KeyStore;
  readonly clients: ClientBook;
  readonly nonces: Nonces;
  readonly publicUrl: string;
  readonly issuer: string;
  readonly audience: string;
};

export type CallCheck = {
  /** Checks the call and books its proof, for good and at once. Throws `token.…` or `proof.…`. */
  verifyCall(call: Call): Promise<TokenCaller>;
  /** As `verifyCall` without booking: the caller books by `bookProof` in its own transaction, before any effect. */
  verifyCallStateless(call: Call): Promise<UnbookedCaller>;
};

export function openCallCheck(parts: CallParts): CallCheck {
  const { database, clock, clients, nonces, publicUrl } = parts;
  const checkToken = openTokenCheck(parts);
  const proofParts: ProofParts = { clock, nonces, readKey: openProofKeys() };
  const callers = new WeakMap<object, Caller>();
  const callerOf = async (token: TokenFacts): Promise<Caller> => {
    const client = await clients.find(token.clientId);
    if (client === undefined) throw callRefusal('token.client_disabled');
    const known = callers.get(client);
    if (known !== undefined) return known;
    const caller = clientCaller(client);
    callers.set(client, caller);
    return caller;
  };
  const verifyCallStateless = async (call: Call): Promise<UnbookedCaller> => {
    const token = checkToken(presentedToken(call.authorization));
    if (call.dpop === undefined) throw callRefusal('proof.missing');
    const target = {
      method: call.method,
      url: targetOf(`${publicUrl}${call.url}`) ?? '',
      tokenHash: token.hash,
      thumbprint: token.thumbprint,
    };
    const { proofHash } = checkProof(call.dpop, target, proofParts);
    return {
      caller: await callerOf(token),
      clientId: token.clientId,
      consentIds: token.consentIds,
      dpopNonce: nonces.next(),
      proofHash,
      proofExpiresAt: new Date(clock.now().getTime() + NONCE_LIFE_MS),
    };
  };
  return {
    verifyCallStateless,
    async verifyCall(call) {
      const { proofHash, proofExpiresAt, ...caller } = await verifyCallStateless(call);
      await bookProofNow(database, { proofHash, proofExpiresAt });
      return caller;
    },
  };
}

const PRESENTED = /^DPoP ([A-Za-z0-9._~+/-]+=*)$/i;
/** What a token with as many consents as it may name needs, and half of the headers that Node.js takes. */
const TOKEN_CHARACTERS_MAX = 8_192;

function presentedToken(authorization: string | undefined): string {
  if (authorization === undefined) throw callRefusal('token.missing');
  if (/^Bearer /i.test(authorization)) throw callRefusal('token.wrong_scheme');
  const token = PRESENTED.exec(authorization)?.[1];
  if (token === undefined || token.length > TOKEN_CHARACTERS_MAX) throw callRefusal('token.malformed');
  return token;
}
