import { canonicalHash } from '#kernel';
import type { Contract } from '#lists';
import { PURPOSE_WORDS } from '#security';
import { CONSENT_LIMITS } from './consent-limits.ts';
import { GIVE_BACK_ALWAYS, GIVE_BACK_WHAT, giveBackHowLong, giveBackWho } from './giving/giving-words.ts';
import { isGivingBack } from './giving/is-giving-back.ts';
import { wordsOfUnseen } from './model-purposes.ts';
import type { Terms } from './ask/shape-terms.ts';
import type { Line, Scope } from './tables.ts';
import { templateOf } from './templates.ts';

/** All that the words are made from. */
export type WordFacts = {
  readonly enterprise: { readonly code: string | null; readonly name: string };
  readonly institution: Line;
  /** The one office; null: any. */
  readonly branch: Line | null;
  /** In the order of `terms.platforms`. */
  readonly platforms: readonly Line[];
  readonly terms: Terms;
  readonly contracts: ReadonlyMap<string, Pick<Contract, 'id' | 'name'>>;
};

export type Words = { readonly lines: readonly Line[]; readonly digest: string };

/**
 * What an enterprise reads before it agrees: six lines of at most sixty characters in Chinese, and the same in English.
 * Who asks; what for; which data; how often, until when and how long it is kept; what happens if it declines; how to
 * revoke. The digest covers the words and every fact behind them, fields included.
 */
export function writeWords(facts: WordFacts): Words {
  const lines = isGivingBack(facts.terms.purpose)
    ? [whoGives(facts), GIVE_BACK_WHAT, whichGiven(facts), giveBackHowLong(facts.terms), ...GIVE_BACK_ALWAYS]
    : [who(facts), what(facts), which(facts), howLong(facts), ...ALWAYS];
  return { lines, digest: digestOf(facts, lines) };
}

/** Names that are registered may be changed later; the digest holds what was shown. */
function digestOf({ enterprise, terms }: WordFacts, lines: readonly Line[]): string {
  return canonicalHash({ template: templateOf(terms.purpose), enterprise, terms, lines });
}

function who({ institution, branch, platforms }: WordFacts): Line {
  const officeZh = branch === null ? '' : `（${branch.zh}）`;
  const officeEn = branch === null ? '' : ` (${branch.en})`;
  const viaZh = joinFitting(
    platforms.map(({ zh }) => zh),
    24,
    '个平台',
  );
  const viaEn = platforms.map(({ en }) => en).join(', ');
  return {
    zh: fitName(institution.zh + officeZh, (name) =>
      platforms.length === 0 ? `${name}请您授权查询。` : `${name}请您授权查询，可经${viaZh}办理。`,
    ),
    en: `${institution.en}${officeEn} asks for your consent${viaEn === '' ? '' : `, also through ${viaEn}`}.`,
  };
}

function whoGives({ institution }: WordFacts): Line {
  return {
    zh: fitName(institution.zh, giveBackWho),
    en: `${institution.en} asks you to let it give the city node the data that it has of you.`,
  };
}

/** Whole datasets: the node shows others of them what the list allows. */
function whichGiven({ terms, contracts }: WordFacts): Line {
  const ids = Object.keys(terms.scope);
  const names = ids.map((id) => `“${contracts.get(id)?.name ?? id}”`);
  const tail = '。';
  return {
    zh: joinFitting(names, CONSENT_LIMITS.wordCharactersMax - lengthOf(tail), '项数据') + tail,
    en: `${ids.map((id) => id.slice(4).replaceAll('_', ' ')).join('; ')}.`,
  };
}

function what({ terms }: WordFacts): Line {
  const { zh, en } = PURPOSE_WORDS[terms.purpose];
  const sentence = (product: string) => `只用于${zh}${product}，不得挪作他用，不得转给任何人。`;
  return {
    zh:
      terms.product === null ? sentence('') : fitName(terms.product, (product) => sentence(`（${product}）`)),
    en: `For ${en}${terms.product === null ? '' : ` (${terms.product})`} only; for nothing else and passed on to nobody.`,
  };
}

function which({ terms, contracts }: WordFacts): Line {
  const ids = Object.keys(terms.scope);
  const [shown, unseen] = countFields(terms.scope);
  const { zh, en } = wordsOfUnseen({ purpose: terms.purpose, template: templateOf(terms.purpose) });
  const countsZh = [
    ...(shown === 0 ? [] : [`可看${shown}个字段`]),
    ...(unseen === 0 ? [] : [`${unseen}个字段${zh}`]),
  ].join('，');
  const countsEn = [
    ...(shown === 0 ? [] : [`${shown} fields shown`]),
    ...(unseen === 0 ? [] : [`${unseen} fields ${en}`]),
  ].join(', ');
  const tail = `：${countsZh}。`;
  const names = joinFitting(
    ids.map((id) => `“${contracts.get(id)?.name ?? id}”`),
    CONSENT_LIMITS.wordCharactersMax - lengthOf(tail),
    '项数据',
  );
  return {
    zh: names + tail,
    en: `${ids.map((id) => id.slice(4).replaceAll('_', ' ')).join('; ')}: ${countsEn}.`,
  };
}

function howLong({ terms }: WordFacts): Line {
  const { fetch, frequency, validTo, dataFrom, dataTo, dataLife } = terms;
  const rateZh = frequency === null ? '查一次' : `${UNIT_ZH[frequency.unit]}最多查${frequency.count}次`;
  const rateEn = frequency === null ? 'Once' : `At most ${frequency.count} times a ${frequency.unit}`;
  const lifeZh = `${dataLife.count}${LIFE_ZH[dataLife.unit]}`;
  return {
    zh: `${rateZh}，到${validTo}为止；只查${dataFrom}${dataTo === null ? '以来' : `至${dataTo}`}的数据；机构最多保存${lifeZh}。`,
    en:
      `${rateEn} ${fetch === 'once' ? 'by' : 'until'} ${validTo}; data from ${dataFrom}` +
      `${dataTo === null ? '' : ` to ${dataTo}`}; kept for ${dataLife.count} ${dataLife.unit}(s) at most.`,
  };
}

const UNIT_ZH = { day: '每天', week: '每周', month: '每月' } as const;
const LIFE_ZH = { day: '天', month: '个月', year: '年' } as const;

const ALWAYS: readonly Line[] = [
  {
    zh: '不同意：什么都不会提供，对方可以改为请您交书面材料；已公开的信息照常公开。',
    en: 'If you decline, nothing is passed on; you may be asked for documents instead. What is public stays public.',
  },
  {
    zh: '同意以后：随时可以在“我的授权”里点两下撤销，从下一次查询起就不再提供。',
    en: 'If you agree, you can revoke at any time in two clicks; from the next query on nothing is given.',
  },
];

/** Fields of a scope that are shown, and those that are used unseen. */
function countFields(scope: Scope): readonly [shown: number, unseen: number] {
  const parts = Object.values(scope);
  const sum = (of: (part: Scope[string]) => number) => parts.reduce((total, part) => total + of(part), 0);
  return [sum(({ fields }) => fields.length), sum(({ verifyOnly }) => verifyOnly.length)];
}

/** As many of the names as fit, and how many there are in all when some do not. */
function joinFitting(names: readonly string[], max: number, unit: string): string {
  const all = names.join('、');
  if (lengthOf(all) <= max) return all;
  const tail = `等${names.length}${unit}`;
  let joined = '';
  for (const name of names) {
    const longer = joined === '' ? name : `${joined}、${name}`;
    if (lengthOf(longer) + lengthOf(tail) > max) break;
    joined = longer;
  }
  return joined === '' ? `${names.length}${unit}` : joined + tail;
}

/** A registered name may be longer than a line; the page shows it whole beneath. */
function fitName(name: string, sentence: (name: string) => string): string {
  const excess = lengthOf(sentence(name)) - CONSENT_LIMITS.wordCharactersMax;
  if (excess <= 0) return sentence(name);
  const characters = [...name];
  return sentence(`${characters.slice(0, Math.max(1, characters.length - excess - 1)).join('')}…`);
}

function lengthOf(text: string): number {
  return [...text].length;
}
