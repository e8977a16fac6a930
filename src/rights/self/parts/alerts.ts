import { LEVEL_WORDS, type OwnAlert, readOwnAlerts, STATE_WORDS } from '#monitoring';
import { listOutcomesOf, type ReportedFact } from '#outcomes';
import { readParticipants } from '#platform';
import { begunBy, type OwnItem, type OwnPart, type OwnReading, type Words } from '../own-part.ts';

/** 预警: what was said of it, to whom, on what, what became of it, and its answers. */
export const alertsPart: OwnPart = {
  id: 'alerts',
  title: { zh: '关于本企业的预警', en: 'Alerts' },
  note: {
    zh: '向机构发出的关于本企业的预警：依据、告知对象、处置经过、本企业的答复和召回；以今日状态显示。',
    en: 'Alerts sent about the enterprise: on what, to whom, how handled, its answers and recalls; as they stand today.',
  },
  holdsRecords: false,
  read: readAlerts,
};

async function readAlerts(reading: OwnReading): Promise<OwnItem[]> {
  const all = await readOwnAlerts(reading.tx, reading.permit, 'all');
  return begunBy(reading, all, raisedAt).map(toItem);
}

function raisedAt({ steps, alert }: OwnAlert): Date {
  return steps[0]?.at ?? alert.signalKnownAt;
}

function toItem({ alert, institution, rule, records, steps, answers, recalls }: OwnAlert): OwnItem {
  const { alertId, level, state, receiptId, disclosureId, occurredOn, judgement, consentId, isDisputed } =
    alert;
  const [levelSaid, stateSaid] = [LEVEL_WORDS[level], STATE_WORDS[state]];
  const name: Words = rule?.name ?? { zh: alert.ruleId, en: alert.ruleId };
  return {
    id: alertId,
    at: raisedAt({ alert, institution, rule, records, steps, answers, recalls }),
    receiptId,
    words: {
      zh: `${name.zh}（${levelSaid.zh}）　告知 ${institution.name.zh}　${stateSaid.zh}　发生 ${occurredOn}　答复 ${answers.length} 次，召回 ${recalls.length} 次`,
      en: `${name.en} (${levelSaid.en}) to ${institution.name.en}: ${stateSaid.en}`,
    },
    // What the institution says that it kept safe is its own matter and not in here.
    facts: {
      alertId,
      rule,
      institution,
      level: { code: level, ...levelSaid },
      state: { code: state, ...stateSaid },
      occurredOn,
      judgement,
      consentId,
      disclosureId,
      isDisputed,
      records,
      steps,
      answers,
      recalls,
    },
  };
}

const OUTCOME_WORDS: Readonly<Record<ReportedFact['kind'], Words>> = {
  use: { zh: '使用', en: 'use' },
  application: { zh: '融资申请', en: 'application' },
  loan: { zh: '放款', en: 'loan' },
  balance: { zh: '余额和还款', en: 'balance and repayment' },
};

/** 使用反馈: what institutions reported about it, also what contradicts. */
export const outcomesPart: OwnPart = {
  id: 'outcomes',
  title: { zh: '机构报送的使用反馈', en: 'Outcomes reported' },
  note: {
    zh: '机构报告的关于本企业的使用、申请、放款和还款；互相矛盾的都在内。',
    en: 'Uses, applications, loans and performance that institutions reported, contradicting ones included.',
  },
  holdsRecords: false,
  read: readOutcomes,
};

async function readOutcomes(reading: OwnReading): Promise<OwnItem[]> {
  const all = await listOutcomesOf(reading.tx, reading.permit);
  const facts = begunBy(reading, all, ({ knownFrom }) => knownFrom);
  const known = await readParticipants(
    reading.tx,
    facts.map(({ institutionId }) => institutionId),
  );
  return facts.map((fact): OwnItem => {
    const name = known.get(fact.institutionId)?.name ?? { zh: fact.institutionId, en: fact.institutionId };
    const kind = OUTCOME_WORDS[fact.kind];
    return {
      id: `${fact.batchId}:${fact.itemNo}:${fact.kind}`,
      at: fact.knownFrom,
      receiptId: null,
      words: { zh: `${name.zh}　${kind.zh}　凭查询 ${fact.disclosureId}`, en: `${name.en}: ${kind.en}` },
      facts: { ...fact, kind: { code: fact.kind, ...kind }, institution: { id: fact.institutionId, name } },
    };
  });
}
