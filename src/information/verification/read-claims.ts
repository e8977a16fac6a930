import { type Claim, type Contract, type Field, readClaim, type RecordSelector } from '#lists';
import type { Permit } from '#security';
import { type Band, bandsOf } from './load-rules.ts';
import { verificationRefusal } from './verification-refusals.ts';
import type { ClaimRequest, VerificationContext } from './verification-shape.ts';

/** A claim that may be made and can be read. */
export type ReadableClaim = {
  /** Place in the request. */
  readonly at: number;
  readonly field: Field;
  readonly claim: Claim;
  readonly record: RecordSelector;
  /** Present: the band is asked for. */
  readonly bands: readonly Band[] | undefined;
};

/**
 * Reads every claim, or refuses the request for the first that the Permit does not let be verified or that cannot be
 * read. What is of a natural person and no law publishes is compared with nothing: a match would give it. The claimed text never
 * stands in a refusal.
 */
export function readClaims(
  { lists, rules, personGate }: Pick<VerificationContext, 'lists' | 'rules' | 'personGate'>,
  { permit, contract }: { permit: Permit; contract: Contract },
  claims: readonly ClaimRequest[],
): ReadableClaim[] {
  const { codeTables } = lists.catalogue;
  const read = (name: string, text: string): { field: Field; claim: Claim } => {
    const field = requireVerifiable(permit, contract, name);
    if (personGate.guards(contract.id, name))
      throw verificationRefusal('verification.field_not_verifiable', { contract: contract.id, field: name });
    const claim = readClaim(field, codeTables, text);
    if ('defect' in claim)
      throw verificationRefusal('verification.value_unreadable', { field: name, reason: claim.defect });
    return { field, claim };
  };
  return claims.map(({ field: name, value, answer = 'match', record = 'latest' }, at) => {
    const { field, claim } = read(name, value);
    const bands = answer === 'band' ? bandsOf(rules, field.kind) : undefined;
    if (answer === 'band' && bands === undefined)
      throw verificationRefusal('verification.no_bands', { field: name });
    const selector = record === 'latest' ? record : readKey(contract, record, read);
    return { at, field, claim, record: selector, bands };
  });
}

function requireVerifiable(permit: Permit, contract: Contract, name: string): Field {
  const field = contract.fields.find((candidate) => candidate.name === name);
  const named = { contract: contract.id, field: name.slice(0, 60) };
  if (field === undefined) throw verificationRefusal('verification.field_unknown', named);
  if (!permit.verifiable(contract.id).includes(name))
    throw verificationRefusal('verification.field_not_verifiable', named);
  return field;
}

/** Every field of the key is verified too in a way: whether the record is found tells of it. */
function readKey(
  { id, naturalKey }: Contract,
  key: Readonly<Record<string, string>>,
  read: (name: string, text: string) => { claim: Claim },
): RecordSelector {
  const isWhole =
    naturalKey.length > 0 &&
    Object.keys(key).length === naturalKey.length &&
    naturalKey.every((name) => Object.hasOwn(key, name));
  if (!isWhole) {
    const fields = naturalKey.join(', ') || 'latest';
    throw verificationRefusal('verification.record_key_incomplete', { contract: id, fields });
  }
  return Object.fromEntries(naturalKey.map((name) => [name, read(name, key[name] ?? '').claim]));
}
