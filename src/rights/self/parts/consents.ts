import { type ConsentRecord, listConsents, STATE_WORDS } from '#consent';
import { beijingDate } from '#kernel';
import { listMandates, readParticipants } from '#platform';
import { begunBy, type OwnItem, type OwnPart, type OwnReading, type Words } from '../own-part.ts';
import { purposeWords } from './accesses.ts';

/** 授权: asked for, given, refused, ended; each with its history. */
export const consentsPart: OwnPart = {
  id: 'consents',
  title: { zh: '授权', en: 'Consents' },
  note: {
    zh: '向本企业请求过的全部授权及其范围、期限、使用次数和历次变动；有效的可随时撤回。',
    en: 'Every consent asked for, with scope, term, uses and history.',
  },
  holdsRecords: false,
  read: readConsents,
};

async function readConsents(reading: OwnReading): Promise<OwnItem[]> {
  const { tx, permit, context } = reading;
  const all = await listConsents(tx, context.clock, { permit, limit: 'all' });
  const consents = begunBy(reading, all, ({ requestedAt }) => requestedAt);
  const ids = consents.flatMap(({ institutionId, platforms }) => [institutionId, ...platforms]);
  const known = await readParticipants(tx, [...new Set(ids)]);
  const nameOf = (id: string): Words => known.get(id)?.name ?? { zh: id, en: id };
  return consents.map((consent) => toItem(consent, reading, nameOf));
}

/** Of a past instant: the history until then, and the state in which it left the consent. */
function toItem(consent: ConsentRecord, { until }: OwnReading, nameOf: (id: string) => Words): OwnItem {
  const { enterpriseId: _own, seal, history: whole, state: now, ...rest } = consent;
  const history = whole.filter(({ at }) => new Date(at) <= until);
  const isWhole = history.length === whole.length;
  const state = isWhole ? now : (history.at(-1)?.state ?? now);
  const said: Words = new Map<string, Words>(Object.entries(STATE_WORDS)).get(state) ?? {
    zh: state,
    en: state,
  };
  const [by, purpose] = [nameOf(consent.institutionId), purposeWords(consent.purpose)];
  const contracts = Object.keys(consent.scope);
  return {
    id: consent.consentId,
    at: consent.requestedAt,
    receiptId: history.findLast(({ receiptId }) => receiptId !== null)?.receiptId ?? null,
    words: {
      zh: `${by.zh}　${said.zh}　用途 ${purpose.zh}　目录 ${contracts.length} 个：${contracts.join('、')}　至 ${beijingDate(consent.validTo)}　已用 ${consent.uses} 次　${consent.consentId}`,
      en: `${by.en}: ${said.en}, ${purpose.en}, until ${beijingDate(consent.validTo)}`,
    },
    facts: {
      ...rest,
      institution: { id: consent.institutionId, name: by },
      platforms: consent.platforms.map((id) => ({ id, name: nameOf(id) })),
      purpose: { code: consent.purpose, ...purpose },
      state: { code: state, ...said },
      history,
      isSealed: seal !== null,
    },
  };
}

const CAPACITY_WORDS: Readonly<Record<string, Words>> = {
  legal_representative: { zh: '法定代表人', en: 'legal representative' },
  agent: { zh: '经办人', en: 'agent' },
};
const MANDATE_WORDS: Readonly<Record<string, Words>> = {
  pending: { zh: '待确认', en: 'pending' },
  not_yet: { zh: '尚未生效', en: 'not yet begun' },
  active: { zh: '有效', en: 'active' },
  expired: { zh: '已到期', en: 'expired' },
  frozen: { zh: '待新法定代表人确认', en: 'frozen' },
  ended: { zh: '已终止', en: 'ended' },
};

/** 经办委托: who may act for the enterprise. */
export const mandatesPart: OwnPart = {
  id: 'mandates',
  title: { zh: '经办委托', en: 'Mandates' },
  note: {
    zh: '谁可以代表本企业办理什么，自何时至何时；以今日状态显示。',
    en: 'Who may act for the enterprise, for what and how long; as they stand today.',
  },
  holdsRecords: false,
  read: readMandates,
};

async function readMandates(reading: OwnReading): Promise<OwnItem[]> {
  const { tx, permit, context } = reading;
  const { policies, clock } = context;
  const asking = { caller: permit.caller, policies, at: clock.now() };
  const all = await listMandates(tx, asking, permit.subject);
  return begunBy(reading, all, ({ validFrom }) => validFrom).map((mandate): OwnItem => {
    const capacity = CAPACITY_WORDS[mandate.capacity] ?? { zh: mandate.capacity, en: mandate.capacity };
    const state = MANDATE_WORDS[mandate.state] ?? { zh: mandate.state, en: mandate.state };
    const { grantedBy: _grantedBy, ...shown } = mandate;
    return {
      id: mandate.mandateId,
      at: mandate.validFrom,
      receiptId: null,
      words: {
        zh: `${mandate.login}　${capacity.zh}　${state.zh}　至 ${mandate.validTo === null ? '长期' : beijingDate(mandate.validTo)}`,
        en: `${mandate.login}: ${capacity.en}, ${state.en}`,
      },
      facts: {
        ...shown,
        capacity: { code: mandate.capacity, ...capacity },
        state: { code: mandate.state, ...state },
      },
    };
  });
}
