import assert from 'node:assert';
import { type CallerDescription, describeCallers, readParticipants } from '#platform';
import { type Access, listAccesses, listRefusedAttempts, PURPOSE_WORDS } from '#security';
import { begunBy, type OwnItem, type OwnPart, type OwnReading, type Words } from '../own-part.ts';
import { SELF_LIMITS } from '../self-limits.ts';

/** 被查询记录: whatever left or was derived, newest first, with who, for what, on what, and whether it came to nothing. */
export const accessesPart: OwnPart = {
  id: 'accesses',
  title: { zh: '被查询和被使用的记录', en: 'Accesses' },
  note: {
    zh: '何人、何时、以何用途、凭哪份授权得到了什么，含本企业自己的查询；“查而未用”为期限内未报告任何使用。',
    en: 'Who learnt what, when, for what, under which consent, own questions included; unused: no use was reported in time.',
  },
  holdsRecords: false,
  read: readAccesses,
};

async function readAccesses(reading: OwnReading): Promise<OwnItem[]> {
  const { tx, permit, context } = reading;
  const all = await listAccesses(tx, permit, { limit: SELF_LIMITS.itemsPerReadMax });
  const accesses = begunBy(reading, all, ({ at }) => at);
  const names = await readNames(reading, accesses);
  const unused = await context.readUnusedSince(
    tx,
    permit,
    accesses.map(({ id }) => id),
  );
  return accesses.map((access) => toItem(access, { names, unusedSince: unused.get(access.id) ?? null }));
}

type Names = {
  readonly of: (access: Access) => Words;
  readonly participant: (id: string | null) => Words | null;
};

/** A person of an institution is named as it names them; of the node's own people the office is. */
async function readNames({ tx }: OwnReading, accesses: readonly Access[]): Promise<Names> {
  const operators = new Set(accesses.map(({ operator }) => operator));
  const described = await describeCallers(tx, [...operators]);
  const ids = new Set(
    accesses.flatMap(({ institution, branch, platform }) => [institution, branch, platform]),
  );
  const known = await readParticipants(
    tx,
    [...ids].flatMap((id) => id ?? []),
  );
  const participant = (id: string | null): Words | null =>
    id === null ? null : (known.get(id)?.name ?? { zh: id, en: id });
  return {
    participant,
    of: ({ institution, operator }) => participant(institution) ?? required(described.get(operator)),
  };
}

function required(found: CallerDescription | undefined): CallerDescription {
  assert(found !== undefined, 'every id that was asked for is described');
  return found;
}

const KIND_WORDS: Readonly<Record<string, Words>> = {
  answer: { zh: '查询', en: 'query' },
  verification: { zh: '核验', en: 'verification' },
  report: { zh: '报告', en: 'report' },
  export: { zh: '导出', en: 'export' },
  score: { zh: '评价', en: 'score' },
  whitelist_entry: { zh: '白名单', en: 'whitelist' },
  alert: { zh: '预警', en: 'alert' },
};

export function purposeWords(purpose: string): Words {
  return new Map<string, Words>(Object.entries(PURPOSE_WORDS)).get(purpose) ?? { zh: purpose, en: purpose };
}

function toItem(access: Access, { names, unusedSince }: { names: Names; unusedSince: Date | null }): OwnItem {
  const { id, at, kind, purpose, operator, institution, branch, platform, ...rest } = access;
  const by = names.of(access);
  const [purposeSaid, kindSaid] = [purposeWords(purpose), KIND_WORDS[kind] ?? { zh: kind, en: kind }];
  const consent = access.consentId === null ? '' : `　授权 ${access.consentId}`;
  const unused = unusedSince === null ? '' : '【查而未用】';
  return {
    id,
    at,
    receiptId: access.receiptId,
    words: {
      zh: `${by.zh}　${kindSaid.zh}${unused}　用途 ${purposeSaid.zh}${consent}　目录 ${access.contracts.length} 个：${access.contracts.join('、')}　回执 ${access.receiptId}`,
      en: `${by.en}: ${kindSaid.en} for ${purposeSaid.en}${unusedSince === null ? '' : ', unused'}`,
    },
    facts: {
      ...rest,
      id,
      at,
      kind: { code: kind, ...kindSaid },
      purpose: { code: purpose, ...purposeSaid },
      by,
      operator: institution === null ? null : operator,
      institution: named(institution, names),
      branch: named(branch, names),
      platform: named(platform, names),
      unusedSince,
    },
  };
}

function named(id: string | null, { participant }: Names): object | null {
  return id === null ? null : { id, name: participant(id) };
}

/** 被拒绝的查询: what was asked for and refused, with the clause. */
export const refusedPart: OwnPart = {
  id: 'refused',
  title: { zh: '被拒绝的查询', en: 'Refused attempts' },
  note: {
    zh: '他人请求查询本企业而被拒绝的记录及依据条款；被拒绝的请求什么也没有得到。',
    en: 'Attempts about the enterprise that were refused, with the clause; they were told nothing.',
  },
  holdsRecords: false,
  read: readRefused,
};

async function readRefused(reading: OwnReading): Promise<OwnItem[]> {
  const { tx, permit } = reading;
  const all = await listRefusedAttempts(tx, permit, { limit: SELF_LIMITS.itemsPerReadMax });
  const attempts = begunBy(reading, all, ({ at }) => at);
  const known = await readParticipants(
    tx,
    attempts.flatMap(({ institution, platform }) => [institution ?? [], platform ?? []].flat()),
  );
  const nameOf = (id: string | null): Words | null =>
    id === null ? null : (known.get(id)?.name ?? { zh: id, en: id });
  return attempts.map(({ caller: _caller, ...attempt }): OwnItem => {
    const by = nameOf(attempt.institution) ??
      nameOf(attempt.platform) ?? { zh: '未登记的请求人', en: 'a caller of no institution' };
    const purpose =
      attempt.purpose === null ? null : { code: attempt.purpose, ...purposeWords(attempt.purpose) };
    return {
      id: attempt.receiptId,
      at: attempt.at,
      receiptId: attempt.receiptId,
      words: {
        zh: `${by.zh}　被拒绝：${attempt.code}（第${attempt.clause}条）　用途 ${purpose?.zh ?? '未说明'}　回执 ${attempt.receiptId}`,
        en: `${by.en}: refused, ${attempt.code} (clause ${attempt.clause})`,
      },
      facts: { ...attempt, by, purpose },
    };
  });
}
