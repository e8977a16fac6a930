import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout } from 'node:timers/promises';
import type Provider from 'oidc-provider';
import { errors, type InteractionResults } from 'oidc-provider';
import type { Clock, Database } from '#kernel';
import type { Caller } from '#security';
import type { ClientBook, ClientFacts } from '../clients/client-book.ts';
import type { ConsentAsked, ConsentType, ConsentWords } from '../consent-type.ts';
import { identityRefusal } from '../identity-refusals.ts';
import { askedBy } from './authorization-details.ts';
import type { NewGrant } from './backchannel.ts';
import { API_SCOPE } from './provider-options.ts';

/** One browser's request and response, which carry the cookie that ties it to its interaction. */
export type Browser = { readonly request: IncomingMessage; readonly response: ServerResponse };

/** What the person at the browser is asked; who asks is shown by the name its participant is registered under. */
export type ConsentQuestion = { readonly client: ClientFacts; readonly words: ConsentWords };

/** The step at which a browser that a bank has sent stands before the enterprise. */
export type Interactions = {
  /** Throws `consent.interaction_over`, `consent.enterprise_only`, or what the consent type refuses. */
  ask(browser: Browser, caller: Caller): Promise<ConsentQuestion>;
  /** Each returns the address at which the browser goes on to the bank. The same answer given twice counts once. */
  allow(browser: Browser, by: { caller: Caller; digest: string }): Promise<string>;
  refuse(browser: Browser, by: { caller: Caller }): Promise<string>;
};

export type InteractionParts = {
  readonly database: Database;
  readonly clock: Clock;
  readonly clients: ClientBook;
  readonly consentType: ConsentType;
  readonly audience: string;
  /** The server with the keys of now; state is shared, so that any instance goes on with any interaction. */
  readonly provider: () => Provider;
};

export function openInteractions(parts: InteractionParts): Interactions {
  const { consentType } = parts;
  return {
    async ask(browser, caller) {
      const { asked, client } = await readInteraction(parts, browser);
      if (caller.enterpriseId === null) throw identityRefusal('consent.enterprise_only');
      return { client, words: await consentType.describe(asked, caller.enterpriseId) };
    },
    allow: (browser, by) =>
      answerOnce(parts, browser, async ({ asked, provider }) => {
        if (by.caller.enterpriseId === null) throw identityRefusal('consent.enterprise_only');
        const consentId = await consentType.onGranted(asked, by);
        const accountId = by.caller.id;
        const { clientId } = asked;
        await saveGrant(provider, { consentId, clientId, accountId }, parts);
        return { login: { accountId, remember: false }, consent: { grantId: consentId } };
      }),
    refuse: (browser, by) =>
      answerOnce(parts, browser, async ({ asked }) => {
        if (by.caller.enterpriseId === null) throw identityRefusal('consent.enterprise_only');
        await consentType.onRejected(asked, by);
        return { error: 'access_denied', error_description: 'the enterprise declined' };
      }),
  };
}

type Open = {
  readonly uid: string;
  readonly asked: ConsentAsked;
  readonly client: ClientFacts;
  readonly provider: Provider;
  readonly returnTo: string;
};

async function readInteraction(parts: InteractionParts, { request, response }: Browser): Promise<Open> {
  const provider = parts.provider();
  try {
    const { uid, params, returnTo } = await provider.interactionDetails(request, response);
    const details: unknown = JSON.parse(String(params.authorization_details));
    const client = await parts.clients.read(String(params.client_id));
    if (client === undefined || !Array.isArray(details)) throw identityRefusal('consent.interaction_over');
    const asked = await askedBy(parts.clients, client.clientId, details[0]);
    return { uid, asked, client, provider, returnTo };
  } catch (error) {
    if (error instanceof errors.OIDCProviderError) throw identityRefusal('consent.interaction_over');
    throw error;
  }
}

/**
 * Takes the interaction before anything is written, so that a button pressed twice grants once; gives it back when the
 * answer was refused. A second press goes on to the bank like the first.
 */
async function answerOnce(
  parts: InteractionParts,
  browser: Browser,
  answer: (open: Open) => Promise<InteractionResults>,
): Promise<string> {
  const open = await readInteraction(parts, browser);
  if (!(await take(parts, open.uid))) return await waitForAnswer(open);
  try {
    const result = await answer(open);
    return await open.provider.interactionResult(browser.request, browser.response, result, {
      mergeWithLastSubmission: false,
    });
  } catch (error) {
    await giveBack(parts, open.uid);
    throw error;
  }
}

const WAIT_MS = 100;
const WAITS_MAX = 50;

/** Going on before the first press has left its answer would end the interaction without one. */
async function waitForAnswer({ uid, provider, returnTo }: Open): Promise<string> {
  for (let waits = 0; waits < WAITS_MAX; waits += 1) {
    const interaction = await provider.Interaction.find(uid);
    if (interaction === undefined) break;
    if (interaction.result !== undefined) return returnTo;
    await setTimeout(WAIT_MS);
  }
  throw identityRefusal('consent.interaction_over');
}

async function take({ database, clock }: InteractionParts, uid: string): Promise<boolean> {
  const { rowCount } = await database.pool.query(
    `update platform.oauth_state set consumed_at = $2
     where model = 'Interaction' and id = $1 and consumed_at is null`,
    [uid, clock.now()],
  );
  return rowCount === 1;
}

async function giveBack({ database }: InteractionParts, uid: string): Promise<void> {
  await database.pool.query(
    "update platform.oauth_state set consumed_at = null where model = 'Interaction' and id = $1",
    [uid],
  );
}

/** Made afresh from this request alone; nothing of an earlier grant to the same client is in it. */
export async function saveGrant(
  provider: Provider,
  { consentId, clientId, accountId, scope }: NewGrant,
  { audience, consentType }: Pick<InteractionParts, 'audience' | 'consentType'>,
): Promise<void> {
  const grant = new provider.Grant({ accountId, clientId });
  if (scope !== undefined) grant.addOIDCScope(scope);
  grant.jti = consentId;
  grant.addResourceScope(audience, API_SCOPE);
  grant.addRar({ type: consentType.type, consent_id: consentId });
  await grant.save();
}
