import type { Tx } from '#kernel';
import { type ParticipantName, readParticipants } from '#platform';
import { consentRefusal } from '../consent-refusals.ts';
import type { Line } from '../tables.ts';
import type { Parties, Terms } from './shape-terms.ts';

/** Names of those a consent speaks of, as they are registered now. */
export type PartyNames = {
  readonly institution: Line;
  readonly branch: Line | null;
  readonly platforms: readonly Line[];
};

/**
 * Reads the names of institution, office and platforms. Throws `consent.party_unknown` for an id that is not
 * registered as that, and for an office that does not belong to the institution.
 */
export async function readPartyNames(
  tx: Tx,
  { institutionId, branchId, platforms }: Pick<Terms, 'institutionId' | 'branchId' | 'platforms'>,
): Promise<PartyNames> {
  const ids = [institutionId, ...(branchId === null ? [] : [branchId]), ...platforms];
  const found = await readParticipants(tx, ids);
  const isOffice = ({ kind, lineage }: ParticipantName) =>
    kind === 'institution' && lineage[0] === institutionId;
  const isPlatform = ({ kind }: ParticipantName) => kind === 'platform';
  return {
    institution: nameOf(found, institutionId, isOffice),
    branch: branchId === null ? null : nameOf(found, branchId, isOffice),
    platforms: platforms.map((id) => nameOf(found, id, isPlatform)),
  };
}

function nameOf(
  found: ReadonlyMap<string, ParticipantName>,
  id: string,
  isRight: (participant: ParticipantName) => boolean,
): Line {
  const participant = found.get(id);
  if (participant === undefined || !isRight(participant)) {
    throw consentRefusal('consent.party_unknown', { party: id });
  }
  return participant.name;
}

/**
 * Whom an OAuth request is for: the client's own institution, or the one that a platform names. Throws
 * `consent.party_unknown`. Nothing is used under this: every use proves its admission anew.
 */
export async function readAskingParties(
  tx: Tx,
  asked: {
    readonly participantId: string;
    readonly participantKind: 'institution' | 'platform';
    readonly institution: string | undefined;
    readonly branch: string | undefined;
  },
): Promise<Parties> {
  const { participantId, participantKind, institution, branch } = asked;
  const isPlatform = participantKind === 'platform';
  const named = isPlatform ? institution : participantId;
  if (named === undefined) throw consentRefusal('consent.party_unknown', { party: 'institution' });
  const own = (await readParticipants(tx, [named])).get(named);
  const head = isPlatform ? named : (own?.lineage[0] ?? named);
  const found = (await readParticipants(tx, [head])).get(head);
  const isOther = institution !== undefined && institution !== head;
  if (found === undefined || found.kind !== 'institution' || found.institutionType === null || isOther) {
    throw consentRefusal('consent.party_unknown', { party: institution ?? head });
  }
  return {
    institutionId: head,
    institutionType: found.institutionType,
    branchId: branch ?? null,
    platformId: isPlatform ? participantId : null,
  };
}
