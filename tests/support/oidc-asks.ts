import { randomUUID } from 'node:crypto';
import * as oauth from 'openid-client';
import { basic } from '../flows/http-node.ts';
import type { BankClient } from './oidc-client.ts';

export type Answered = { readonly status: number; readonly code: string | undefined; readonly body: unknown };

/** One call under a token as the library makes it; a refusal comes back with its code. */
export async function callAs(
  { config, dpop }: BankClient,
  token: string,
  { url, method = 'POST', body }: { url: string; method?: string; body?: object },
): Promise<Answered> {
  const headers = new Headers({ 'idempotency-key': randomUUID() });
  if (body !== undefined) headers.set('content-type', 'application/json');
  const text = body === undefined ? undefined : JSON.stringify(body);
  try {
    return await read(
      await oauth.fetchProtectedResource(config, token, new URL(url), method, text, headers, { DPoP: dpop }),
    );
  } catch (error) {
    if (!(error instanceof oauth.WWWAuthenticateChallengeError)) throw error;
    return await read(error.response);
  }
}

export async function read(response: Response): Promise<Answered> {
  const body = (await response.json()) as { error?: { code: string } };
  return { status: response.status, code: body.error?.code, body };
}

/** The enterprise's signatory agrees, by its own sign-in. */
export async function grantAs(publicUrl: string, login: string, consentId: string): Promise<Answered> {
  const authorization = basic(login);
  const words = await fetch(`${publicUrl}/api/v1/consents/${consentId}/words`, {
    headers: { authorization },
  });
  const { digest } = (await words.json()) as { digest: string };
  return await read(
    await fetch(`${publicUrl}/api/v1/consents/${consentId}/grant`, {
      method: 'POST',
      headers: { authorization, 'content-type': 'application/json' },
      body: JSON.stringify({ digest }),
    }),
  );
}

/** Requests of this client from now on, as they went out. */
export function recordRequests({ config }: BankClient): { url: string; init: RequestInit }[] {
  const sent: { url: string; init: RequestInit }[] = [];
  config[oauth.customFetch] = async (url, { method, headers, body, redirect, signal }) => {
    const init: RequestInit = { method, headers, redirect, ...(body == null ? {} : { body }) };
    sent.push({ url, init });
    return await fetch(url, { ...init, ...(signal ? { signal } : {}) });
  };
  return sent;
}
