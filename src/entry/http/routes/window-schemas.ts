import { type Static, type TSchema, Type } from 'typebox';
import { type Matter, DOCUMENTS, REJECT_REASONS, WINDOW_ACT_IDS } from '#rights';
import { ContractId, EnterpriseCode, Instant, nullable } from '../schemas.ts';
import { ComplaintFiled } from './complaint-schemas.ts';
import { Application, ReviewAsked, Statement, Withdrawal } from './objection-schemas.ts';
import { RepairApplied } from './repair-schemas.ts';

const strict = { additionalProperties: false } as const;
const Words = Type.Object({ zh: Type.String(), en: Type.String() });
const Sha256 = Type.String({ pattern: '^[0-9a-f]{64}$' });
const RecordId = Type.String({ pattern: '^[0-9a-z_-]{1,40}:[0-9]{1,9}$' });
const id = (head: string) => Type.String({ pattern: `^${head}_[0-9a-z]{20,40}$` });
const EntryId = Type.String({ pattern: '^wen_[0-9a-z]{26}$' });
const Act = Type.Enum([...WINDOW_ACT_IDS]);
const State = Type.Enum(['entered', 'in_effect', 'acting', 'done', 'rejected', 'lapsed'], {
  description:
    'entered 待复核未生效, in_effect 已生效待复核, acting 办理中, done 复核通过, rejected 退回, lapsed 逾期',
});
const Capacity = Type.Enum(['legal_representative', 'agent'], { description: '法定代表人, 经办人' });
const Document = Type.Enum([...DOCUMENTS], {
  description: 'resident_id 居民身份证, passport 护照, residence_permit 居留证件, other 其他',
});

function matter<Id extends Matter['act'], Asked extends TSchema>(act: Id, asked: Asked) {
  return Type.Object({ act: Type.Literal(act), asked }, strict);
}

const objection = { objection: id('obj') };
const Matters = Type.Union(
  [
    matter('objection', Type.Object({ application: Application }, strict)),
    matter('objection_statement', Type.Object({ ...objection, ...Statement.properties }, strict)),
    matter('objection_review', Type.Object({ ...objection, ...ReviewAsked.properties }, strict)),
    matter('objection_withdrawal', Type.Object({ ...objection, ...Withdrawal.properties }, strict)),
    matter('repair', Type.Object({ application: RepairApplied }, strict)),
    matter('complaint', Type.Object({ complaint: ComplaintFiled }, strict)),
    matter(
      'registration',
      Type.Object(
        {
          name: Type.String({ minLength: 2, maxLength: 200 }),
          representative: Type.String({ minLength: 1, maxLength: 100 }),
        },
        strict,
      ),
    ),
    matter(
      'item',
      Type.Object(
        {
          contract: ContractId,
          values: Type.Record(Type.String({ maxLength: 60 }), Type.String({ maxLength: 4000 })),
        },
        strict,
      ),
    ),
    matter('item_withdrawal', Type.Object({ item: Type.String({ maxLength: 80 }) }, strict)),
    matter('pledge', Type.Object({ templateHash: Sha256 }, strict)),
    matter('pledge_withdrawal', Type.Object({ pledge: id('pld') }, strict)),
    matter('decline_use', Type.Object({ record: RecordId }, strict)),
    matter('allow_use', Type.Object({ record: RecordId }, strict)),
    matter('consent_revocation', Type.Object({ consent: Type.String({ maxLength: 80 }) }, strict)),
    matter('self_query', Type.Object({}, strict)),
  ],
  { description: '事项及其内容，与企业自行办理时相同 · the matter, as the enterprise itself would send it' },
);

/** What a clerk enters; `scan` and `mandate` are digests that `PUT /api/v1/window/scans` answered. */
export const EntryBody = Type.Object(
  {
    enterprise: EnterpriseCode,
    person: Type.Object(
      {
        document: Document,
        name: Type.String({ minLength: 1, maxLength: 60 }),
        number: Type.String({ minLength: 6, maxLength: 30 }),
      },
      strict,
    ),
    capacity: Capacity,
    scan: Sha256,
    mandate: Type.Optional(Sha256),
    matter: Matters,
  },
  {
    ...strict,
    examples: [
      {
        enterprise: '91110108MA01ABCD3N',
        person: { document: 'resident_id', name: '某某', number: '11010519491231002X' },
        capacity: 'legal_representative',
        scan: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
        matter: { act: 'self_query', asked: {} },
      },
    ],
  },
);
export type WireMatter = Static<typeof EntryBody>['matter'];

export const OfEntry = Type.Object({ id: EntryId });
export const ScanQuery = Type.Object({ enterprise: EnterpriseCode }, strict);
export const WhichScan = Type.Object(
  { which: Type.Optional(Type.Enum(['signed', 'mandate'], { description: '签署件, 委托书' })) },
  strict,
);
export const EntriesQuery = Type.Object(
  {
    open: Type.Optional(Type.Boolean({ description: '只看待复核的 · open ones alone' })),
    before: Type.Optional(EntryId),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 100 })),
  },
  strict,
);
export const CheckBody = Type.Object(
  { digest: Sha256 },
  { ...strict, examples: [{ digest: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08' }] },
);
export const RejectBody = Type.Object(
  {
    reason: Type.Enum([...REJECT_REASONS], {
      description:
        'scan_unreadable 扫描件不清, not_the_person 身份不符, not_as_signed 与签署不一致, withdrawn 本人撤回, not_possible 不能办理',
    }),
  },
  { ...strict, examples: [{ reason: 'not_as_signed' }] },
);

export const ScanAnswer = Type.Object({
  digest: Sha256,
  contentType: Type.String(),
  bytes: Type.Integer(),
  isScanned: Type.Boolean({ description: 'False: no scanner is set on this node' }),
});
export const EnteredAnswer = Type.Object({
  entryId: EntryId,
  state: State,
  digest: Sha256,
  checkBy: Instant,
  madeId: nullable(Type.String()),
  receiptId: Type.String(),
});
const line = {
  entryId: EntryId,
  act: Act,
  words: Words,
  state: State,
  enteredAt: Instant,
  checkBy: Instant,
  decidedAt: nullable(Instant),
  reason: nullable(Type.String()),
  refusal: nullable(Type.String()),
  isOwn: Type.Boolean({ description: '本人录入的，须由另一人复核 · entered by the caller' }),
};
export const EntriesAnswer = Type.Object({
  entries: Type.Array(Type.Object(line)),
  before: nullable(EntryId),
});
export const EntryAnswer = Type.Object({
  ...line,
  enterprise: Type.Object({ code: nullable(Type.String()), name: Type.String() }),
  person: Type.Object({
    document: Document,
    name: Type.String(),
    number: Type.String({ description: '只留末四位 · its last digits alone' }),
  }),
  capacity: Capacity,
  asked: Type.Object({}, { additionalProperties: true, description: '录入的内容 · what was entered' }),
  digest: Sha256,
  scanDigest: Sha256,
  mandateDigest: nullable(Sha256),
  madeId: nullable(Type.String()),
  receiptId: Type.String(),
  decidedReceiptId: nullable(Type.String()),
});
export const DecidedAnswer = Type.Object({
  entryId: EntryId,
  state: State,
  madeId: nullable(Type.String()),
  refusal: nullable(Type.String()),
  receiptId: Type.String(),
});
