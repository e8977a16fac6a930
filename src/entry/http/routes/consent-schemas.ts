import { type Static, Type } from 'typebox';
import { CONSENT_ACTS, ConsentRequest, type ConsentRecord } from '#consent';
import type { Tx } from '#kernel';
import { type Catalogue } from '#lists';
import { type AdmissionUse, type ParticipantName, readParticipants } from '#platform';
import { CONSENT_STATES } from '#security';
import { Day, Instant, nullable, toWire } from '../schemas.ts';

const strict = { additionalProperties: false } as const;
const TwoLanguages = Type.Object({ zh: Type.String(), en: Type.String() });
const State = Type.Enum([...CONSENT_STATES]);
const Participant = Type.String({ pattern: '^[a-z0-9][a-z0-9_-]{1,63}$' });
const Digest = Type.String({ pattern: '^[0-9a-f]{64}$', description: 'SHA-256 of the words that were read' });

export const ConsentId = Type.String({ minLength: 1, maxLength: 60 });

/** For whom a request or an entry is made, beside what it says. */
const use = {
  institution: Type.Optional(Participant),
  operator: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 64,
      description: 'The person at the institution, as it names them',
    }),
  ),
};
export const AskBody = Type.Object({ ...ConsentRequest.properties, ...use }, strict);
export const PaperBody = Type.Object(
  {
    ...ConsentRequest.properties,
    operator: use.operator,
    scanDigest: Type.String({ pattern: '^[0-9a-f]{64}$', description: 'From PUT /api/v1/consent-scans' }),
    signedOn: Type.String({ pattern: '^[0-9]{4}-[0-9]{2}-[0-9]{2}$', format: 'date' }),
  },
  strict,
);
export const DigestBody = Type.Object({ digest: Digest }, strict);

export const Pending = Type.Object({
  consentId: Type.String(),
  state: State,
  code: Type.String(),
  link: Type.String({ format: 'uri' }),
  qr: Type.String({ description: 'The link as a QR code, SVG' }),
  expiresAt: Instant,
  words: Type.Array(TwoLanguages),
  digest: Digest,
});
export const Entered = Type.Object({
  consentId: Type.String(),
  state: State,
  words: Type.Array(TwoLanguages),
  digest: Digest,
  confirmBy: Instant,
});
/** All that an asker learns before the enterprise has answered, and after. */
export const StateView = Type.Object({
  consentId: Type.String(),
  state: State,
  version: Type.Integer(),
  answerBy: Instant,
  validTo: Instant,
});
export const Changed = Type.Object({
  consentId: Type.String(),
  version: Type.Integer(),
  state: State,
  receiptId: Type.String(),
});

const Named = Type.Object({ id: Type.String(), name: TwoLanguages });
/** A consent as the enterprise sees it. */
export const ConsentView = Type.Object({
  consentId: Type.String(),
  version: Type.Integer(),
  state: State,
  institution: Named,
  branch: nullable(Named),
  platforms: Type.Array(Named),
  purpose: Type.String(),
  product: nullable(Type.String()),
  contracts: Type.Array(
    Type.Object({
      id: Type.String(),
      name: Type.String(),
      fields: Type.Array(Type.String()),
      verifyOnly: Type.Array(Type.String()),
    }),
  ),
  fetch: Type.Enum(['once', 'periodic']),
  frequency: nullable(Type.Object({ count: Type.Integer(), unit: Type.String() })),
  dataFrom: Day,
  dataTo: nullable(Day),
  validFrom: nullable(Instant),
  validTo: Instant,
  dataLife: Type.Object({ count: Type.Integer(), unit: Type.String() }),
  onwardSharing: Type.Literal(false),
  givenHow: Type.Enum(['redirect', 'decoupled', 'paper']),
  paper: nullable(Type.Object({ type: Type.String(), signedOn: Day })),
  words: Type.Array(TwoLanguages),
  digest: Digest,
  template: Type.String(),
  fairUseHash: Type.String(),
  requestedAt: Instant,
  answerBy: Instant,
  uses: Type.Integer(),
  lastUsedAt: nullable(Instant),
  seal: nullable(
    Type.Object({
      use: Type.String(),
      suite: Type.String(),
      kid: Type.String(),
      statement: Type.String(),
      signature: Type.String(),
    }),
  ),
  history: Type.Array(
    Type.Object({
      version: Type.Integer(),
      state: State,
      reason: Type.String({
        description: `What happened: one of the acts ${CONSENT_ACTS.join(', ')}, or the asking`,
      }),
      at: Instant,
      capacity: nullable(Type.String()),
      receiptId: nullable(Type.String()),
    }),
  ),
});
export type ConsentView = Static<typeof ConsentView>;

/** With the names as they are registered now; the words keep those that were read. */
export async function toViews(
  tx: Tx,
  { contracts }: Pick<Catalogue, 'contracts'>,
  records: readonly ConsentRecord[],
): Promise<ConsentView[]> {
  const ids = records.flatMap(({ institutionId, branchId, platforms }) => [
    institutionId,
    ...(branchId === null ? [] : [branchId]),
    ...platforms,
  ]);
  const names = await readParticipants(tx, ids);
  return records.map((record) => ({
    ...toWire(plainOf(record)),
    ...partiesOf(record, names),
    contracts: Object.entries(record.scope).map(([id, { fields, verifyOnly }]) => ({
      id,
      name: contracts.get(id)?.name ?? id,
      fields: [...fields],
      verifyOnly: [...verifyOnly],
    })),
  }));
}

/** Without what is the register's own, and what is said by name instead. */
function plainOf(record: ConsentRecord) {
  const { enterpriseId: _enterprise, institutionId: _institution, branchId: _branch, ...rest } = record;
  const {
    platforms: _platforms,
    scope: _scope,
    requestedBy: _by,
    requestedThrough: _through,
    ...plain
  } = rest;
  const { paper } = record;
  return { ...plain, paper: paper === null ? null : { type: paper.type, signedOn: paper.signedOn } };
}

function partiesOf(
  { institutionId, branchId, platforms }: ConsentRecord,
  names: ReadonlyMap<string, ParticipantName>,
) {
  const named = (id: string) => ({ id, name: names.get(id)?.name ?? { zh: id, en: id } });
  return {
    institution: named(institutionId),
    branch: branchId === null ? null : named(branchId),
    platforms: platforms.map(named),
  };
}

/** Who uses it, as `proveAdmission` asks; the caller itself where nobody is named. */
export function useOf(
  caller: { readonly id: string },
  { institution, branch, operator }: { institution?: string; branch?: string; operator?: string },
): AdmissionUse {
  return {
    operator: operator ?? caller.id,
    ...(institution === undefined ? {} : { institutionId: institution }),
    ...(branch === undefined ? {} : { branchId: branch }),
  };
}
