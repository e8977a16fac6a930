import * as oauth from 'openid-client';
import type { LeakCity } from './leak-city.ts';
import type { Call } from './leak-state.ts';
import { type BankClient, getToken, openBank } from './oidc-client.ts';

type Fetching = { call: Call; token: string; bank: BankClient };
type Fetched = { readonly status: number; readonly head: string; readonly bytes: Buffer };

/** As a program does, over the network, with a token bound to its key. */
export async function fetchAs(city: LeakCity, { call, token, bank }: Fetching): Promise<Fetched> {
  const { method, url, payload } = call;
  const headers = new Headers(call.headers);
  if (payload !== undefined && !headers.has('content-type')) headers.set('content-type', 'application/json');
  const target = new URL(url, city.url);
  const response = await oauth
    .fetchProtectedResource(bank.config, token, target, method, bodyOf(payload), headers, { DPoP: bank.dpop })
    .catch((error: unknown) => {
      if (error instanceof oauth.WWWAuthenticateChallengeError) return error.response;
      throw error;
    });
  const bytes = response.bodyUsed ? Buffer.alloc(0) : Buffer.from(await response.arrayBuffer());
  return { status: response.status, head: JSON.stringify([...response.headers]), bytes };
}

function bodyOf(payload: Call['payload']): string | Uint8Array<ArrayBuffer> | undefined {
  if (Buffer.isBuffer(payload)) return new Uint8Array(payload);
  return typeof payload === 'object' ? JSON.stringify(payload) : payload;
}

/** Tokens of a machine: one of its own, and one for each consent it may name. */
export async function tokensOf(
  city: LeakCity,
  machine: keyof LeakCity['machines'],
  consents: readonly { readonly consentId: string }[],
): Promise<{ bank: BankClient; tokens: Map<string, string> }> {
  const bank = await openBank(`${city.url}/oidc`, city.machines[machine]);
  const tokens = new Map<string, string>([['', await getToken(bank)]]);
  for (const { consentId } of consents) {
    const token = await getToken(bank, consentId).catch(() => undefined);
    if (token !== undefined) tokens.set(consentId, token);
  }
  return { bank, tokens };
}
