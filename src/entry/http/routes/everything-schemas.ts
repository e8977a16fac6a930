import { Type } from 'typebox';
import { PART_IDS } from '#rights';
import { Day, Instant, nullable } from '../schemas.ts';

const Words = Type.Object({ zh: Type.String(), en: Type.String() });
const head = {
  enterprise: Type.Object({ code: nullable(Type.String()), name: Type.String() }),
  asOf: Type.Unsafe<string>({
    ...Instant,
    description: '之后开始的不在内 · what began later is left out',
  }),
  knownAt: Type.Unsafe<string>({
    ...Instant,
    description: '记录以节点此刻所知为准 · records are as the node knew them at this instant',
  }),
};
const Part = Type.Object({
  id: Type.Enum([...PART_IDS]),
  title: Words,
  note: Words,
  total: Type.Integer({ description: '该部分共有几项 · items of the part' }),
});
const Statement = Type.Object({
  id: Type.String(),
  kind: Type.String(),
  at: Type.String(),
  leafHash: Type.String(),
  promiseMs: Type.Integer(),
  suite: Type.String(),
  kid: Type.String(),
  signature: Type.String(),
  group: Type.Optional(
    Type.Object({ index: Type.Integer(), size: Type.Integer(), hashes: Type.Array(Type.String()) }),
  ),
});
const Inclusion = Type.Object({
  index: Type.Integer(),
  size: Type.Integer(),
  hashes: Type.Array(Type.String({ description: 'base64' })),
  checkpoint: Type.String({ description: 'C2SP signed note' }),
});
const Item = Type.Object({
  id: Type.String({ description: '续页用 · give it as `after` for what follows' }),
  at: nullable(Instant),
  words: Words,
  receiptId: nullable(Type.String()),
  facts: Type.Object(
    {},
    {
      additionalProperties: true,
      description: '该项的全部内容，因部分而异，见 docs/rights.md · everything of it; differs by part',
    },
  ),
});

/** Without a part: what there is, and how much of it. With one: a page of it. */
export const EverythingAnswer = Type.Object({
  ...head,
  parts: Type.Array(Part, {
    description: '全部部分；查询某一部分时只有它 · every part, or the one asked for',
  }),
  items: Type.Array(Item),
  receipts: Type.Array(Type.Object({ receipt: Statement, included: nullable(Inclusion) }), {
    description: '仅当 proofs=true：各项的回执和包含证明 · with proofs=true alone',
  }),
  next: nullable(Type.String()),
  disclosureId: nullable(
    Type.String({
      description: '本次查询自身的留痕，凡含记录内容的部分 · this reading, where it holds values',
    }),
  ),
});

export const ExportAnswer = Type.Object({
  exportId: Type.String(),
  state: Type.Enum(['asked', 'made', 'failed', 'removed']),
  asOf: nullable(Day),
  askedAt: Instant,
  madeAt: nullable(Instant),
  removeAt: nullable(
    Type.Unsafe<string>({ ...Instant, description: '在此之前可下载 · it can be fetched until then' }),
  ),
  items: nullable(Type.Integer()),
  bytes: nullable(Type.Integer()),
  digest: nullable(Type.String({ description: 'SHA-256, hex' })),
  disclosureId: nullable(Type.String()),
  receiptId: nullable(Type.String()),
  refusal: nullable(Type.String({ description: '未能制作的原因，见 docs/errors.md · why it was not made' })),
});
export const ExportsAnswer = Type.Object({ exports: Type.Array(ExportAnswer) });
