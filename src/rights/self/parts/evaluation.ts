import { explainNow, openChampion, type OwnMembership, readMemberships } from '#evaluation';
import { Refusal } from '#kernel';
import { readParticipants } from '#platform';
import type { OwnItem, OwnPart, OwnReading, Words } from '../own-part.ts';

/** 信用评价: computed as of the question by the model in use, with every point, reason and record behind it. */
export const scoresPart: OwnPart = {
  id: 'scores',
  title: { zh: '信用评价', en: 'Scores' },
  note: {
    zh: '以现行评价模型计算的得分、逐项理由、依据的记录和可改进之处；历次评价被何人得到见“被查询和被使用的记录”。',
    en: 'The score by the model in use, with points, reasons, records and what would improve it.',
  },
  holdsRecords: true,
  read: readScores,
};

/** A node on which no model is in use yet has scored nobody. */
async function readScores(reading: OwnReading): Promise<OwnItem[]> {
  const { tx, permit, context } = reading;
  const model = await openChampion(tx, context.evaluation).catch((error: unknown) => {
    if (error instanceof Refusal && error.code === 'evaluation.no_champion') return undefined;
    throw error;
  });
  if (model === undefined) return [];
  const { asOf, explanation, objection, latest } = await explainNow(tx, permit, model);
  const { score } = explanation.scored;
  return [
    {
      id: model.hash,
      at: permit.asOf.knownAt,
      receiptId: null,
      words: {
        zh: `${asOf}　得分 ${score ?? '信息不足，未评分'}　失分 ${explanation.against.length} 项，得分 ${explanation.inFavour.length} 项　模型 ${model.system.id} ${model.system.version}`,
        en: `${asOf}: ${score ?? 'not scored, too little is known'}, model ${model.system.id} ${model.system.version}`,
      },
      facts: {
        asOf,
        model: {
          hash: model.hash,
          system: `${model.system.id} ${model.system.version}`,
          grading: `${model.grading.id} ${model.grading.version}`,
        },
        explanation,
        objection,
        latestRun: latest?.runId ?? null,
        latestDay: latest?.asOf ?? null,
      },
    },
  ];
}

/** 白名单: on it, left and why, and who was told. */
export const whitelistsPart: OwnPart = {
  id: 'whitelists',
  title: { zh: '白名单', en: 'Whitelists' },
  note: {
    zh: '每个现行名单上本企业的进出和原因，以及告知了哪些机构。',
    en: 'Where the enterprise stands and stood on each list in force, why, and who was told.',
  },
  holdsRecords: false,
  read: readWhitelists,
};

async function readWhitelists({ tx, permit, until }: OwnReading): Promise<OwnItem[]> {
  const lists = await readMemberships(tx, permit);
  const known = await readParticipants(
    tx,
    lists.flatMap(({ told }) => told.map(({ institution }) => institution)),
  );
  const nameOf = (id: string): Words => known.get(id)?.name ?? { zh: id, en: id };
  return lists.map((list) => toMembership(untilThen(list, until), nameOf));
}

/** What had come by then; a state that ended later stood. */
function untilThen(list: OwnMembership, until: Date): OwnMembership {
  const history = list.history
    .filter(({ from }) => from <= until)
    .map((state) => (state.to !== null && state.to > until ? { ...state, to: null } : state));
  const isMember = history.some(({ state, to }) => state === 'valid' && to === null);
  return { ...list, history, isMember, told: list.told.filter(({ at }) => at <= until) };
}

function toMembership(list: OwnMembership, nameOf: (id: string) => Words): OwnItem {
  const last = list.history.at(-1);
  const standing: Words = list.isMember
    ? { zh: '在名单上', en: 'on it' }
    : { zh: '不在名单上', en: 'not on it' };
  const reason =
    last?.reason == null ? '' : `，${last.reason.zh}：${last.rules.map(({ zh }) => zh).join('、')}`;
  return {
    id: list.list,
    at: last?.from ?? null,
    receiptId: null,
    words: {
      zh: `${list.name.zh}　${standing.zh}${reason}　已告知 ${list.told.length} 次`,
      en: `${list.name.en}: ${standing.en}`,
    },
    facts: {
      ...list,
      told: list.told.map(({ institution, ...line }) => ({
        ...line,
        institution: { id: institution, name: nameOf(institution) },
      })),
    },
  };
}
