import * as oauth from 'openid-client';
import { newAddress } from '../flows/http-node.ts';
import { type BankClient, REDIRECT } from './oidc-client.ts';

/** As much of a browser as consent by redirect needs: cookies with their paths, pages, links that lead on, forms. */
export type PageReader = {
  open(url: string | URL): Promise<Page>;
  submit(page: Page, action: string, values: Record<string, string>): Promise<Page>;
};

export type Page = { readonly url: URL; readonly status: number; readonly text: string };

type Cookie = {
  readonly origin: string;
  readonly name: string;
  readonly value: string;
  readonly path: string;
};

/** Stops before it leaves these sites, the node's first: the address of the bank is the last page. */
export function openReader(node: URL, ...others: readonly URL[]): PageReader {
  const cookies = new Map<string, Cookie>();
  // Each is another person's, as a proxy would say: a node bounds the sign-ins of one address.
  const from = newAddress();
  const sites = new Set([node, ...others].map(({ origin }) => origin));
  const go = async (url: URL, init: RequestInit = {}): Promise<Page> => {
    if (!sites.has(url.origin)) return { url, status: 0, text: '' };
    const cookie = [...cookies.values()]
      .filter(({ origin, path }) => origin === url.origin && url.pathname.startsWith(path))
      .map(({ name, value }) => `${name}=${value}`)
      .join('; ');
    const headers = { 'x-forwarded-for': from, ...init.headers, ...(cookie === '' ? {} : { cookie }) };
    const answer = await fetch(url, { ...init, headers, redirect: 'manual' });
    for (const line of answer.headers.getSetCookie()) keep(cookies, url.origin, line);
    const location = answer.headers.get('location');
    const text = await answer.text();
    if (location !== null) return await go(new URL(location, url));
    const refresh = /http-equiv="refresh" content="0; url=([^"]+)"/.exec(text)?.[1];
    if (refresh !== undefined) return await go(new URL(refresh.replaceAll('&amp;', '&'), url));
    return { url, status: answer.status, text };
  };
  return {
    open: (url) => go(new URL(url)),
    submit(page, action, values) {
      if (!page.text.includes(`action="${action}"`)) throw new Error(`no form for ${action}: ${page.text}`);
      const body = new URLSearchParams(values);
      return go(new URL(action, page.url), { method: 'POST', body, headers: { origin: node.origin } });
    },
  };
}

function keep(cookies: Map<string, Cookie>, origin: string, line: string): void {
  const [pair = '', ...attributes] = line.split(';').map((part) => part.trim());
  const name = pair.slice(0, pair.indexOf('='));
  const value = pair.slice(pair.indexOf('=') + 1);
  const path = attributes.find((one) => /^path=/i.test(one))?.slice(5) ?? '/';
  const key = `${origin} ${name}`;
  if (value === '') cookies.delete(key);
  else cookies.set(key, { origin, name, value, path });
}

/** Pushes a request and returns where the bank sends the browser, with what it keeps for the code. */
export async function pushRequest(
  { config, dpop }: BankClient,
  detail: object,
  over: Record<string, string> = {},
): Promise<{ url: URL; verifier: string; state: string }> {
  const verifier = oauth.randomPKCECodeVerifier();
  const state = oauth.randomState();
  const url = await oauth.buildAuthorizationUrlWithPAR(
    config,
    {
      redirect_uri: REDIRECT,
      code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      state,
      authorization_details: JSON.stringify([detail]),
      ...over,
    },
    { DPoP: dpop },
  );
  return { url, verifier, state };
}

/** The code for tokens, as the bank does when its customer is back. */
export function redeem(
  { config, dpop }: BankClient,
  back: URL,
  { verifier, state }: { verifier: string; state: string },
) {
  const checks = { pkceCodeVerifier: verifier, expectedState: state };
  return oauth.authorizationCodeGrant(config, back, checks, {}, { DPoP: dpop });
}

/** Hidden value of a form on the page. */
export function valueOf(page: Page, name: string): string {
  const found = new RegExp(`name="${name}" value="([^"]*)"`).exec(page.text)?.[1];
  if (found === undefined) throw new Error(`no ${name} on the page: ${page.text}`);
  return found;
}
