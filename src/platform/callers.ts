import { type EnterpriseId, proofMaker, toEnterpriseId } from '#kernel';
import type { Caller, CallerFacts } from '#security';
import type { Role } from './roles.ts';
import type { AccountKind } from './tables.ts';

/** The only maker of callers: whoever acts was authenticated here, or is the node's own shell or job. */
const proveCaller = proofMaker<'Caller', CallerFacts>('Caller');

/** What the sign-in of an account proves. Private to platform. */
export type AccountFacts = {
  readonly account_id: string;
  readonly kind: AccountKind;
  readonly roles: readonly string[];
  readonly organisation: string | null;
  readonly participant_id: string | null;
  readonly enterprise_id: string | null;
};

export function accountCaller(account: AccountFacts): Caller {
  return proveCaller({
    id: account.account_id,
    kind: account.kind,
    roles: Object.freeze([...account.roles]),
    organisation: account.organisation,
    participantId: account.participant_id,
    enterpriseId: account.enterprise_id === null ? null : toEnterpriseId(account.enterprise_id),
  });
}

/**
 * The person at the machine's shell: the operating system has authenticated them, and they can reach the keys.
 * Each command acts in the one duty it needs, so that the log shows which it was.
 */
export function commandLineCaller(user: string, duty: Role = 'data_admin'): Caller {
  return proveCaller({
    id: `cli:${user}`,
    kind: 'operator',
    roles: Object.freeze([duty]),
    organisation: null,
    participantId: null,
    enterpriseId: null,
  });
}

/**
 * The same person, entering a sheet that an institution handed over, or a platform for it: they act for that participant,
 * in the duty of reporting and no other.
 */
export function commandLineReporter(
  user: string,
  handedOverBy: { readonly institutionId: string; readonly platformId?: string | undefined },
): Caller {
  const { institutionId, platformId } = handedOverBy;
  return proveCaller({
    id: `cli:${user}`,
    kind: platformId === undefined ? 'institution' : 'platform',
    roles: Object.freeze(['reporter']),
    organisation: null,
    participantId: platformId ?? institutionId,
    enterpriseId: null,
  });
}

/** Callers who are clients have ids that begin so. */
export const CLIENT_CALLER = 'client:';

/** A program of an institution or platform, by its access token. */
export function clientCaller(client: {
  readonly clientId: string;
  readonly participantId: string;
  readonly participantKind: 'institution' | 'platform';
}): Caller {
  return proveCaller({
    id: `${CLIENT_CALLER}${client.clientId}`,
    kind: client.participantKind,
    roles: Object.freeze(['machine']),
    organisation: null,
    participantId: client.participantId,
    enterpriseId: null,
  });
}

/** Callers who stand at the window have ids that begin so; the rest is the clerk's entry. */
export const WINDOW_CALLER = 'window:';

/** A person whom a clerk serves at the window: for one entry, and allowed what its mandate says and no more. */
export function windowCaller(person: {
  readonly entryId: string;
  readonly enterpriseId: EnterpriseId;
  readonly capacity: 'legal_representative' | 'agent';
}): Caller {
  return proveCaller({
    id: `${WINDOW_CALLER}${person.entryId}`,
    kind: 'enterprise',
    roles: Object.freeze([person.capacity]),
    organisation: null,
    participantId: null,
    enterpriseId: person.enterpriseId,
  });
}

/** The node itself in a scheduled job; `job` is the job's name. */
export function systemCaller(job: string): Caller {
  return proveCaller({
    id: `system:${job}`,
    kind: 'system',
    roles: Object.freeze([]),
    organisation: null,
    participantId: null,
    enterpriseId: null,
  });
}
