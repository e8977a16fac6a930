import type { CodeKind, ReviewReason } from '../tables.ts';

/** A subject as a file names it, parsed: its code in one of the known forms, its name as a matching key. */
export type Subject = {
  readonly code: string;
  readonly name: string;
  readonly nameKey: string;
  readonly form:
    | 'uscc'
    | 'organisation'
    | 'old_registration'
    | 'old_tax'
    | 'id_card_shaped'
    | 'other'
    | 'none';
  readonly checksumOk: boolean;
  readonly organisationCode: string | null;
};

/** What the register knows that could be this subject. */
export type Candidates = {
  /** The enterprise a person chose for exactly this code and name. */
  readonly byPerson: string | null;
  /** The enterprise that carries this organisation code, if any. */
  readonly byOrganisationCode: string | null;
  /** Enterprises of exactly this name, with the kinds of code each already carries. */
  readonly byName: readonly { readonly enterpriseId: string; readonly codeKinds: readonly CodeKind[] }[];
};

export type SubjectDecision =
  | { readonly kind: 'matched'; readonly enterpriseId: string; readonly attachCode: boolean }
  | { readonly kind: 'new'; readonly standing: 'registered' | 'provisional' }
  | { readonly kind: 'held'; readonly reason: ReviewReason; readonly candidates: readonly string[] };

/**
 * Whose rows these are, when the code itself is not in the register: by organisation code, then by name.
 * Same name with another code is never merged by itself, and a doubtful number never makes an enterprise:
 * both wait for a person.
 */
export function decideSubject(
  subject: Subject,
  candidates: Candidates,
  { registers, mayRegister }: { registers: boolean; mayRegister: boolean },
): SubjectDecision {
  const names = candidates.byName.map(({ enterpriseId }) => enterpriseId);
  if (candidates.byPerson !== null) return matched(candidates.byPerson, false);
  if (subject.form === 'id_card_shaped') return held('id_card_shaped', names);
  if (subject.form === 'uscc' && !subject.checksumOk) return held('checksum_mismatch', names);
  if (candidates.byOrganisationCode !== null) return matched(candidates.byOrganisationCode, true);
  if (names.length > 1) return held('name_ambiguous', names);
  const [sameName] = candidates.byName;
  if (sameName !== undefined) return decideByName(subject, sameName);
  if (subject.form === 'uscc' && mayRegister) {
    return { kind: 'new', standing: registers ? 'registered' : 'provisional' };
  }
  return held('code_unknown', names);
}

function decideByName(
  subject: Subject,
  sameName: { readonly enterpriseId: string; readonly codeKinds: readonly CodeKind[] },
): SubjectDecision {
  if (subject.form === 'none') return matched(sameName.enterpriseId, false);
  const isOldNumber = subject.form === 'old_registration' || subject.form === 'old_tax';
  if (isOldNumber && !sameName.codeKinds.includes(subject.form)) return matched(sameName.enterpriseId, true);
  return held('same_name_other_code', [sameName.enterpriseId]);
}

function matched(enterpriseId: string, attachCode: boolean): SubjectDecision {
  return { kind: 'matched', enterpriseId, attachCode };
}

function held(reason: ReviewReason, candidates: readonly string[]): SubjectDecision {
  return { kind: 'held', reason, candidates };
}
